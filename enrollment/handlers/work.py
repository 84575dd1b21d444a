"""What the three kinds of orders share: who tells, of which order, and what (SO1, WR1)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from lxml import etree

from cim import errors as codes
from cim.envelope import Id, Verb
from cim.profiles.common import Name
from cim.profiles.work import ActivityRecord, WorkStatusKind
from customers.selectors import User
from exchange.selectors import Endpoint, object_named_at
from exchange.services import Answer, Arrival, refusal

from ..messages import order_number
from .common import payload_of, uuid_of, work_management_of

DONE = (WorkStatusKind.COMPLETED, WorkStatusKind.CLOSED)


class AnyWork(Protocol):
    """What the Work of every kind of order says."""

    @property
    def status_kind(self) -> WorkStatusKind | None: ...
    @property
    def activity_records(self) -> tuple[ActivityRecord, ...]: ...


W_co = TypeVar("W_co", bound=AnyWork, covariant=True)


class Order(Protocol[W_co]):
    """An order as its profile reads it."""

    @property
    def mrid(self) -> str: ...
    @property
    def names(self) -> tuple[Name, ...]: ...
    @property
    def work(self) -> tuple[W_co, ...]: ...


@dataclass(frozen=True, kw_only=True)
class Told(Generic[W_co]):
    """One order as a system tells of it; ``work`` is None if it says nothing of the work."""

    about: Id
    endpoint: Endpoint
    work: W_co | None
    by: User
    at: datetime

    @property
    def reason(self) -> str:
        """The last one given."""
        records = self.work.activity_records if self.work else ()
        return records[-1].reason if records else ""


def tell_work(
    arrival: Arrival,
    object_type: str,
    read: Callable[[etree._Element], Sequence[Order[W_co]]],
    record: Callable[[Told[W_co]], UUID],
) -> Answer:
    """Record each order of a message of work management; the answer names them by our mRIDs.

    Raises InboundRefused for another system, and for an order that is closed without a status.
    """
    by, done = work_management_of(arrival), []
    for each in read(payload_of(arrival)):
        told = Told(
            about=Id(each.mrid or order_number(each.names), object_type=object_type),
            endpoint=arrival.endpoint,
            work=each.work[0] if each.work else None,
            by=by,
            at=arrival.at,
        )
        _check_end(arrival, told.work)
        done.append(Id(str(record(told)), object_type=object_type))
    return Answer(ids=tuple(done), object_mrid=done[0].value)


def mrid_of(named: Id, endpoint: Endpoint) -> UUID | None:
    """The mRID of an order, also by the name that this system gave it, which may be a UUID too."""
    name = named.value.strip()
    return object_named_at(endpoint, name) or uuid_of(name)


def _check_end(arrival: Arrival, work: AnyWork | None) -> None:
    """What is closed says how it ended; a change may say less."""
    is_end = arrival.message.header.verb in (Verb.CLOSE, Verb.CLOSED)
    if is_end and not (work and work.status_kind):
        raise refusal(codes.PAYLOAD_MISSING, "Work has no statusKind, which says how it ended")
