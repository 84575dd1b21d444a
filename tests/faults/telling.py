"""What the fault runs tell two DERMS, and whether it arrived as it should."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from cim.profiles import end_device_config
from cim.tests.examples import DER
from exchange.models import OutboundMessage
from exchange.services import enqueue_for
from tests.derms import Derms, TwoDerms

from .workers import wait_for


def tell(derms: Iterable[Derms], ders: Sequence[UUID], versions: Iterable[int]) -> None:
    """Commit these versions of these DER, one transaction each."""
    for version in versions:
        for mrid in ders:
            with transaction.atomic():
                _tell_version(derms, mrid, version)


def _tell_version(derms: Iterable[Derms], mrid: UUID, version: int) -> None:
    facts = replace(DER, mrid=str(mrid), version=version)
    enqueue_for(
        endpoints=[one.endpoint for one in derms],
        noun="EndDeviceConfig",
        verb="created" if version == 1 else "changed",
        object_mrid=mrid,
        object_version=version,
        payload=lambda: end_device_config.to_element(facts),
        at=datetime.now(UTC),
    )


def is_all_delivered() -> bool:
    return not OutboundMessage.objects.exclude(state="delivered").exists()


def arrived(derms: TwoDerms) -> int:
    """Messages that reached both simulators, duplicates included."""
    return sum(len(one.log()) for one in derms)


def wait_for_progress(derms: TwoDerms, messages: int, seconds: float) -> float:
    """Until some more messages arrived at each of them."""
    goals = {one: len(one.log()) + messages for one in derms}
    return wait_for(
        f"{messages} more messages at each DERMS",
        lambda: all(len(one.log()) >= goal for one, goal in goals.items()),
        seconds=seconds,
    )


def versions_of(derms: Derms, mrid: UUID) -> list[int]:
    """Of one DER, in the order in which they had their effect."""
    changes = [change for record in derms.log() for change in record["changes"]]
    return [each["version"] for each in changes if each["mrid"] == str(mrid)]


def assert_all_told(one: Derms, ders: Sequence[UUID], versions: int, most_duplicates: int) -> None:
    """Nothing lost, nothing invented, in order for each DER, few duplicates."""
    verdicts = [record["verdict"] for record in one.log()]
    assert set(verdicts) <= {"applied", "duplicate"}
    assert one.duplicates() <= most_duplicates
    assert verdicts.count("applied") == len(ders) * versions
    for mrid in ders:
        assert versions_of(one, mrid) == list(range(1, versions + 1))
    assert {mrid: der["version"] for mrid, der in one.picture().items()} == {
        str(mrid): versions for mrid in ders
    }
