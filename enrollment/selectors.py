"""Questions about service requests."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, FilteredRelation, Q, QuerySet

from customers.selectors import User, customers_of
from engineering.selectors import NetworkUpgrade, ScreenFacts
from exchange.selectors import Endpoint, published_versions
from registry.selectors import (
    Der,
    DerUnit,
    aggregate_on_feeder,
    aggregate_on_transformer,
    connection_of,
    der_for_documents,
    others_behind,
    totals_of,
)
from tariffs.selectors import (
    AgreementText,
    ApplicationFacts,
    CustomerAgreement,
    Offer,
    codes_held,
    findings,
    offers_for,
    text_to_accept,
)
from workflow.selectors import StateChange, history_of

from .clocks import local_date
from .models import Attachment, InformationRequest, Procedure, ServiceRequest, StageClock
from .states import FACTS, STAGES, State

__all__ = ["Attachment", "InformationRequest", "Procedure", "ServiceRequest"]


def requests_of(user: User) -> QuerySet[ServiceRequest]:
    """The requests of every customer the user may act for, the newest first."""
    return _listed(ServiceRequest.objects.filter(customer__in=customers_of(user)))


def all_requests() -> QuerySet[ServiceRequest]:
    """Every request that was sent, with what a staff list shows, in one query."""
    return _listed(ServiceRequest.objects.exclude(state=State.DRAFT))


def _listed(requests: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
    running = FilteredRelation("clocks", condition=Q(clocks__stopped_at__isnull=True))
    return (
        requests.select_related(
            "customer",
            "claimed_by",
            "held_for",
            "tariff_version__tariff",
            "der__usage_point__service_location",
            "der__usage_point__network_connection__transformer__feeder",
        )
        .prefetch_related("der__units")
        .annotate(running_clock=running)
        .annotate(
            due_on=F("running_clock__due_on"), clock_started_at=F("running_clock__started_at")
        )
    )


def request_for(user: User, reference: str) -> ServiceRequest | None:
    """One request that the user may act for; None for an absent and a foreign one alike."""
    return requests_of(user).filter(reference=reference).first()


@dataclass(frozen=True)
class QueueFilter:
    """What a staff member asked the queue for; every field comes from the URL."""

    states: tuple[str, ...] = ()
    words: str = ""
    feeder: str = ""
    claimed_by: int | None = None
    is_unclaimed: bool = False
    is_overdue: bool = False
    held_for: str = ""


def queue(wanted: QueueFilter, *, today: date) -> QuerySet[ServiceRequest]:
    """The staff queue: the earliest due first, requests without a date last."""
    found: QuerySet[Any] = all_requests()  # Any: the annotated due_on is not a column
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    for word in wanted.words.split()[:6]:
        found = found.filter(pk__in=_matches(word))
    if wanted.feeder:
        found = found.filter(
            der__usage_point__network_connection__transformer__feeder__name=wanted.feeder
        )
    if wanted.claimed_by is not None:
        found = found.filter(claimed_by=wanted.claimed_by)
    if wanted.is_unclaimed:
        found = found.filter(claimed_by__isnull=True)
    if wanted.is_overdue:
        found = found.filter(due_on__lt=today)
    if wanted.held_for:
        found = found.filter(held_for__mrid=wanted.held_for)
    return found.order_by(F("due_on").asc(nulls_last=True), "id")


def _matches(word: str) -> QuerySet[ServiceRequest, Any]:
    """The ids that have a word anywhere. Each place is asked apart, so that each uses its index:
    an OR across tables would read them all."""
    units = DerUnit.objects.filter(serial_numbers__icontains=word)
    places: tuple[Q, ...] = (
        Q(reference__icontains=word),
        Q(customer__name__icontains=word),
        Q(der__usage_point__name__icontains=word),
        Q(der__usage_point__service_location__address__icontains=word),
        Q(der__in=units.order_by().values("der")),
    )
    first, *others = (ServiceRequest.objects.filter(q).order_by().values("pk") for q in places)
    return first.union(*others, all=True)


def counts_by_state(user: User) -> dict[str, tuple[int, int]]:
    """How many requests that were sent are in each state, and how many of them the user claimed."""
    sent = ServiceRequest.objects.exclude(state=State.DRAFT).order_by().values("state")
    counted = sent.annotate(every=Count("pk"), own=Count("pk", filter=Q(claimed_by=user)))
    return {row["state"]: (row["every"], row["own"]) for row in counted}


def overdue_count(states: tuple[str, ...], *, today: date) -> int:
    """How many requests in these states are past the date of their running clock."""
    late = StageClock.objects.filter(stopped_at__isnull=True, due_on__lt=today)
    return late.filter(service_request__state__in=states).count()


PHASES = {"ABC": 3}


def facts_for_tariffs(request: ServiceRequest, *, at: datetime) -> ApplicationFacts:
    """SR2: what tariff rules look at."""
    der = request.proposed_der
    totals = totals_of(der)
    return ApplicationFacts(
        customer_kind=request.customer.kind,
        technologies=totals.technologies,
        active_power_w=totals.active_power_w,
        storage_energy_wh=totals.energy_capacity_wh,
        export_limit_w=der.export_limit_w,
        all_units_certified=totals.all_certified,
        has_interval_meter=der.usage_point.has_interval_meter,
        communication_protocol=der.get_communication_protocol_display(),
        existing_tariff_codes=codes_held(others_behind(der), at),
        third_party=der.provider_id is not None,
        phase_count=PHASES.get(der.usage_point.phase_code, 1),
    )


def offers_to(request: ServiceRequest, *, at: datetime) -> list[Offer]:
    """SR2: every tariff valid now, with why it is or is not open to this DER."""
    return offers_for(facts_for_tariffs(request, at=at), local_date(at))


def tariff_misfits(request: ServiceRequest, *, at: datetime) -> list[str]:
    """SR2: why the accepted tariff no longer fits, or is closed; empty when it does."""
    if request.tariff_version is None or request.der is None:
        return []
    facts = facts_for_tariffs(request, at=at)
    found = findings(version=request.tariff_version, facts=facts, on=local_date(at))
    return [f"Your tariff no longer fits: {sentence}" for sentence in found]


def not_counted(der: Der | None = None) -> QuerySet[Der]:
    """SR5: DER that take nobody's place on the network: drafts never sent, and the one asked of."""
    aside = Q(state=State.DRAFT, der__isnull=False)
    requests = ServiceRequest.objects.filter(aside | Q(der=der) if der else aside)
    return Der.objects.filter(pk__in=requests.values("der"))


def facts_for_screens(request: ServiceRequest) -> ScreenFacts:
    """SR5: what the screens look at. The network's share is None where it is not known."""
    der = request.proposed_der
    totals = totals_of(der)
    connection = connection_of(der.usage_point)
    transformer = connection.transformer if connection else None
    feeder = transformer.feeder if transformer else None
    aside = not_counted(der)
    on_feeder = aggregate_on_feeder(feeder, without=aside) if feeder else None
    return ScreenFacts(
        der_apparent_power_va=totals.apparent_power_va,
        der_active_power_w=totals.active_power_w,
        export_limit_w=der.export_limit_w,
        is_certified=totals.all_certified,
        has_inverter=not totals.technologies & {"chp", "reciprocating_engine"},
        phase_code=der.usage_point.phase_code,
        nominal_service_voltage_v=der.usage_point.nominal_service_voltage_v,
        der_nominal_voltage_v=totals.nominal_voltage_v,
        rated_current_a=der.usage_point.rated_current_a,
        transformer_rating_va=transformer.rating_va if transformer else None,
        aggregate_on_transformer_va=(
            aggregate_on_transformer(transformer, without=aside).apparent_power_va
            if transformer
            else None
        ),
        feeder_peak_load_w=feeder.peak_load_w if feeder else None,
        feeder_minimum_load_w=feeder.minimum_load_w if feeder else None,
        aggregate_on_feeder_w=on_feeder.active_power_w if on_feeder else None,
        aggregate_on_feeder_va=on_feeder.apparent_power_va if on_feeder else None,
        max_fault_current_a=feeder.max_fault_current_a if feeder else None,
        feeder_nominal_voltage_v=feeder.nominal_voltage_v if feeder else None,
        tariff_code=request.tariff_version.tariff.code if request.tariff_version else "",
    )


def offered_agreement(request: ServiceRequest) -> AgreementText:
    """CA2: the text the customer signs: the tariff's terms and the approval's conditions."""
    return text_to_accept(request.accepted_version, approved_conditions(request))


def approved_conditions(request: ServiceRequest) -> str:
    """The conditions that the approval adds to the tariff's text."""
    limit = request.proposed_der.export_limit_w
    lines = ["Conditions of the approval", f"Application {request.reference}."]
    lines += [f"Approved equipment: {unit}." for unit in request.proposed_der.units.all()]
    if limit is not None:
        lines.append(f"Export to the network is limited to {limit.normalize():f} W.")
    lines.append("The system may operate only after permission to operate was given.")
    return "\n".join(lines)


@dataclass(frozen=True)
class Stage:
    """One stage of the customer's status page; ``state`` is done, current or todo."""

    label: str
    state: str


def stages_of(request: ServiceRequest) -> list[Stage]:
    """The six stages, as the customer sees them."""
    here = FACTS[request.state].stage
    finished = request.state == State.PERMISSION_TO_OPERATE
    return [Stage(label, _stage_state(index, here, finished)) for index, label in enumerate(STAGES)]


def _stage_state(index: int, here: int, finished: bool) -> str:
    if index < here or (finished and index == here):
        return "done"
    return "current" if index == here else "todo"


def timeline_of(request: ServiceRequest) -> QuerySet[StateChange]:
    """Who moved the request when, and what they said; the oldest first."""
    return history_of(request)


def resumed_by(upgrade: NetworkUpgrade) -> QuerySet[ServiceRequest]:
    """SR6: the requests that went on when the upgrade was completed."""
    moves = StateChange.objects.filter(
        transition="resume_after_upgrade", note=completion_note(upgrade)
    )
    return all_requests().filter(mrid__in=moves.values("subject_mrid")).order_by("id")


def completion_note(upgrade: NetworkUpgrade) -> str:
    """What the history of a resumed request says. A completed upgrade keeps its name."""
    return f"“{upgrade.name}” is completed."


def open_information_request(request: ServiceRequest) -> InformationRequest | None:
    """What the applicant still has to mend."""
    return request.information_requests.filter(answered_at__isnull=True).first()


def der_readable_by(endpoint: Endpoint, mrid: str) -> Der | None:
    """M1: a DER that was published for the endpoint; None for an absent and a foreign one alike."""
    try:
        wanted = UUID(mrid)
    except ValueError:
        return None
    is_published = wanted in published_versions(endpoint, wanted)
    return der_for_documents(wanted) if is_published else None


def request_by_mrid(mrid: UUID) -> ServiceRequest | None:
    """One request that was sent, for the utility's own systems."""
    return all_requests().filter(mrid=mrid).first()


def last_move_of(request: ServiceRequest) -> tuple[StateChange | None, int]:
    """The latest state change of a request, and how many there were: its version."""
    moves = list(history_of(request))
    return (moves[-1] if moves else None), len(moves)


def der_of_agreement(agreement: CustomerAgreement) -> UUID:
    """The mRID of the DER that an agreement is for."""
    return Der.objects.values_list("mrid", flat=True).get(pk=agreement.der_id)
