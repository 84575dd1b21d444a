// The page asks for itself every few seconds and takes over what changed. It keeps its place, and does
// nothing while somebody reads it by keyboard inside a part that changed.
"use strict";

const EVERY_MS = 3000;
const live = document.getElementById("live");
const told = document.getElementById("told");

function takeOver(part, fresh) {
  const twin = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
  if (!twin || twin.innerHTML === part.innerHTML || part.contains(document.activeElement)) return;
  const left = [...part.querySelectorAll(".scroll")].map((each) => each.scrollLeft);
  const { scrollX, scrollY } = window;
  part.replaceChildren(...twin.childNodes);
  part.querySelectorAll(".scroll").forEach((each, index) => { each.scrollLeft = left[index] || 0; });
  window.scrollTo({ left: scrollX, top: scrollY, behavior: "instant" });
}

async function update() {
  if (!live.checked || document.hidden) return;
  try {
    const answer = await fetch(location.pathname, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelectorAll("[data-live]").forEach((part) => takeOver(part, fresh));
    told.textContent = "";
  } catch {
    told.textContent = "The simulator does not answer.";
  }
}

setInterval(update, EVERY_MS);
