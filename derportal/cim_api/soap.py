"""SOAP 1.1: the same messages in envelopes, the WSDLs and the schemas they import.

The element in the body says what is asked; the address only names the WSDL.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from lxml import etree

from cim.envelope import OPERATION_SET, Verb
from cim.envelope_out import fault_message
from cim.messages import read
from cim.soap import FaultCode, SoapRefused, envelope_of, fault_of, message_in
from cim.wsdl import Service, services, wsdl
from cim.xml import XmlRefused, local_name, parse, serialize
from exchange.selectors import Endpoint
from exchange.services import Received, reject_unreadable

from .posts import NotAnswered, posted, take, with_headers

XML = "text/xml; charset=utf-8"
SERVICES = services()
_OURS = frozenset({429, 503})


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def service(request: HttpRequest, name: str) -> HttpResponse:
    """The WSDL by GET, for everybody; a message in an envelope by POST, for endpoints."""
    found = SERVICES.get(name[:1].upper() + name[1:])
    if found is None:
        start = request.build_absolute_uri(reverse("cim:index"))
        reason = f"there is no service {name[:80]!r}; all services: {start}"
        return with_headers(_response(fault_of(FaultCode.CLIENT, reason), 404))
    if request.method != "POST":
        return HttpResponse(_wsdl(request, found), content_type=XML)
    try:
        return _taken(found, *posted(request))
    except SoapRefused as refused:
        return with_headers(_response(fault_of(refused.code, str(refused)), 500))
    except NotAnswered as ended:
        return _answered(found, ended.answer, retry_after_s=ended.retry_after_s)


def _wsdl(request: HttpRequest, found: Service) -> str:
    schema = request.build_absolute_uri(reverse("cim:schema", args=["Message"]))
    address = request.build_absolute_uri(request.path)
    return wsdl(found, address=address, schemas=schema.removesuffix("Message.xsd"))


def _taken(found: Service, endpoint: Endpoint, body: bytes) -> HttpResponse:
    """The answer to the message in the envelope. Raises SoapRefused for a bad envelope."""
    try:
        message = _opened(body)
        answer = take(endpoint, serialize(message))
        return _answered(found, answer, element=local_name(message))
    except SoapRefused as refused:
        reject_unreadable(endpoint=endpoint, body=body, reason=str(refused), at=timezone.now())
        raise


def _opened(body: bytes) -> etree._Element:
    try:
        return message_in(parse(body))
    except XmlRefused as refused:
        raise SoapRefused(FaultCode.CLIENT, str(refused)) from refused


def _answered(
    found: Service, answer: Received, *, element: str = "", retry_after_s: int | None = None
) -> HttpResponse:
    """A reply is 200 whatever it says; what is no reply is a fault with a FaultMessage inside."""
    if not answer.is_fault:
        return with_headers(_response(envelope_of(answer.body), 200))
    reply = read(answer.body).reply
    assert reply is not None  # noqa: S101 - a FaultMessage has one
    code = FaultCode.SERVER if answer.status in _OURS else FaultCode.CLIENT
    reason = reply.errors[0].reason
    asked = Verb.GET if found.is_reading else Verb.CREATE
    kind = OPERATION_SET if element.endswith(OPERATION_SET) else ""
    body = fault_of(code, reason, fault_message(reply, found.noun, asked, kind))
    status = 500 if answer.status == 400 else answer.status
    return with_headers(_response(body, status), retry_after_s=retry_after_s)


def _response(body: bytes, status: int) -> HttpResponse:
    return HttpResponse(body, content_type=XML, status=status)
