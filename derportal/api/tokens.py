"""Access tokens: the errors of RFC 6749, section 5.2, with a sentence that says what to do."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from oauth2_provider.views import TokenView

_FORM = "application/x-www-form-urlencoded"
_NO_FORM = f"Send the fields as a form: Content-Type: {_FORM}."
_WHAT_TO_DO = {
    "invalid_client": (
        "client_id or client_secret is wrong or was replaced, or the endpoint was stopped. "
        "Give both as form fields or with HTTP Basic."
    ),
    "invalid_scope": "scope: der:read, message:send or both are needed; without it you get both.",
}


class EndpointTokenView(TokenView):  # type: ignore[misc]
    """The token address: client credentials only."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A token, or the error with its description."""
        if request.content_type not in {_FORM, "multipart/form-data"}:
            return _refused("invalid_request", _NO_FORM)
        if request.POST.get("grant_type") != "client_credentials":
            return _refused("unsupported_grant_type", "grant_type: client_credentials is needed.")
        answer: HttpResponse = super().post(request, *args, **kwargs)
        if answer.status_code >= 400:
            body = json.loads(answer.content)
            answer.content = json.dumps(body | _description(body["error"])).encode()
        return answer

    def http_method_not_allowed(
        self, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Other methods are told which one it is."""
        answer = _refused("invalid_request", f"Use POST. {_NO_FORM}", status=405)
        answer["Allow"] = "POST"
        return answer


def _refused(error: str, description: str, *, status: int = 400) -> HttpResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)


def _description(error: str) -> dict[str, str]:
    return {"error_description": _WHAT_TO_DO[error]} if error in _WHAT_TO_DO else {}
