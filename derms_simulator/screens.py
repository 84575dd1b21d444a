"""The simulator's pages over HTTP, and the forms on them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from derms_simulator import pages
from derms_simulator.behavior import read_behavior, script_from_text
from derms_simulator.finding import ENDPOINTS, endpoint_of, refused_as
from derms_simulator.sending.credentials import Credentials
from derms_simulator.sending.later import with_later_reply
from derms_simulator.sending.portal import BINDINGS, PortalAway
from derms_simulator.sending.templates import FIRST, TEMPLATES, filled
from derms_simulator.state import Endpoint

ASSETS = Path(__file__).parent / "assets"
_KINDS = {"style.css": "text/css", "page.js": "text/javascript"}


def routes() -> list[web.RouteDef]:
    return [
        web.get("/", show_overview),
        web.get("/assets/{name}", show_asset),
        web.get("/{endpoint}/control", show_control),
        web.post("/{endpoint}/behavior", post_behavior),
        web.post("/{endpoint}/faults", post_faults),
        web.get("/{endpoint}/send", show_send),
        web.post("/{endpoint}/send", post_send),
        web.post("/{endpoint}/credentials", post_credentials),
        web.get("/{endpoint}/ders/{mrid}", show_der),
        web.get("/{endpoint}/messages/{message_id}", show_message),
    ]


def _html(text: str) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8")


async def show_overview(request: web.Request) -> web.Response:
    return _html(pages.overview(list(request.app[ENDPOINTS].values())))


async def show_asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    if name not in _KINDS:
        raise web.HTTPNotFound
    text = (ASSETS / name).read_text(encoding="utf-8")
    return web.Response(text=text, content_type=_KINDS[name], charset="utf-8")


async def show_control(request: web.Request) -> web.Response:
    return _html(pages.control(endpoint_of(request)))


async def post_behavior(request: web.Request) -> web.StreamResponse:
    endpoint = endpoint_of(request)
    form = await request.post()
    with refused_as("not a behavior"):
        endpoint.behavior = read_behavior({name: str(value) for name, value in form.items()})
    raise web.HTTPSeeOther(f"/{endpoint.name}/control")


async def post_faults(request: web.Request) -> web.StreamResponse:
    endpoint = endpoint_of(request)
    form = await request.post()
    with refused_as("not a script"):
        endpoint.set_script(script_from_text(str(form.get("script", ""))))
    raise web.HTTPSeeOther(f"/{endpoint.name}/control")


async def show_send(request: web.Request) -> web.Response:
    """The form, filled with the template that was chosen."""
    endpoint = endpoint_of(request)
    template = request.query.get("template", FIRST)
    if template not in TEMPLATES:
        raise web.HTTPNotFound(text="no such template")
    mrid = request.query.get("mrid") or _first_der(endpoint)
    body = filled(template, mrid)
    return _html(pages.send(endpoint, template=template, mrid=mrid, body=body))


async def post_send(request: web.Request) -> web.Response:
    """Send what the form holds, and show it again with the answer."""
    endpoint = endpoint_of(request)
    form = await request.post()
    body, binding = str(form.get("body", "")), str(form.get("binding", "http"))
    is_later = bool(form.get("later"))
    if binding not in BINDINGS:
        raise web.HTTPBadRequest(text=f"binding: must be one of {', '.join(BINDINGS)}")
    answered, problem = None, ""
    if endpoint.portal is None:
        problem = "This simulator was started without a portal: use --portal."
    else:
        try:
            sent = with_later_reply(body.encode()) if is_later else body.encode()
            answered = await asyncio.to_thread(endpoint.portal.send, sent, binding)
        except PortalAway as away:
            problem = str(away)
    text = pages.send(
        endpoint,
        template=FIRST,
        mrid=_first_der(endpoint),
        body=body,
        binding=binding,
        is_later=is_later,
        answered=answered,
        problem=problem,
    )
    return _html(text)


async def post_credentials(request: web.Request) -> web.StreamResponse:
    """Who we are to the portal, kept until the simulator stops."""
    endpoint = endpoint_of(request)
    form = {name: str(value).strip() for name, value in (await request.post()).items()}
    with refused_as("no credentials"):
        if endpoint.portal is None:
            raise ValueError("this simulator was started without a portal")
        endpoint.portal.use(_credentials(endpoint, form))
    raise web.HTTPSeeOther(f"/{endpoint.name}/send")


def _credentials(endpoint: Endpoint, form: Mapping[str, str]) -> Credentials:
    """What the form holds; the secret with which the portal signs is ours to sign with, too."""
    return Credentials(
        way=form.get("way", ""),
        token=form.get("token", ""),
        client_id=form.get("client_id", ""),
        client_secret=form.get("client_secret", ""),
        endpoint=form.get("endpoint", ""),
        secret=form.get("secret", "") or endpoint.secret,
        identity=form.get("identity", ""),
    )


def _first_der(endpoint: Endpoint) -> str:
    """A DER to ask for, "" if none is known."""
    return next((str(each["mrid"]) for each in endpoint.inbox.picture.ders()), "")


async def show_der(request: web.Request) -> web.Response:
    endpoint = endpoint_of(request)
    mrid = request.match_info["mrid"]
    told = next((each for each in endpoint.inbox.picture.ders() if each["mrid"] == mrid), None)
    if told is None:
        raise web.HTTPNotFound(text="no such DER")
    return _html(pages.der(endpoint, told))


async def show_message(request: web.Request) -> web.Response:
    endpoint = endpoint_of(request)
    record = endpoint.inbox.message(request.match_info["message_id"])
    if record is None:
        raise web.HTTPNotFound(text="no such message")
    return _html(pages.message(endpoint, record))
