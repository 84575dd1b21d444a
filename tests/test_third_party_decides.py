"""A third party's people decide about its own endpoints, whichever door the decision came by."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from customers.selectors import Provider, User
from exchange.models import DeliveryDecision, Endpoint
from exchange.services import (
    begin_rotation,
    change_settings,
    mark_of_secrets,
    recover_since,
    resume_endpoint,
    skip_message,
    start_new_epoch,
    suspend_endpoint,
    use_bearer_token,
)
from exchange.tests.factories import NOON, make_endpoint, make_third_party, send

pytestmark = pytest.mark.django_db
WHY = {"at": NOON, "reason": "I want to."}
DECISIONS: list[Callable[[Endpoint, User], Any]] = [
    lambda at, by: suspend_endpoint(endpoint=at, by=by, **WHY),
    lambda at, by: resume_endpoint(endpoint=at, by=by, **WHY),
    lambda at, by: skip_message(message=send(at), by=by, **WHY),
    lambda at, by: recover_since(endpoint=at, since=NOON, by=by, **WHY),
    lambda at, by: start_new_epoch(endpoints=[at], by=by, **WHY),
    lambda at, by: change_settings(endpoint=at, is_strict=True, by=by, **WHY),
    lambda at, by: use_bearer_token(endpoint=at, token="a-token-of-theirs", by=by, **WHY),
    lambda at, by: begin_rotation(endpoint=at, by=by, at=NOON, seen=mark_of_secrets(at)),
]


def test_about_an_endpoint_of_their_own(tara: User, gridpool: Provider) -> None:
    own = make_third_party(owner=gridpool.mrid)
    for decide in DECISIONS:
        decide(own, tara)
    assert own.decisions.filter(by=tara).count() == len(DECISIONS)


@pytest.mark.parametrize("make", [make_endpoint, make_third_party])
def test_not_about_a_foreign_one(tara: User, make: Callable[[], Endpoint]) -> None:
    foreign = make()
    for decide in DECISIONS:
        with pytest.raises(PermissionDenied, match="your own"):
            decide(foreign, tara)
    assert not DeliveryDecision.objects.exists()


def test_one_foreign_endpoint_among_their_own_stops_it_all(tara: User, gridpool: Provider) -> None:
    own, foreign = make_third_party(owner=gridpool.mrid), make_third_party("Foreign")
    with pytest.raises(PermissionDenied, match="your own"):
        start_new_epoch(endpoints=[own, foreign], by=tara, **WHY)
    own.refresh_from_db()
    assert own.epoch == 1
