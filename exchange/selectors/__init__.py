"""Questions about endpoints and the message log. Each in a bounded number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Now

from ..models import (
    CERTIFICATE_WARNING,
    DeliveryAttempt,
    DeliveryDecision,
    Difference,
    Endpoint,
    EndpointCheck,
    InboundMessage,
    OutboundMessage,
    Publication,
    Reconciliation,
    ResendRequest,
)
from ..prepared import Statement
from .comparisons import (
    SHOWN_DIFFERENCES,
    ResyncProgress,
    difference_counts,
    differences_of,
    progress_of,
    reconciliations_of,
    resyncs_under_way,
)
from .requests import (
    messages_about,
    names_at,
    object_named_at,
    requests_about,
    was_told_about,
)

__all__ = [
    "CERTIFICATE_WARNING",
    "SHOWN_DIFFERENCES",
    "DeliveryAttempt",
    "DeliveryDecision",
    "Difference",
    "Endpoint",
    "EndpointCheck",
    "EndpointHealth",
    "InboundMessage",
    "InboxFilter",
    "MessageFilter",
    "OutboundMessage",
    "Reconciliation",
    "ResyncProgress",
    "active_endpoint",
    "decisions_of",
    "difference_counts",
    "differences_of",
    "endpoint_for_token",
    "endpoint_health",
    "endpoint_named",
    "endpoint_of",
    "endpoints",
    "endpoints_entitled_to",
    "endpoints_of_owner",
    "endpoints_to_catch_up",
    "endpoints_visible_to",
    "failed_count",
    "failed_messages_about",
    "inbound_message",
    "inbox",
    "latest_check",
    "message_detail",
    "message_log",
    "messages_about",
    "names_at",
    "object_named_at",
    "progress_of",
    "published_after",
    "reconciliations_of",
    "requests_about",
    "resyncs_under_way",
    "was_told_about",
    "work_management_endpoints",
]

_LOG_LIMIT = 200
_TOKEN_COLUMNS = ("id", "mrid", "name", "kind")
_BY_CHECKSUM = Statement(
    "exchange_endpoint_by_token",
    """
SELECT token.scope, endpoint.id, endpoint.mrid, endpoint.name, endpoint.kind
FROM oauth2_provider_accesstoken AS token
JOIN exchange_endpoint AS endpoint ON endpoint.oauth_application_id = token.application_id
WHERE token.token_checksum = $1 AND token.expires > now() AND endpoint.is_active
""",
)


@dataclass(frozen=True, kw_only=True)
class MessageFilter:
    """What the message log shows; what is left out is not filtered by.

    ``owner_mrid`` narrows it to the endpoints of one third party.
    """

    endpoint_mrid: UUID | None = None
    owner_mrid: UUID | None = None
    state: str = ""
    noun: str = ""
    object_mrid: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class InboxFilter:
    """Which received messages to list; as MessageFilter."""

    endpoint_mrid: UUID | None = None
    owner_mrid: UUID | None = None
    state: str = ""
    noun: str = ""
    object: str = ""


@dataclass(frozen=True, kw_only=True)
class EndpointHealth:
    """How one endpoint is doing; ``oldest_due_at`` is the alarm of a standing delivery.

    ``certificate_expires_at`` is when the first of its certificates ends: ours, or a pinned
    one. ``is_certificate_ending``: it has ended or does within CERTIFICATE_WARNING.
    ``delivered_count`` is since the time that was asked for, else 0.
    """

    endpoint: Endpoint
    delivered_count: int
    pending_count: int
    dead_count: int
    oldest_due_at: datetime | None
    is_pausing: bool
    certificate_expires_at: datetime | None
    is_certificate_ending: bool


def endpoints() -> QuerySet[Endpoint]:
    """Every endpoint, by name."""
    return Endpoint.objects.order_by("name")


def endpoints_to_catch_up() -> list[Endpoint]:
    """Started endpoints that were not yet told of everything there is."""
    return list(Endpoint.objects.filter(is_active=True, catch_up_asked_at__isnull=False))


def endpoints_visible_to(owner_mrid: UUID | None) -> QuerySet[Endpoint]:
    """The endpoints of one third party, by name; every endpoint for None."""
    return endpoints() if owner_mrid is None else endpoints().filter(owner_mrid=owner_mrid)


def endpoint_of(*, mrid: UUID, owner_mrid: UUID | None = None) -> Endpoint:
    """One endpoint with its lease. Raises DoesNotExist, also for another third party's."""
    return endpoints_visible_to(owner_mrid).select_related("lease").get(mrid=mrid)


def active_endpoint(mrid: UUID) -> Endpoint | None:
    """The endpoint of this mRID, unless it is absent or stopped."""
    return Endpoint.objects.filter(mrid=mrid, is_active=True).first()


def latest_check(endpoint: Endpoint) -> EndpointCheck | None:
    """The endpoint's last test message."""
    return endpoint.checks.select_related("by", "endpoint").order_by("-id").first()


def decisions_of(endpoint: Endpoint, limit: int = 20) -> list[DeliveryDecision]:
    """What was decided about the endpoint, newest first; one query."""
    found = endpoint.decisions.select_related("by", "message").order_by("-id")
    return list(found[:limit])


def failed_count(*, endpoint: Endpoint, since: datetime) -> int:
    """How many messages that were created since then have failed."""
    failed = OutboundMessage.objects.filter(endpoint=endpoint, state=OutboundMessage.State.DEAD)
    return failed.filter(created_at__gte=since).count()


def endpoint_named(name: str) -> Endpoint:
    """The endpoint of this name. Raises Endpoint.DoesNotExist."""
    return Endpoint.objects.get(name=name)


def endpoints_entitled_to(
    *, feeder_mrid: UUID | None, provider_mrid: UUID | None
) -> list[Endpoint]:
    """Active endpoints that are told of an object on this feeder, of this third party.

    In the order of their ids, which is the order in which enqueue_message() must lock them.
    A DSO's endpoint without feeders holds the whole territory.
    """
    territory = Q(feeder_mrids=[])
    if feeder_mrid is not None:
        territory |= Q(feeder_mrids__contains=[feeder_mrid])
    entitled = Q(kind=Endpoint.Kind.DSO_DERMS) & territory
    if provider_mrid is not None:
        entitled |= Q(kind=Endpoint.Kind.THIRD_PARTY_DERMS, owner_mrid=provider_mrid)
    return list(Endpoint.objects.filter(entitled, is_active=True).order_by("pk"))


def endpoints_of_owner(owner_mrid: UUID) -> list[Endpoint]:
    """Active endpoints of one third party."""
    return list(Endpoint.objects.filter(owner_mrid=owner_mrid, is_active=True).order_by("pk"))


def work_management_endpoints() -> list[Endpoint]:
    """Active systems that plan the work of Engineering and of the field crews."""
    kind = Endpoint.Kind.WORK_MANAGEMENT
    return list(Endpoint.objects.filter(kind=kind, is_active=True).order_by("pk"))


def published_versions(endpoint: Endpoint, mrid: UUID | None = None) -> dict[UUID, int]:
    """Version by mRID of what the endpoint may read now; of one object if its mRID is given."""
    readable = Publication.objects.filter(endpoint=endpoint, is_withdrawn=False)
    if mrid is not None:
        readable = readable.filter(object_mrid=mrid)
    return dict(readable.values_list("object_mrid", "object_version"))


def published_after(endpoint: Endpoint, mrid: UUID | None, limit: int) -> list[UUID]:
    """The next objects that the endpoint may read, in the order of their mRIDs."""
    readable = Publication.objects.filter(endpoint=endpoint, is_withdrawn=False)
    if mrid is not None:
        readable = readable.filter(object_mrid__gt=mrid)
    return list(readable.order_by("object_mrid").values_list("object_mrid", flat=True)[:limit])


def withdrawn_version(endpoint: Endpoint, mrid: UUID) -> int | None:
    """The version with which the object left the endpoint's view; None if it did not."""
    gone = Publication.objects.filter(endpoint=endpoint, object_mrid=mrid, is_withdrawn=True)
    return gone.values_list("object_version", flat=True).first()


def endpoint_for_token(token: str) -> tuple[Endpoint, frozenset[str]] | None:
    """SR9, P17: the active endpoint and the scopes of an access token; one query by its SHA-256."""
    checksum = sha256(token.encode()).hexdigest()
    row = _BY_CHECKSUM.fetch_one([checksum])
    if row is None:
        return None
    # The other columns are deferred: a poll needs none of them.
    endpoint = Endpoint.from_db(connection.alias, _TOKEN_COLUMNS, row[1:])
    return endpoint, frozenset(row[0].split())


def message_log(
    *, wanted: MessageFilter, before_id: int | None = None, limit: int = 50
) -> list[OutboundMessage]:
    """Messages, newest first, without bodies; one query. The next page is before the last id."""
    messages = OutboundMessage.objects.filter(_wanted(wanted)).select_related("endpoint")
    if before_id is not None:
        messages = messages.filter(pk__lt=before_id)
    held_up = OutboundMessage.objects.filter(
        endpoint=OuterRef("endpoint"),
        ordering_key=OuterRef("ordering_key"),
        sequence__lt=OuterRef("sequence"),
        state=OutboundMessage.State.DEAD,
        endpoint__after_failure=Endpoint.AfterFailure.BLOCK,
    )
    messages = messages.annotate(is_held_up=Exists(held_up)).defer("body")
    return list(messages.order_by("-pk")[: min(limit, _LOG_LIMIT)])


def message_detail(*, message_id: UUID, owner_mrid: UUID | None = None) -> OutboundMessage:
    """One message with its resends, in two queries; its attempts are read apart, for there may
    be very many. Raises DoesNotExist.

    With ``owner_mrid`` only a message to an endpoint of that third party is found.
    """
    messages = OutboundMessage.objects.filter(_wanted(MessageFilter(owner_mrid=owner_mrid)))
    messages = messages.select_related("endpoint").prefetch_related(_resends())
    return messages.get(message_id=message_id)


def endpoint_health(
    *,
    owner_mrid: UUID | None = None,
    mrid: UUID | None = None,
    delivered_since: datetime | None = None,
) -> Sequence[EndpointHealth]:
    """Every endpoint with what waits, what failed and since when; one query."""
    found = endpoints_visible_to(owner_mrid).select_related("lease")
    if mrid is not None:
        found = found.filter(mrid=mrid)
    waiting = _of_endpoint(OutboundMessage.State.PENDING)
    delivered = _of_endpoint(OutboundMessage.State.DELIVERED)
    found = found.annotate(
        delivered_count=_count(delivered.filter(finished_at__gte=delivered_since))
        if delivered_since
        else Value(0),
        pending_count=_count(waiting),
        dead_count=_count(_of_endpoint(OutboundMessage.State.DEAD)),
        oldest_due_at=Subquery(
            waiting.filter(due_at__lte=Now()).order_by("due_at").values("due_at")[:1]
        ),
        is_pausing=Q(lease__not_before__gt=Now()),
        is_certificate_ending=Q(certificate_expires_at__lt=Now() + CERTIFICATE_WARNING),
    )
    return [_health(endpoint) for endpoint in found]


def failed_messages_about(endpoint: Endpoint, object_mrid: UUID) -> list[OutboundMessage]:
    """The messages about one object that failed, in their order."""
    failed = OutboundMessage.objects.filter(endpoint=endpoint, ordering_key=object_mrid)
    return list(failed.filter(state=OutboundMessage.State.DEAD).order_by("sequence"))


def inbox(
    *, wanted: InboxFilter, before_id: int | None = None, limit: int = 50
) -> list[InboundMessage]:
    """What endpoints sent us, newest first, without bodies; one query."""
    found = InboundMessage.objects.filter(_received(wanted)).select_related("endpoint")
    if before_id is not None:
        found = found.filter(pk__lt=before_id)
    return list(found.defer("body", "reply").order_by("-pk")[: min(limit, _LOG_LIMIT)])


def inbound_message(*, pk: int, owner_mrid: UUID | None = None) -> InboundMessage:
    """One received message with its answer. Raises DoesNotExist, also for another's."""
    found = InboundMessage.objects.filter(_received(InboxFilter(owner_mrid=owner_mrid)))
    return found.select_related("endpoint").get(pk=pk)


def _received(wanted: InboxFilter) -> Q:
    chosen = {
        "endpoint__mrid": wanted.endpoint_mrid,
        "endpoint__owner_mrid": wanted.owner_mrid,
        "state": wanted.state,
        "noun": wanted.noun,
    }
    rule = Q(**{field: value for field, value in chosen.items() if value})
    if wanted.object:
        rule &= Q(object_mrid=wanted.object) | Q(message_id=wanted.object)
    return rule


def _of_endpoint(state: str) -> QuerySet[OutboundMessage]:
    return OutboundMessage.objects.filter(endpoint=OuterRef("pk"), state=state)


def _count(messages: QuerySet[OutboundMessage]) -> Coalesce:
    """A count by itself: joining all messages made this query 20 times slower."""
    counted = messages.order_by().values("endpoint").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def _health(endpoint: Endpoint) -> EndpointHealth:
    facts = vars(endpoint)
    return EndpointHealth(
        endpoint=endpoint,
        delivered_count=facts["delivered_count"],
        pending_count=facts["pending_count"],
        dead_count=facts["dead_count"],
        oldest_due_at=facts["oldest_due_at"],
        is_pausing=bool(facts["is_pausing"]),
        certificate_expires_at=endpoint.certificate_expires_at,
        is_certificate_ending=bool(facts["is_certificate_ending"]),
    )


def _wanted(wanted: MessageFilter) -> Q:
    named = {
        "endpoint__mrid": wanted.endpoint_mrid,
        "endpoint__owner_mrid": wanted.owner_mrid,
        "state": wanted.state,
        "noun": wanted.noun,
        "object_mrid": wanted.object_mrid,
    }
    return Q(**{field: value for field, value in named.items() if value})


def _resends() -> "Prefetch[str, QuerySet[ResendRequest], str]":
    return Prefetch("resend_requests", queryset=ResendRequest.objects.select_related("by"))
