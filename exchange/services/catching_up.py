"""SR9: how far an endpoint that was started has been told of what is there already."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction

from exchange.models import Endpoint

from .outbox import lock_for_messages


def ask_for_catch_up(endpoint: Endpoint, *, at: datetime) -> None:
    """Note that the endpoint is to be told of everything, from the beginning."""
    Endpoint.objects.filter(pk=endpoint.pk).update(catch_up_asked_at=at, catch_up_after=None)


@contextmanager
def catching_up(endpoint: Endpoint) -> Iterator[UUID | None]:
    """Where to go on, as the mRID of the last object that was dealt with.

    One transaction with the endpoint locked, for the caller's messages and ``note_caught_up``: what
    two workers do comes one after the other, and a worker that is killed has done nothing.
    """
    with transaction.atomic():
        lock_for_messages([endpoint])
        endpoint.refresh_from_db(fields=["catch_up_asked_at", "catch_up_after", "is_active"])
        yield endpoint.catch_up_after


def note_caught_up(endpoint: Endpoint, *, upto: UUID | None) -> None:
    """How far the endpoint is; None is the end."""
    facts: dict[str, object] = {"catch_up_after": upto}
    if upto is None:
        facts["catch_up_asked_at"] = None
    Endpoint.objects.filter(pk=endpoint.pk).update(**facts)
