"""The field crews' pages, for a phone in one hand."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from workorders.selectors import WorkOrder, open_work_orders
from workorders.selectors import work_order as order_by_number

from .. import selectors, services
from ..clocks import local_date
from ..forms.field import VisitForm
from ..guards import reason_against_verifying
from .staff.access import View, user_of, with_everything
from .staff.asked import asked_about
from .staff.keyset import page_of
from .staff.refusals import REFUSALS, status_of, words_of
from .staff.review import never_run

VERIFY = "workorders.verify_installation"
READERS = (VERIFY, "workorders.view_workorder", "enrollment.view_all_requests")
SENDING: dict[str, Callable[..., object]] = {
    "pass": services.pass_visit,
    "fail": services.fail_visit,
}
RESULTS = {"pass": WorkOrder.State.PASSED, "fail": WorkOrder.State.FAILED}
DONE_SHOWN = 10


def crew_only(view: View) -> View:
    """Anonymous people sign in; everybody but crews and readers gets 404."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not any(request.user.has_perm(permission) for permission in READERS):
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@crew_only
def work_orders(request: HttpRequest) -> HttpResponse:
    """What there is to visit: late, today, later; and what this person finished last."""
    today = local_date(timezone.now())
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    orders = open_work_orders()
    page = page_of(orders, rows=orders, after=after, before=before)
    done = WorkOrder.objects.filter(finished_by=user_of(request)).order_by("-finished_at")
    context = {
        "today": today,
        "groups": _groups(page.rows, today),
        "next_key": page.next_key,
        "previous_key": page.previous_key,
        "done": list(done[:DONE_SHOWN]),
        "is_empty": not page.rows,
    }
    return render(request, "enrollment/field/work_orders.html", context)


def _groups(orders: list[WorkOrder], today: date) -> list[dict[str, Any]]:
    late = [order for order in orders if order.due_on is not None and order.due_on < today]
    now = [order for order in orders if order.due_on == today]
    later = [order for order in orders if order.due_on is None or order.due_on > today]
    named = (("Past the target date", late), ("Due today", now), ("Coming up", later))
    return [{"title": title, "orders": found} for title, found in named if found]


@crew_only
def work_order(request: HttpRequest, number: str) -> HttpResponse:
    """The checklist of one visit. Sending it twice does no harm."""
    order = _order(number)
    form = _form(request, order)
    if request.method != "POST":
        return _page(request, order, form)
    outcome = request.POST.get("outcome", "")
    if order.state != WorkOrder.State.ISSUED:
        return _already(request, order, outcome)
    if not form.is_valid():
        return _page(request, order, form, 400)
    return _send(request, order, form, outcome)


def _send(request: HttpRequest, order: WorkOrder, form: VisitForm, outcome: str) -> HttpResponse:
    result: dict[str, Any] = {"order": order, "visit": form.visit()}
    if outcome in SENDING:
        result["note"] = form.cleaned_data["note"]
    act = SENDING.get(outcome, services.save_visit)
    try:
        act(by=user_of(request), at=timezone.now(), **result)
    except REFUSALS as error:
        if order_finished(order.number):
            return _already(request, _order(order.number), outcome)
        form.add_error(None, words_of(error))
        return _page(request, _order(order.number), form, status_of(error))
    messages.success(request, SAID.get(outcome, "Saved. You can go on later.").format(order.number))
    return redirect("enrollment:work-order", number=order.number)


SAID = {
    "pass": "{} passed. The customer has permission to operate.",
    "fail": "{} failed. The customer is told what to put right; a re-visit follows.",
}


def order_finished(number: str) -> bool:
    """Whether the work order is finished by now."""
    return bool(_order(number).state != WorkOrder.State.ISSUED)


def _already(request: HttpRequest, order: WorkOrder, outcome: str) -> HttpResponse:
    """The second of two equal sendings is no error; a different one is told who was first."""
    if order.finished_by_id == request.user.pk and RESULTS.get(outcome) == order.state:
        messages.success(request, SAID[outcome].format(order.number))
        return redirect("enrollment:work-order", number=order.number)
    return _page(request, order, _form(request, order), 409, is_late=True)


def _form(request: HttpRequest, order: WorkOrder) -> VisitForm:
    wanted = selectors.all_requests().filter(mrid=order.service_request_mrid).first()
    units = list(wanted.der.units.all()) if wanted and wanted.der else []
    is_post = request.method == "POST"
    data, files = (request.POST, request.FILES) if is_post else (None, None)
    return VisitForm(data, files, items=list(order.items.all()), units=units)


def _page(
    request: HttpRequest,
    order: WorkOrder,
    form: VisitForm,
    status: int = 200,
    *,
    is_late: bool = False,
) -> HttpResponse:
    found = with_everything(selectors.all_requests()).filter(mrid=order.service_request_mrid)
    wanted = found.first()
    is_crews = order.state == WorkOrder.State.ISSUED and request.user.has_perm(VERIFY)
    reason = reason_against_verifying(wanted, user_of(request)) if wanted and is_crews else ""
    context = {
        "order": order,
        "wanted": wanted,
        "form": form,
        "can_send": is_crews and not reason,
        "reason_against": reason,
        "is_late": is_late,
        "today": local_date(timezone.now()),
        "photos": list(order.photos.all()),
        "asked": asked_about({order.mrid: order.number}),
    }
    return render(request, "enrollment/field/work_order.html", context, status=status)


@crew_only
def photo(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """A picture that a crew took."""
    found = _order(number).photos.filter(pk=pk).first()
    if found is None:
        raise Http404
    return never_run(
        FileResponse(found.file.open("rb"), content_type="image/jpeg", filename=f"{number}.jpg")
    )


def _order(number: str) -> WorkOrder:
    found = order_by_number(number)
    if found is None:
        raise Http404
    return found
