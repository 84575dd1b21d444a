"""Network upgrades: planned, moved, completed. Completing one resumes what waited for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from engineering.selectors import NetworkUpgrade, all_upgrades
from engineering.selectors import upgrade as upgrade_by_mrid
from workflow.selectors import history_of

from ... import selectors, services
from ...clocks import local_date
from ...forms.staff import UpgradeDateForm, UpgradeDoneForm, UpgradeForm
from ...states import State
from .access import staff_only, user_of, with_everything
from .asked import asked_about
from .refusals import REFUSALS, moves_of, status_of, words_of
from .rows import Row, row_of

HELD = Q(held_requests__state=State.HELD_FOR_UPGRADE)
MAY_PLAN = "engineering.add_networkupgrade"
MAY_CHANGE = "engineering.change_networkupgrade"
MAY_COMPLETE = "engineering.lift_networkupgrade"


@staff_only
def upgrades(request: HttpRequest) -> HttpResponse:
    """Every upgrade: the planned ones first, by date, with how many requests wait."""
    found = all_upgrades().annotate(held=Count("held_requests", filter=HELD))
    every = list(found[:500])
    context = {
        "planned": [upgrade for upgrade in every if upgrade.state == "planned"],
        "finished": [upgrade for upgrade in every if upgrade.state != "planned"],
        "today": local_date(timezone.now()),
        "can_plan": request.user.has_perm(MAY_PLAN),
    }
    return render(request, "enrollment/staff/upgrades.html", context)


@staff_only
def plan_upgrade(request: HttpRequest) -> HttpResponse:
    """Plan an upgrade of a feeder."""
    _need(request, MAY_PLAN, "Only Operations plans network upgrades.")
    feeder = request.GET.get("feeder", "")
    form = UpgradeForm(request.POST or None, initial={"feeder": feeder})
    if request.method == "POST" and form.is_valid():
        try:
            planned = _plan(form.cleaned_data, request.user, timezone.now())
        except REFUSALS as error:
            form.add_error(None, words_of(error))
        else:
            messages.success(request, f"“{planned.name}” is planned.")
            return redirect("enrollment:upgrade", mrid=planned.mrid)
    status = 400 if form.is_bound else 200
    return render(request, "enrollment/staff/upgrade_new.html", {"form": form}, status=status)


def _plan(data: dict[str, Any], by: Any, at: datetime) -> NetworkUpgrade:
    return services.plan_upgrade(
        name=data["name"],
        description=data["description"],
        feeder_mrid=data["feeder"].mrid,
        expected_on=data["expected_on"],
        cost_estimate=data["cost_estimate"],
        by=by,
        at=at,
    )


@staff_only
def upgrade(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """One upgrade, what waits for it, and its history."""
    return _page(request, _named(mrid))


@staff_only
def change_upgrade_date(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Move the expected date."""
    _need(request, MAY_CHANGE, "Only Operations changes network upgrades.")
    wanted = _named(mrid)
    form = UpgradeDateForm(request.POST or None)
    if request.method != "POST":
        return redirect("enrollment:upgrade", mrid=mrid)
    if not form.is_valid():
        return _page(request, wanted, date_form=form, status=400)
    try:
        moved = services.change_upgrade(
            upgrade=wanted,
            by=user_of(request),
            at=timezone.now(),
            note=form.cleaned_data["reason"],
            expected_on=form.cleaned_data["expected_on"],
        )
    except REFUSALS as error:
        form.add_error(None, words_of(error))
        return _page(request, _named(mrid), date_form=form, status=status_of(error))
    messages.success(request, f"“{moved.name}” is now expected on {moved.expected_on:%B %-d, %Y}.")
    return redirect("enrollment:upgrade", mrid=mrid)


@staff_only
def complete_upgrade(request: HttpRequest, mrid: UUID) -> HttpResponse:
    """Ask first, naming what will resume; then complete it and say what did."""
    _need(request, MAY_COMPLETE, "Only Operations completes network upgrades.")
    wanted, now = _named(mrid), timezone.now()
    form = UpgradeDoneForm(request.POST or None, initial={"completed_on": local_date(now)})
    if request.method == "POST" and form.is_valid():
        try:
            resumed = services.complete_network_upgrade(
                upgrade=wanted, by=user_of(request), at=now, **form.cleaned_data
            )
        except REFUSALS as error:
            form.add_error(None, words_of(error))
            return _ask(request, _named(mrid), form, status_of(error))
        messages.success(request, _said(wanted.name, [item.reference for item in resumed]))
        return redirect("enrollment:upgrade", mrid=mrid)
    return _ask(request, wanted, form, 400 if form.is_bound else 200)


def _said(name: str, references: list[str]) -> str:
    if not references:
        return f"“{name}” is completed. No request was waiting for it."
    noun = "request resumed" if len(references) == 1 else "requests resumed"
    return f"“{name}” is completed. {len(references)} {noun}: {', '.join(references)}."


def _ask(
    request: HttpRequest, wanted: NetworkUpgrade, form: UpgradeDoneForm, status: int
) -> HttpResponse:
    context = {"upgrade": wanted, "held": _held_for(request, wanted), "form": form}
    return render(request, "enrollment/staff/upgrade_complete.html", context, status=status)


def _page(
    request: HttpRequest,
    wanted: NetworkUpgrade,
    *,
    date_form: UpgradeDateForm | None = None,
    status: int = 200,
) -> HttpResponse:
    form = date_form or UpgradeDateForm(initial={"expected_on": wanted.expected_on})
    context = {
        "upgrade": wanted,
        "held": _held_for(request, wanted),
        "resumed": list(selectors.resumed_by(wanted)),
        "asked": asked_about({wanted.mrid: "Upgrade"}),
        "history": list(reversed(moves_of(list(history_of(wanted))))),
        "today": local_date(timezone.now()),
        "form": form,
        "can_change": wanted.state == "planned" and request.user.has_perm(MAY_CHANGE),
        "can_complete": wanted.state == "planned" and request.user.has_perm(MAY_COMPLETE),
    }
    return render(request, "enrollment/staff/upgrade.html", context, status=status)


def _held_for(request: HttpRequest, wanted: NetworkUpgrade) -> list[Row]:
    today = local_date(timezone.now())
    held = selectors.all_requests().filter(held_for=wanted, state=State.HELD_FOR_UPGRADE)
    return [row_of(row, request.user, today) for row in with_everything(held).order_by("id")]


def _named(mrid: UUID) -> NetworkUpgrade:
    found = upgrade_by_mrid(mrid)
    if found is None:
        raise Http404
    return found


def _need(request: HttpRequest, permission: str, otherwise: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied(otherwise)
