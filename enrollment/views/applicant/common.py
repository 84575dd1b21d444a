"""What the applicant's pages share: finding the request, and turning refusals into words."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from customers.selectors import User
from tariffs.services import AgreementRefused
from workflow.services import TransitionRefused

from ...completeness import TASKS
from ...selectors import ServiceRequest, request_for
from ...services.drafting import editable_tasks
from ...states import State

Page = Callable[..., HttpResponse]
REFUSALS = (ValidationError, TransitionRefused, AgreementRefused)
LABELS = {name: label for name, label, _ in TASKS}


class SignedInRequest(HttpRequest):
    """A request behind signed_in: the user is one of ours."""

    user: User


def signed_in(view: Page) -> Page:
    """login_required, for views that take a SignedInRequest."""
    return login_required(view)


def for_application(view: Page) -> Page:
    """Give the view the application itself; absent and foreign ones are the same 404."""

    @signed_in
    @wraps(view)
    def wrapped(request: SignedInRequest, reference: str, **kwargs: Any) -> HttpResponse:
        application = request_for(request.user, reference)
        if application is None:
            raise Http404
        return view(request, application, **kwargs)

    return wrapped


def for_task(task: str) -> Callable[[Page], Page]:
    """As for_application, for a task that may be changed now; else back to the application."""
    return _only_if(
        lambda application: task in editable_tasks(application),
        f"“{LABELS[task]}” cannot be changed now.",
    )


def for_state(*states: State) -> Callable[[Page], Page]:
    """As for_application, for the states in which the page makes sense."""
    return _only_if(
        lambda application: application.state in states,
        "Your application has moved on since you opened that page.",
    )


def _only_if(
    is_possible: Callable[[ServiceRequest], bool], otherwise: str
) -> Callable[[Page], Page]:
    def decorate(view: Page) -> Page:
        @for_application
        @wraps(view)
        def wrapped(
            request: SignedInRequest, application: ServiceRequest, **kwargs: Any
        ) -> HttpResponse:
            if is_possible(application):
                return view(request, application, **kwargs)
            messages.warning(request, otherwise)
            return to_application(application)

        return wrapped

    return decorate


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: the posted data, also when nothing was filled in."""
    return request.POST if request.method == "POST" else None


def to_application(application: ServiceRequest) -> HttpResponse:
    """To the task list, or to the status page."""
    return redirect("enrollment:application", application.reference)


def after_task(request: HttpRequest, application: ServiceRequest) -> HttpResponse:
    """Back to check answers when the applicant came from there, else to the task list."""
    if request.GET.get("from") == "check":
        return redirect("enrollment:check-answers", application.reference)
    return to_application(application)


def show_refusal(form: Form, error: Exception) -> None:
    """Put what a service refused at the fields it names."""
    for name, message in reasons_of(error):
        form.add_error(name if name in form.fields else None, message)


def say_refusal(request: HttpRequest, error: Exception) -> None:
    """What a service refused, on the next page: for buttons that have no form of their own."""
    messages.warning(request, " ".join(sentence for _, sentence in reasons_of(error)))


def key_in(text: str) -> int | None:
    """The row number in a text of the browser's; None for whatever else it holds."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def reasons_of(error: Exception) -> Iterator[tuple[str | None, str]]:
    """(field or None, sentence) of whatever a service raised."""
    if isinstance(error, TransitionRefused):
        yield from ((None, reason) for reason in error.reasons)
    elif isinstance(error, ValidationError) and hasattr(error, "error_dict"):
        for name, messages_ in error.message_dict.items():
            yield from ((name, message) for message in messages_)
    elif isinstance(error, ValidationError):
        yield from ((None, message) for message in error.messages)
    else:
        yield None, str(error)
