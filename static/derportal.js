/* Progressive enhancement only: every page works without this file.
   Markup is the interface: data-* attributes switch the parts on. */
(function () {
  "use strict";

  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const message = (name, fallback) => document.body.dataset[name] || fallback;

  let liveRegion;
  function announce(text) {
    if (!liveRegion) {
      liveRegion = document.createElement("div");
      liveRegion.className = "visually-hidden";
      liveRegion.setAttribute("role", "status");
      document.body.append(liveRegion);
    }
    liveRegion.textContent = "";
    setTimeout(() => { liveRegion.textContent = text; }, 50);
  }

  /* [data-error-summary]: focus it; its links focus the field itself. */
  function errorSummary(root) {
    const summary = $("[data-error-summary]", root);
    if (!summary) return;
    summary.focus();
    summary.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const target = link && document.getElementById(link.hash.slice(1));
      if (!target) return;
      event.preventDefault();
      const field = target.matches("input,select,textarea") ? target : $("input,select,textarea", target) || target;
      (field.closest(".dp-field") || field).scrollIntoView({ block: "start" });
      field.focus({ preventScroll: true });
    });
  }

  /* Second press of the same submit button within 8 s is ignored. The server is idempotent anyway. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || "allowResubmit" in form.dataset || form.method === "get") return;
    if (form.dataset.busy) { event.preventDefault(); return; }
    form.dataset.busy = "1";
    if (event.submitter) {
      event.submitter.classList.add("is-busy");
      event.submitter.setAttribute("aria-disabled", "true");
    }
    setTimeout(() => release(form), 8000);
  });
  function release(form) {
    delete form.dataset.busy;
    $$(".is-busy", form).forEach((button) => { button.classList.remove("is-busy"); button.removeAttribute("aria-disabled"); });
  }
  window.addEventListener("pageshow", () => $$("form[data-busy]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => { const f = event.target.closest("form"); if (f) release(f); });

  /* [data-copy="text"] or [data-copy-target="id"] */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy],[data-copy-target]");
    if (!button || !navigator.clipboard) return;
    const source = button.dataset.copyTarget && document.getElementById(button.dataset.copyTarget);
    navigator.clipboard.writeText(source ? source.value || source.textContent : button.dataset.copy).then(() => {
      const label = $("[data-copy-label]", button) || button;
      const before = label.textContent;
      label.textContent = message("msgCopied", "Copied");
      announce(message("msgCopied", "Copied"));
      setTimeout(() => { label.textContent = before; }, 2000);
    });
  });

  /* table[data-row-keys]: j and k move between rows, Enter follows the row's link, "/" goes to [data-search].
     Single-key shortcuts can be switched off with [data-keys-toggle] (WCAG 2.1.4). */
  const keysOff = () => { try { return localStorage.getItem("dp-keys") === "off"; } catch { return false; } };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keysOff()) return;
    if (event.target.closest("input,select,textarea,[contenteditable],dialog[open]")) return;
    if (event.key === "/") {
      const search = $("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
      return;
    }
    if (event.key !== "j" && event.key !== "k") return;
    const links = $$("table[data-row-keys] tbody tr").map((row) => $("[data-row-link]", row) || $("a", row)).filter(Boolean);
    if (!links.length) return;
    const row = document.activeElement.closest("tr");
    const here = links.findIndex((link) => link.closest("tr") === row);
    const next = here < 0 ? 0 : Math.min(links.length - 1, Math.max(0, here + (event.key === "j" ? 1 : -1)));
    links[next].focus();
    links[next].scrollIntoView({ block: "nearest" });
  });
  function keysToggle(root) {
    $$("[data-keys-toggle]", root).forEach((button) => {
      const show = () => button.setAttribute("aria-pressed", String(!keysOff()));
      button.addEventListener("click", () => {
        try { localStorage.setItem("dp-keys", keysOff() ? "on" : "off"); } catch { /* private mode */ }
        show();
      });
      show();
    });
  }

  /* [data-check-all="name"] ticks the column; [data-bulk] shows while something is ticked. */
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.dataset && box.dataset.checkAll) {
      $$(`input[type=checkbox][name="${CSS.escape(box.dataset.checkAll)}"]`).forEach((b) => { b.checked = box.checked; });
    }
    $$("[data-bulk]").forEach((bar) => {
      const count = $$(`input[name="${CSS.escape(bar.dataset.bulk)}"]:checked`).length;
      bar.hidden = count === 0;
      const out = $("[data-bulk-count]", bar);
      if (out) out.textContent = count;
    });
  });

  /* textarea[maxlength] or [data-maxlength]: characters left. */
  function characterCount(root) {
    $$("textarea[maxlength],[data-maxlength]", root).forEach((field) => {
      if (field.dataset.counted) return;
      field.dataset.counted = "1";
      const limit = Number(field.dataset.maxlength || field.getAttribute("maxlength"));
      const out = document.createElement("p");
      out.className = "dp-count-msg";
      let timer;
      const update = () => {
        const left = limit - field.value.length;
        const template = left >= 0 ? message("msgCharsLeft", "{n} characters left") : message("msgCharsOver", "{n} characters too many");
        out.textContent = template.replace("{n}", Math.abs(left));
        out.classList.toggle("is-over", left < 0);
        clearTimeout(timer);
        if (left < limit * 0.1) timer = setTimeout(() => announce(out.textContent), 1000);
      };
      field.after(out);
      field.addEventListener("input", update);
      update();
    });
  }

  /* a[data-dialog][href="#id"]: open <dialog id> as a modal. Without JS :target shows it in the page. */
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById((opener.hash || "").slice(1) || opener.dataset.dialog);
      if (dialog && dialog.showModal) { event.preventDefault(); dialog.showModal(); }
      return;
    }
    const closer = event.target.closest("[data-dialog-close]");
    if (closer && closer.closest("dialog")) { event.preventDefault(); closer.closest("dialog").close(); }
  });

  /* details.dp-menu closes on Escape and on a click elsewhere. */
  document.addEventListener("click", (event) => $$("details.dp-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    $$("details.dp-menu[open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); });
  });

  /* input[data-combobox-url]: editable combobox with list autocomplete (WAI-ARIA practices).
     GET url?q=text -> {"results": [{"label", "hint", "value", "fill": {"input name": "value"}}]}
     data-combobox-value="name" names the hidden input that takes "value". */
  function combobox(input) {
    if (input.dataset.comboReady) return;
    input.dataset.comboReady = "1";
    const list = document.createElement("ul");
    list.id = input.id + "_list";
    list.className = "dp-listbox";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", message("msgSuggestions", "Suggestions"));
    list.hidden = true;
    const box = document.createElement("div");
    box.className = "dp-combo";
    input.before(box);
    box.append(input, list);
    Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" })
      .forEach(([name, value]) => input.setAttribute(name, value));
    const named = (name) => name && input.form && input.form.elements.namedItem(name);
    const minimum = Number(input.dataset.comboboxMin || 2);
    let results = [], active = -1, timer, request;

    function close() {
      list.hidden = true; active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function mark(index) {
      active = index;
      $$("[role=option]", list).forEach((option, i) => option.setAttribute("aria-selected", String(i === index)));
      const option = list.children[index];
      if (option) { input.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
      else input.removeAttribute("aria-activedescendant");
    }
    function draw() {
      list.replaceChildren(...results.map((result, i) => {
        const option = document.createElement("li");
        option.id = `${list.id}_${i}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.textContent = result.label;
        if (result.hint) { const small = document.createElement("small"); small.textContent = result.hint; option.append(small); }
        return option;
      }));
      if (!results.length) { close(); announce(message("msgNoResults", "No matches")); return; }
      list.hidden = false; active = -1;
      input.setAttribute("aria-expanded", "true");
      announce(message("msgResults", "{n} suggestions, use the arrow keys").replace("{n}", results.length));
    }
    function choose(index) {
      const result = results[index];
      if (!result) return;
      input.value = result.label;
      const hidden = named(input.dataset.comboboxValue);
      if (hidden) hidden.value = result.value ?? "";
      Object.entries(result.fill || {}).forEach(([name, value]) => {
        const field = named(name);
        if (!field) return;
        field.value = value ?? "";
        if (field.classList) field.classList.add("is-prefilled");
        field.dispatchEvent && field.dispatchEvent(new Event("change", { bubbles: true }));
      });
      close();
      announce(message("msgFilled", "{label} chosen, details filled in").replace("{label}", result.label));
    }
    input.addEventListener("input", () => {
      const hidden = named(input.dataset.comboboxValue);
      if (hidden) hidden.value = "";
      clearTimeout(timer);
      if (input.value.trim().length < minimum) { close(); return; }
      timer = setTimeout(() => {
        if (request) request.abort();
        request = new AbortController();
        const url = new URL(input.dataset.comboboxUrl, location.href);
        url.searchParams.set("q", input.value.trim());
        fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin", signal: request.signal })
          .then((response) => (response.ok ? response.json() : { results: [] }))
          .then((data) => { results = data.results || []; draw(); })
          .catch(() => {});
      }, 200);
    });
    input.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      const last = results.length - 1;
      if (event.key === "ArrowDown") { event.preventDefault(); mark(active >= last ? 0 : active + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); mark(active <= 0 ? last : active - 1); }
      else if (event.key === "Enter" && active >= 0) { event.preventDefault(); choose(active); }
      else if (event.key === "Escape") { event.preventDefault(); close(); }
      else if (event.key === "Tab") close();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) choose(Array.from(list.children).indexOf(option));
    });
    input.addEventListener("blur", () => setTimeout(close, 100));
  }

  /* input[type=file][data-preview]: name, size and a small picture (data: URL, so the CSP stays narrow).
     data-max-mb warns early; the server decides. */
  function preview(input) {
    if (input.dataset.previewReady) return;
    input.dataset.previewReady = "1";
    const out = document.createElement("div");
    out.className = "dp-preview";
    out.setAttribute("aria-live", "polite");
    input.after(out);
    input.addEventListener("change", () => {
      out.replaceChildren();
      Array.from(input.files).forEach((file) => {
        const text = document.createElement("span");
        const megabytes = file.size / 1048576;
        text.textContent = `${file.name}, ${megabytes < 0.1 ? Math.ceil(file.size / 1024) + " kB" : megabytes.toFixed(1) + " MB"}`;
        if (input.dataset.maxMb && megabytes > Number(input.dataset.maxMb)) {
          text.className = "dp-overdue";
          text.textContent += ": " + message("msgTooBig", "this file is too big");
        }
        out.append(text);
        if (!file.type.startsWith("image/") || megabytes > 25) return;
        const reader = new FileReader();
        reader.onload = () => {
          const image = document.createElement("img");
          image.alt = file.name;
          image.src = reader.result;
          out.prepend(image);
        };
        reader.readAsDataURL(file);
      });
    });
  }

  /* form[data-draft="key"]: answers are kept on this device until the server has them.
     A page with [data-draft-clear="key"] (the confirmation) forgets them. */
  const DRAFT_DAYS = 7;
  const store = {
    read(key) { try { return JSON.parse(localStorage.getItem("dp-draft:" + key)); } catch { return null; } },
    write(key, value) { try { localStorage.setItem("dp-draft:" + key, JSON.stringify(value)); } catch { /* full or private */ } },
    drop(key) { try { localStorage.removeItem("dp-draft:" + key); } catch { /* private */ } },
  };
  function draftFields(form) {
    return Array.from(form.elements).filter((field) => field.name && field.name !== "csrfmiddlewaretoken" && !["password", "file", "hidden", "submit", "button"].includes(field.type));
  }
  function draft(form) {
    if (form.dataset.draftReady) return;
    form.dataset.draftReady = "1";
    const key = form.dataset.draft;
    const saved = store.read(key);
    const note = document.createElement("div");
    note.className = "dp-banner";
    note.setAttribute("role", "status");
    note.hidden = true;
    form.prepend(note);
    const tell = (text, withDiscard) => {
      note.replaceChildren();
      const body = document.createElement("p");
      body.className = "mb-0";
      body.textContent = text + " ";
      if (withDiscard) {
        const discard = document.createElement("button");
        discard.type = "button";
        discard.className = "btn btn-sm btn-link";
        discard.textContent = message("msgDraftDiscard", "Discard them");
        discard.addEventListener("click", () => { store.drop(key); location.reload(); });
        body.append(discard);
      }
      note.append(body);
      note.hidden = false;
    };
    if (saved && Date.now() - saved.at < DRAFT_DAYS * 864e5 && !$(".has-error", form)) {
      draftFields(form).forEach((field) => {
        const value = saved.values[field.name];
        if (value === undefined) return;
        if (field.type === "checkbox" || field.type === "radio") field.checked = value.includes(field.value);
        else if (field.options && field.multiple) Array.from(field.options).forEach((o) => { o.selected = value.includes(o.value); });
        else field.value = value[0] ?? "";
      });
      tell(message("msgDraftRestored", "Answers kept on this device were put back."), true);
    }
    form.addEventListener("input", () => {
      const values = {};
      draftFields(form).forEach((field) => {
        values[field.name] = values[field.name] || [];
        if (field.type === "checkbox" || field.type === "radio") { if (field.checked) values[field.name].push(field.value); }
        else if (field.options && field.multiple) values[field.name].push(...Array.from(field.selectedOptions).map((o) => o.value));
        else values[field.name].push(field.value);
      });
      store.write(key, { at: Date.now(), values });
    });
    form.addEventListener("submit", (event) => {
      if (navigator.onLine) return;
      event.preventDefault();
      tell(message("msgOffline", "You are offline. Your answers are kept on this device. Send them when you have a signal."), false);
      note.scrollIntoView({ block: "center" });
    });
  }

  /* .dp-checks[data-filter="Label"]: a box above a long list that hides the choices without what is typed. */
  function filterChoices(list) {
    if (list.dataset.filterReady) return;
    list.dataset.filterReady = "1";
    const input = document.createElement("input");
    Object.assign(input, { type: "search", className: "form-control mb-2", placeholder: list.dataset.filter, autocomplete: "off" });
    input.setAttribute("aria-label", list.dataset.filter);
    list.before(input);
    input.addEventListener("input", () => {
      const wanted = input.value.trim().toLowerCase();
      let left = 0;
      $$(".form-check", list).forEach((choice) => {
        choice.hidden = !choice.textContent.toLowerCase().includes(wanted);
        left += choice.hidden ? 0 : 1;
      });
      if (!left) announce(message("msgNoResults", "No matches"));
    });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }

  function enhance(root) {
    $$(".dp-checks[data-filter]", root).forEach(filterChoices);
    $$("[data-draft-clear]", root).forEach((mark) => store.drop(mark.dataset.draftClear));
    $$("input[data-combobox-url]", root).forEach(combobox);
    $$("input[type=file][data-preview]", root).forEach(preview);
    $$("form[data-draft]", root).forEach(draft);
    characterCount(root);
    keysToggle(root);
    errorSummary(root);
  }
  enhance(document);
  document.addEventListener("htmx:load", (event) => { if (event.target !== document.body) enhance(event.target); });

  /* htmx posts carry Django's CSRF token, read from any form on the page. */
  document.addEventListener("htmx:configRequest", (event) => {
    const token = $("input[name=csrfmiddlewaretoken]");
    if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token.value;
  });

  /* [data-print] prints the page. */
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });
})();
