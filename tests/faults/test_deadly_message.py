"""F18: a message that kills the process which is about to send it, whichever that is."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from exchange.models import OutboundMessage
from exchange.services import resend
from tests.derms import TwoDerms

from .telling import assert_all_told, is_all_delivered, tell, versions_of
from .workers import Crew, wait_for

pytestmark = [
    pytest.mark.delivery,
    pytest.mark.faults,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(600),
]
REDIS_DATABASE = 14
PATIENCE_S = 240


def test_a_message_that_kills_its_worker_five_times_is_given_up_and_can_be_replayed(
    slow_derms: TwoDerms, crew: Crew, tmp_path: Path, django_user_model: Any
) -> None:
    deadly, deaths = tmp_path / "deadly", tmp_path / "deaths"
    crew.app = "tests.faults.deadly"
    crew.variables = {
        "DEADLY": str(deadly),
        "DEATHS": str(deaths),
        "EXCHANGE_LEASE_SECONDS": "2",
        "EXCHANGE_POLL_SECONDS": "3600",  # the poller would take the parent of the others along
    }
    poison, *others = [uuid4() for _ in range(4)]
    deadly.write_text(str(poison))
    tell([slow_derms.dso], [poison], [1, 2])
    tell(slow_derms, others, [1, 2])
    crew.start("beat", "worker")

    wait_for("it is given up", lambda: states_of(poison) == ["dead", "pending"], seconds=PATIENCE_S)
    wait_for("the others are told", lambda: waiting() == 1, seconds=PATIENCE_S)
    given_up = OutboundMessage.objects.get(state="dead")
    assert given_up.attempt_count == len(deaths.read_text().split()) == 5
    assert "the worker died" in given_up.last_error
    assert_all_told(slow_derms.third_party, others, 2, most_duplicates=0)
    assert [versions_of(slow_derms.dso, each) for each in others] == [[1, 2]] * 3
    assert versions_of(slow_derms.dso, poison) == []

    deadly.unlink()
    operator = django_user_model.objects.create_user("olivia@example.org")
    resend(message=given_up, by=operator, at=timezone.now())
    wait_for("it is delivered after all", is_all_delivered, seconds=PATIENCE_S)
    assert versions_of(slow_derms.dso, poison) == [1, 2]


def states_of(mrid: object) -> list[str]:
    messages = OutboundMessage.objects.filter(object_mrid=mrid).order_by("sequence")
    return list(messages.values_list("state", flat=True))


def waiting() -> int:
    return OutboundMessage.objects.filter(state="pending").count()
