"""The simulator's pages over HTTP, and the forms on them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from derms_simulator import pages
from derms_simulator.behavior import read_behavior, script_from_text
from derms_simulator.finding import ENDPOINTS, endpoint_of, refused_as
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
    if binding not in BINDINGS:
        raise web.HTTPBadRequest(text=f"binding: must be one of {', '.join(BINDINGS)}")
    answered, problem = None, ""
    if endpoint.portal is None:
        problem = "This simulator was started without a portal: use --portal."
    else:
        try:
            answered = await asyncio.to_thread(endpoint.portal.send, body.encode(), binding)
        except PortalAway as away:
            problem = str(away)
    text = pages.send(
        endpoint,
        template=FIRST,
        mrid=_first_der(endpoint),
        body=body,
        binding=binding,
        answered=answered,
        problem=problem,
    )
    return _html(text)


async def post_credentials(request: web.Request) -> web.StreamResponse:
    """Client credentials for the portal, kept until the simulator stops."""
    endpoint = endpoint_of(request)
    form = await request.post()
    with refused_as("no credentials"):
        if endpoint.portal is None:
            raise ValueError("this simulator was started without a portal")
        endpoint.portal.use(_filled(form, "client_id"), _filled(form, "client_secret"))
    raise web.HTTPSeeOther(f"/{endpoint.name}/send")


def _filled(form: Mapping[str, object], name: str) -> str:
    value = str(form.get(name, "")).strip()
    if not value:
        raise ValueError(f"{name}: is missing")
    return value


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
