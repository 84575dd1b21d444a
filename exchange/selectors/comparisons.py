"""Questions about comparisons and resyncs (F26)."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from ..models import Difference, Endpoint, Reconciliation

# An answer holds so many; all of them are on record.
SHOWN_DIFFERENCES = 1_000


@dataclass(frozen=True)
class ResyncProgress:
    """How far a resync is. ``failed`` are those of the sent that could not be told."""

    to_send: int
    sent: int
    failed: int


def reconciliations_of(endpoint: Endpoint) -> QuerySet[Reconciliation]:
    """F26: the comparisons of one endpoint, the newest first."""
    return Reconciliation.objects.filter(endpoint=endpoint).select_related("resynced_by")


def differences_of(reconciliation: Reconciliation) -> QuerySet[Difference]:
    """F26: what is different, in the order of the mRIDs."""
    return Difference.objects.filter(reconciliation=reconciliation).order_by("object_mrid")


def difference_counts(reconciliation: Reconciliation) -> list[dict[str, Any]]:
    """F26: how many differences there are of each kind; one query."""
    counted = Difference.objects.filter(reconciliation=reconciliation).order_by().values("kind")
    labels = dict(Difference.Kind.choices)
    found = counted.annotate(number=Count("pk")).order_by("kind")
    return [{**each, "label": labels[each["kind"]]} for each in found]


def progress_of(reconciliation: Reconciliation) -> ResyncProgress:
    """F26: how many differences are sent, of how many; one query."""
    wanted = Difference.objects.filter(
        reconciliation=reconciliation, kind__in=Difference.SENT_KINDS
    )
    return ResyncProgress(
        **wanted.aggregate(
            to_send=Count("pk"),
            sent=Count("pk", filter=Q(sent_at__isnull=False)),
            failed=Count("pk", filter=~Q(failure="")),
        )
    )


def resyncs_under_way() -> list[Reconciliation]:
    """F26: the comparisons whose differences are being sent, the oldest first."""
    begun = Reconciliation.objects.filter(resynced_at__isnull=False, resync_ended_at__isnull=True)
    return list(begun.select_related("endpoint", "resynced_by").order_by("resynced_at"))
