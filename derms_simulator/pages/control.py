"""The page that tells an endpoint how to behave, and when to fail."""

import json
from html import escape

from derms_simulator.behavior import LONGEST_WAIT_S, MODES, Behavior
from derms_simulator.pages.frame import page
from derms_simulator.state import Endpoint

_EXAMPLE = """{
  "requests": {
    "2": {"mode": "cut"},
    "3": {"mode": "status", "status": 429, "retry_after": 5}
  },
  "random": {
    "rate": 0.1,
    "seed": 7,
    "faults": [{"mode": "drop"}, {"mode": "broken"}]
  }
}"""
_BODY = """<h1>Behavior and faults of /{name}</h1>
<section aria-labelledby="behavior">
<h2 id="behavior">All messages</h2>
<form method="post" action="/{name}/behavior">
<label>Behavior <select name="mode">{options}</select></label>
<label>Wait (seconds) <input name="seconds" type="number" min="0" max="{longest}" step="any"
 value="{seconds}"></label>
<label>Error code <input name="code" value="{code}"></label>
<label>HTTP status <input name="status" type="number" min="300" max="599" value="{status}"></label>
<label>Retry-After (seconds) <input name="retry_after" type="number" min="0" max="86400"
 value="{retry_after}"></label>
<button>Set behavior</button>
</form>
</section>
<section aria-labelledby="script">
<h2 id="script">Some messages</h2>
<p>A script gives faults to requests by their number, and at random to the others. It starts to
count at 1 when you set it; {count} requests came since then. Unsigned requests are not counted.</p>
<form method="post" action="/{name}/faults" class="wide">
<label>Script (JSON; empty for none)
<textarea name="script" rows="14" spellcheck="false">{script}</textarea></label>
<button>Set script</button>
</form>
<details><summary>An example</summary>
<pre tabindex="0" aria-label="An example"><code>{example}</code></pre></details>
<h3>Modes</h3>
<dl>{modes}</dl>
</section>
<p><a href="/#{name}">Back to the registry</a></p>"""


def control(endpoint: Endpoint) -> str:
    """The page at ``/{endpoint}/control``."""
    behavior, script = endpoint.behavior, endpoint.script.as_json()
    body = _BODY.format(
        name=escape(endpoint.name),
        options="".join(_option(mode, behavior) for mode in MODES),
        seconds=f"{behavior.wait_s:g}",
        longest=f"{LONGEST_WAIT_S:g}",
        code=escape(behavior.code),
        status=behavior.status,
        retry_after="" if behavior.retry_after is None else behavior.retry_after,
        count=endpoint.count,
        script=escape(json.dumps(script, indent=2)) if script else "",
        example=escape(_EXAMPLE),
        modes="".join(
            f"<dt>{mode}</dt><dd>{escape(each.label)}</dd>" for mode, each in MODES.items()
        ),
    )
    return page(f"/{endpoint.name}", body)


def _option(mode: str, behavior: Behavior) -> str:
    selected = " selected" if mode == behavior.mode else ""
    return f'<option value="{mode}"{selected}>{escape(MODES[mode].label)}</option>'
