"""The page that sends a message to the portal."""

from html import escape

from derms_simulator.pages.frame import chip, code, page
from derms_simulator.sending.portal import Answered
from derms_simulator.sending.templates import TEMPLATES
from derms_simulator.state import Endpoint

_BODY = """<h1>Send to the portal as /{name}</h1>
{result}
<section aria-labelledby="template">
<h2 id="template">1. Choose a message</h2>
<form method="get" action="/{name}/send">
<label>Message <select name="template">{options}</select></label>
<label>mRID of the object <input name="mrid" value="{mrid}" class="long"></label>
<button>Fill in</button>
</form>
</section>
<section aria-labelledby="message">
<h2 id="message">2. Change it if you like, and send it</h2>
<form method="post" action="/{name}/send" class="wide">
<label>Message <textarea name="body" rows="24" spellcheck="false">{body}</textarea></label>
<label>Over <select name="binding"><option value="http">plain HTTP</option>
<option value="soap"{soap}>SOAP</option></select></label>
<button>Send</button>
</form>
<p>{portal}</p>
</section>
{credentials}
<p><a href="/#{name}">Back to the registry</a></p>"""

_CREDENTIALS = """<section aria-labelledby="credentials">
<h2 id="credentials">Credentials</h2>
<p>The client credentials that the portal gave to this endpoint. {told} They are forgotten when
the simulator stops.</p>
<form method="post" action="/{name}/credentials">
<label>Client ID <input name="client_id" autocomplete="off" class="long"></label>
<label>Client secret <input name="client_secret" type="password" autocomplete="off" class="long">
</label>
<button>Use them</button>
</form>
</section>"""


def send(
    endpoint: Endpoint,
    *,
    template: str,
    mrid: str,
    body: str,
    binding: str = "http",
    answered: Answered | None = None,
    problem: str = "",
) -> str:
    """The page at ``/{endpoint}/send``, with the answer if something was sent."""
    portal = endpoint.portal
    told = f"It goes to {portal.url}." if portal else "No portal was named (--portal)."
    text = _BODY.format(
        name=escape(endpoint.name),
        result=_result(answered, problem),
        options="".join(_option(each, template) for each in TEMPLATES),
        mrid=escape(mrid),
        body=escape(body),
        soap=" selected" if binding == "soap" else "",
        portal=escape(told),
        credentials=_credentials(endpoint),
    )
    return page("Send", text)


def _credentials(endpoint: Endpoint) -> str:
    if endpoint.portal is None:
        return ""
    return _CREDENTIALS.format(
        name=escape(endpoint.name),
        told="There are credentials; these take their place."
        if endpoint.portal.has_credentials
        else "There are none yet: the portal will refuse.",
    )


def _option(name: str, chosen: str) -> str:
    selected = " selected" if name == chosen else ""
    return f'<option value="{escape(name)}"{selected}>{escape(name)}</option>'


def _result(answered: Answered | None, problem: str) -> str:
    if problem:
        return f'<section role="alert"><h2>Not sent</h2><p>{escape(problem)}</p></section>'
    if answered is None:
        return ""
    return (
        f'<section role="status"><h2>The portal answered {chip(answered.result or "nothing")}</h2>'
        f"<p>HTTP {answered.status} {escape(answered.summary)}</p>"
        f"{code(answered.text, 'The answer')}</section>"
    )
