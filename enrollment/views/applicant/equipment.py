"""The equipment task: a list, add, change, remove, and the search of the certified list."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from registry.selectors import NAMEPLATE_FIELDS, DerUnit, Equipment, search_equipment

from ...forms.applicant import EquipmentForm
from ...selectors import ServiceRequest
from ...services import add_equipment, change_equipment, remove_equipment
from .common import (
    REFUSALS,
    SignedInRequest,
    for_task,
    key_in,
    posted,
    say_refusal,
    show_refusal,
    signed_in,
)
from .words import kilo, plain, unit_line

LISTED = ("manufacturer", "model", *NAMEPLATE_FIELDS)
OWN = ("kind", "quantity", "serial_numbers", "firmware_version", *LISTED)
SEARCH_LIMIT = 15


@for_task("equipment")
def equipment(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """What was added so far; without any, straight to adding the first."""
    units = list(application.der.units.all()) if application.der else []
    if not application.der:
        return redirect("enrollment:site", application.reference)
    rows = [{"unit": unit, "line": unit_line(unit)} for unit in units]
    context = {
        "application": application,
        "rows": rows,
        "total": kilo(sum_of(units)) if units else "",
    }
    return render(request, "enrollment/applicant/equipment.html", context)


def sum_of(units: list[DerUnit]) -> Any:
    """Active power of all pieces, in W."""
    return sum(unit.active_power_max_rating_w * unit.quantity for unit in units)


@for_task("equipment")
def equipment_add(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    """Add one kind of equipment, from the certified list or by hand."""
    form = EquipmentForm(posted(request), initial=_from_list(request))
    if form.is_valid():
        try:
            add_equipment(request=application, by=request.user, **_fields(form))
            return _back_to_list(request, application)
        except REFUSALS as error:
            show_refusal(form, error)
    return _form_page(request, application, form, unit=None)


@for_task("equipment")
def equipment_change(
    request: SignedInRequest, application: ServiceRequest, mrid: UUID
) -> HttpResponse:
    """Change one kind of equipment."""
    unit = _unit(application, mrid)
    form = EquipmentForm(posted(request), initial=_known(unit) | _from_list(request))
    if form.is_valid():
        try:
            change_equipment(request=application, unit=unit, by=request.user, **_fields(form))
            return _back_to_list(request, application)
        except REFUSALS as error:
            show_refusal(form, error)
    return _form_page(request, application, form, unit=unit)


@require_POST
@for_task("equipment")
def equipment_remove(
    request: SignedInRequest, application: ServiceRequest, mrid: UUID
) -> HttpResponse:
    """Remove one kind of equipment."""
    try:
        remove_equipment(request=application, unit=_unit(application, mrid), by=request.user)
    except REFUSALS as error:
        say_refusal(request, error)
    return _back_to_list(request, application)


def _unit(application: ServiceRequest, mrid: UUID) -> DerUnit:
    unit = application.der.units.filter(mrid=mrid).first() if application.der else None
    if unit is None:
        raise Http404
    return unit


def _back_to_list(request: SignedInRequest, application: ServiceRequest) -> HttpResponse:
    url = reverse("enrollment:equipment", args=[application.reference])
    suffix = "?from=check" if request.GET.get("from") == "check" else ""
    return redirect(url + suffix)


def _form_page(
    request: SignedInRequest, application: ServiceRequest, form: EquipmentForm, unit: DerUnit | None
) -> HttpResponse:
    words = request.GET.get("q", "")
    context = {
        "application": application,
        "form": form,
        "unit": unit,
        "words": words,
        "found": [_result(item) for item in _search(words)] if words else [],
        "listed": _listed_model(form),
    }
    return render(request, "enrollment/applicant/equipment_form.html", context)


def _listed_model(form: EquipmentForm) -> str:
    """The certified model the form holds now, as the search field shows it."""
    key = key_in(str(form["equipment"].value() or ""))
    return str(Equipment.objects.filter(pk=key).first() or "") if key is not None else ""


def _from_list(request: SignedInRequest) -> dict[str, Any]:
    """What ?equipment= fills in, for those who search without JavaScript."""
    key = key_in(request.GET.get("equipment", ""))
    found = Equipment.objects.filter(pk=key).first() if key is not None else None
    if found is None:
        return {}
    return {"equipment": found.pk, "kind": found.kind, **_ratings(found)}


def _known(unit: DerUnit) -> dict[str, Any]:
    own = {name: getattr(unit, name) for name in ("kind", "quantity")}
    texts = {name: getattr(unit, name) for name in ("serial_numbers", "firmware_version")}
    return {"equipment": unit.equipment_id, **own, **texts, **_ratings(unit)}


def _ratings(source: DerUnit | Equipment) -> dict[str, Any]:
    return {name: _shown(getattr(source, name)) for name in LISTED}


def _shown(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else f"{value.normalize():f}"


def _fields(form: EquipmentForm) -> dict[str, Any]:
    """What goes to the service. Ratings that the certified list states stay as listed."""
    listed = form.cleaned_data["equipment"]
    fields = {name: form.cleaned_data[name] for name in OWN}
    if listed is not None:
        fields = {
            name: value
            for name, value in fields.items()
            if name not in LISTED or getattr(listed, name) in (None, "")
        }
    return {"equipment": listed, **fields}


def _search(words: str) -> list[Equipment]:
    words = words.replace("\x00", "").strip()
    return list(search_equipment(words, limit=SEARCH_LIMIT)) if len(words) >= 2 else []


@require_GET
@signed_in
def equipment_search(request: SignedInRequest) -> HttpResponse:
    """Type-ahead over the certified list, with the nameplate of each model."""
    found = _search(request.GET.get("q", "")[:100])
    return JsonResponse({"results": [_result(item) for item in found]})


def _result(item: Equipment) -> dict[str, Any]:
    fill = {name: value for name, value in _ratings(item).items() if value not in (None, "")}
    watts = item.active_power_max_rating_w
    power = f"{plain(watts)} W" if watts < 1000 else kilo(watts)
    return {
        "label": str(item),
        "hint": ", ".join(part for part in (power, item.certification) if part),
        "value": str(item.pk),
        "fill": {"kind": item.kind, **fill},
    }
