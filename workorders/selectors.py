"""Questions about work orders."""

from uuid import UUID

from django.db.models import QuerySet

from .models import ChecklistItem, Photo, WorkOrder

__all__ = ["ChecklistItem", "Photo", "WorkOrder"]


def open_work_orders() -> QuerySet[WorkOrder]:
    """What the crews still have to visit, the earliest due first."""
    return WorkOrder.objects.filter(state=WorkOrder.State.ISSUED).select_related("assigned_to")


def work_orders_of(service_request_mrid: UUID) -> QuerySet[WorkOrder]:
    """Every visit for one request, the last first."""
    return (
        WorkOrder.objects.filter(service_request_mrid=service_request_mrid)
        .prefetch_related("items", "photos")
        .select_related("finished_by")
        .order_by("-visit")
    )


def work_order(number: str) -> WorkOrder | None:
    """One work order by its number, with checklist and photos."""
    return WorkOrder.objects.prefetch_related("items", "photos").filter(number=number).first()


def work_order_known_as(*, mrid: UUID | None, number: str) -> WorkOrder | None:
    """One work order by its mRID, or by its number, with its checklist."""
    found = WorkOrder.objects.prefetch_related("items")
    if mrid is not None:
        return found.filter(mrid=mrid).first()
    return found.filter(number=number).first()
