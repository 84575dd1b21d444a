"""Plain HTTP: a message is POSTed, its ResponseMessage or FaultMessage comes back."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from cim import errors as codes
from exchange.services import Received, fault

from .posts import NotAnswered, posted, take, with_headers

XML = "application/xml; charset=utf-8"


@csrf_exempt
def messages(request: HttpRequest) -> HttpResponse:
    """One message of the endpoint that proves who it is."""
    if request.method != "POST":
        refused = fault(codes.INVALID, "POST one message to this address", status=405)
        response = _response(refused)
        response["Allow"] = "POST"
        return response
    try:
        return _response(take(*posted(request)))
    except NotAnswered as ended:
        return _response(ended.answer, retry_after_s=ended.retry_after_s)


def _response(answer: Received, *, retry_after_s: int | None = None) -> HttpResponse:
    response = HttpResponse(answer.body, content_type=XML, status=answer.status)
    return with_headers(response, retry_after_s=retry_after_s)
