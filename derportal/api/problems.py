"""Errors as RFC 9457 problem details that name the field and the rule."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework.exceptions import (
    APIException,
    MethodNotAllowed,
    ParseError,
    Throttled,
    UnsupportedMediaType,
)

_PLAIN = {
    401: "Send “Authorization: Bearer” with an access token from /oauth/token.",
    404: "There is nothing here that you may read.",
    503: "The database does not answer. Try again in a few seconds.",
}
RETRY_AFTER_S = 5


@dataclass(frozen=True)
class Finding:
    """One field that breaks one rule."""

    field: str
    rule: str
    message: str


class QueryRefused(APIException):
    """Query parameters break rules; all of them are named at once."""

    status_code = 400

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__(" ".join(finding.message for finding in findings))


class CursorGone(APIException):
    """The cursor points past the data: they were restored from a backup."""

    status_code = 410
    default_detail = (
        "The cursor is newer than the data, which were restored from a backup. "
        "Read the export again and continue from its cursor."
    )


class NotNow(APIException):
    """What is asked for cannot be done as things are."""

    status_code = 409


def answer_problem(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """The answer to an exception of a view; None for one that is a fault of ours."""
    status = _status(error)
    if status is None:
        return None
    response = problem(status, _detail(error, status, context), _findings(error))
    for name, value in _headers(error, context).items():
        response[name] = value
    return response


def problem(status: int, detail: str, findings: Sequence[Finding] = ()) -> HttpResponse:
    """A problem document."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "errors": [asdict(finding) for finding in findings],
    }
    text = json.dumps(body, ensure_ascii=False).encode()
    return HttpResponse(text, content_type="application/problem+json", status=status)


def _findings(error: Exception) -> Sequence[Finding]:
    if isinstance(error, QueryRefused):
        return error.findings
    if isinstance(error, ParseError):
        return (Finding("body", "json", f"body: JSON is needed. {error}."),)
    return ()


def _status(error: Exception) -> int | None:
    if isinstance(error, Http404):
        return 404
    if isinstance(error, PermissionDenied):
        return 403
    if isinstance(error, OperationalError | InterfaceError):
        return 503
    return error.status_code if isinstance(error, APIException) else None


def _detail(error: Exception, status: int, context: Mapping[str, Any]) -> str:
    if isinstance(error, MethodNotAllowed):
        return f"The method is not for this address. Use {_allowed(context)}."
    if isinstance(error, UnsupportedMediaType):
        return "Send JSON with the header Content-Type: application/json."
    if isinstance(error, ParseError):
        return _findings(error)[0].message
    if status == 401 and getattr(error, "default_code", "") == "not_authenticated":
        return _PLAIN[401]
    return _PLAIN[status] if status in {404, 503} else str(error)


def _allowed(context: Mapping[str, Any]) -> str:
    allowed: list[str] = context["view"].allowed_methods
    return ", ".join(method for method in allowed if method != "OPTIONS")


def _headers(error: Exception, context: Mapping[str, Any]) -> dict[str, str]:
    headers = {}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = _allowed(context)
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = str(challenge)
    wait_s = getattr(error, "wait", None)
    if isinstance(error, Throttled) and wait_s is not None:
        headers["Retry-After"] = str(int(wait_s) + 1)
    if isinstance(error, OperationalError | InterfaceError):
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return headers
