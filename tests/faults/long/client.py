"""Who changes DER while everything breaks, and remembers what the database confirmed."""

import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from time import sleep
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from lxml import etree

from cim.profiles import end_device_config
from cim.profiles.end_device_config import DerIdentity
from cim.tests.examples import DER
from exchange.models import Endpoint, OutboundMessage
from exchange.services import enqueue_for, publish, withdraw

VERSIONS = 4
TOLD = 2  # endpoints that are told of each DER
_ONE_IN = 10  # so many are deleted in the end, so many transactions are rolled back


@dataclass(frozen=True)
class Change:
    """One version of one DER, told to some endpoints in one transaction."""

    mrid: UUID
    version: int
    verb: str
    endpoints: tuple[Endpoint, ...]

    def element(self) -> etree._Element:
        """What is told."""
        mrid, at = str(self.mrid), datetime.now(UTC)
        if self.verb == "deleted":
            gone = DerIdentity(mrid=mrid, version=self.version, effective_at=at, reason="gone")
            return end_device_config.to_element(gone)
        return end_device_config.to_element(replace(DER, mrid=mrid, version=self.version))


def planned(notices: int, endpoints: Sequence[Endpoint], chance: random.Random) -> list[Change]:
    """All changes: each DER is created and changed, one in ten is deleted in the end."""
    ders = [
        (UUID(int=chance.getrandbits(128), version=4), tuple(chance.sample(endpoints, TOLD)))
        for _ in range(notices // (VERSIONS * TOLD))
    ]
    return [
        Change(mrid, version, _verb(number, version), told)
        for version in range(1, VERSIONS + 1)
        for number, (mrid, told) in enumerate(ders)
    ]


def _verb(number: int, version: int) -> str:
    if version == 1:
        return "created"
    return "deleted" if version == VERSIONS and number % _ONE_IN == 0 else "changed"


@dataclass
class Client:
    """Commits changes; what is in ``committed`` was confirmed by the database, nothing else."""

    chance: random.Random
    committed: list[Change] = field(default_factory=list)
    rolled_back: list[UUID] = field(default_factory=list)
    interrupted: int = 0

    def commit_all(self, changes: Sequence[Change]) -> None:
        """One transaction each, with some that change their mind."""
        try:
            for change in changes:
                if self.chance.randrange(_ONE_IN) == 0:
                    self._change_the_mind(change)
                self._commit(change)
        finally:
            connection.close()

    def _commit(self, change: Change) -> None:
        for is_again in _tries():
            try:
                with transaction.atomic():
                    # The answer to the commit before may have been lost, and not the commit.
                    if not (is_again and _is_stored(change)):
                        _write(change)
            except (OperationalError, InterfaceError):
                self._reconnect()
            else:
                self.committed.append(change)
                return

    def _change_the_mind(self, change: Change) -> None:
        """Everything is written, nothing is committed: a ghost, if anybody hears of it."""
        ghost = replace(change, mrid=UUID(int=self.chance.getrandbits(128), version=4), version=1)
        self.rolled_back.append(ghost.mrid)
        try:
            with suppress(_ChangedMindError), transaction.atomic():
                _write(replace(ghost, verb="created"))
                raise _ChangedMindError
        except (OperationalError, InterfaceError):
            self._reconnect()

    def _reconnect(self) -> None:
        self.interrupted += 1
        connection.close()
        sleep(0.1)


class _ChangedMindError(Exception):
    """Nothing of it may be seen."""


def _tries() -> Iterator[bool]:
    """Whether it is another try; without end."""
    yield False
    while True:
        yield True


def _write(change: Change) -> None:
    """The way the portal tells of a DER: the documents and the messages in one transaction."""
    for endpoint in change.endpoints:
        about = {"object_mrid": change.mrid, "object_version": change.version}
        if change.verb == "deleted":
            withdraw(endpoint=endpoint, **about)
            continue
        publish(
            endpoint=endpoint,
            document={"mrid": change.mrid, "version": change.version},
            state="active",
            feeder_mrid=None,
            tariff_code="",
            **about,
        )
    enqueue_for(
        endpoints=change.endpoints,
        noun="EndDeviceConfig",
        verb=change.verb,
        object_mrid=change.mrid,
        object_version=change.version,
        payload=change.element,
        at=datetime.now(UTC),
    )


def _is_stored(change: Change) -> bool:
    told = OutboundMessage.objects.filter(object_mrid=change.mrid, object_version=change.version)
    return told.exists()
