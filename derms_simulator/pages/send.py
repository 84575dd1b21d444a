"""The page that sends a message to the portal."""

from html import escape

from cim import errors
from derms_simulator.pages.frame import chip, code, page
from derms_simulator.sending.credentials import CERTIFICATE, CLIENT, SIGNATURE, TOKEN
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
<label class="check"><input type="checkbox" name="later" value="1"{later}> The reply may come later
(AsyncReplyFlag)</label>
<button>Send</button>
</form>
<p>{portal}</p>
</section>
{credentials}
<p><a href="/#{name}">Back to the registry</a></p>"""

_CREDENTIALS = """<section aria-labelledby="credentials">
<h2 id="credentials">Who sends</h2>
<p>{told} What you give here takes its place, and is forgotten when the simulator stops.</p>
{forms}
</section>"""

_FORM = """<details>
<summary>{title}</summary>
<form method="post" action="/{name}/credentials">
<input type="hidden" name="way" value="{way}">
{fields}
<button>Use it</button>
</form>
</details>"""
_MRID = '<label>mRID of this endpoint at the portal <input name="endpoint" class="long"></label>'
_WAYS = {
    CLIENT: (
        "Client credentials (OAuth 2.0)",
        '<label>Client ID <input name="client_id" autocomplete="off" class="long"></label>\n'
        '<label>Client secret <input name="client_secret" type="password" autocomplete="off" '
        'class="long"></label>',
    ),
    TOKEN: (
        "A bearer token",
        '<label>Token <input name="token" type="password" autocomplete="off" class="long"></label>',
    ),
    SIGNATURE: (
        "A signature (Standard Webhooks)",
        f"{_MRID}\n"
        '<label>Secret, if it is not the one with which the portal signs <input name="secret" '
        'type="password" autocomplete="off" class="long"></label>',
    ),
    CERTIFICATE: (
        "A client certificate (mutual TLS)",
        f"{_MRID}\n"
        '<label>Certificate and key (PEM) <textarea name="identity" rows="6" spellcheck="false" '
        'autocomplete="off"></textarea></label>',
    ),
}


def send(
    endpoint: Endpoint,
    *,
    template: str,
    mrid: str,
    body: str,
    binding: str = "http",
    is_later: bool = False,
    answered: Answered | None = None,
    problem: str = "",
) -> str:
    """The page at ``/{endpoint}/send``, with the answer if something was sent."""
    portal = endpoint.portal
    told = f"It goes to {portal.url}." if portal else "No portal was named (--portal)."
    text = _BODY.format(
        name=escape(endpoint.name),
        result=_result(endpoint, answered, problem),
        options="".join(_option(each, template) for each in TEMPLATES),
        mrid=escape(mrid),
        body=escape(body),
        soap=" selected" if binding == "soap" else "",
        later=" checked" if is_later else "",
        portal=escape(told),
        credentials=_credentials(endpoint),
    )
    return page("Send", text)


def _credentials(endpoint: Endpoint) -> str:
    if endpoint.portal is None:
        return ""
    used = endpoint.portal.credentials.used
    told = f"Now: {_WAYS[used][0]}." if used else "Nothing yet: the portal will refuse."
    forms = (
        _FORM.format(title=escape(title), name=escape(endpoint.name), way=way, fields=fields)
        for way, (title, fields) in _WAYS.items()
    )
    return _CREDENTIALS.format(told=escape(told), forms="\n".join(forms))


def _option(name: str, chosen: str) -> str:
    selected = " selected" if name == chosen else ""
    return f'<option value="{escape(name)}"{selected}>{escape(name)}</option>'


def _result(endpoint: Endpoint, answered: Answered | None, problem: str) -> str:
    if problem:
        return f'<section role="alert"><h2>Not sent</h2><p>{escape(problem)}</p></section>'
    if answered is None:
        return ""
    return (
        f'<section role="status"><h2>The portal answered {chip(answered.result or "nothing")}</h2>'
        f"<p>HTTP {answered.status} {escape(answered.summary)}</p>{_later(endpoint, answered)}"
        f"{code(answered.text, 'The answer')}</section>"
    )


def _later(endpoint: Endpoint, answered: Answered) -> str:
    """Where to find the reply that was promised."""
    if not answered.summary.startswith(errors.ACKNOWLEDGED):
        return ""
    link = f'<a href="/#{escape(endpoint.name)}">Look into the log</a>'
    return f"<p>The reply comes later, with the verdict “reply”. {link}</p>"
