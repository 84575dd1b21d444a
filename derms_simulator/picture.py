"""What one DERMS endpoint believes about the registry, built from messages alone.

The rules are those every receiver needs, because a sender cannot prevent a late duplicate:
an older version or sequence of the same object changes nothing, and what was deleted stays deleted.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from cim import errors
from cim.elements import MessageRefused, read_integer
from cim.envelope import OBJECT_MRID, OBJECT_VERSION, SEQUENCE, Message, Verb
from cim.profiles import end_device_config, master_data_linkage_config
from cim.profiles.end_device_config import DerFacts

APPLIED = "applied"
STALE = "stale"


@dataclass(frozen=True, slots=True)
class Change:
    """What a message says about one object; ``facts`` are ready for JSON, None if it ends."""

    noun: str
    verb: Verb
    mrid: str
    version: int
    sequence: int | None
    facts: dict[str, Any] | None


@dataclass(slots=True)
class Known:
    """The last accepted state of one object. ``is_deleted`` objects are kept as tombstones."""

    version: int
    sequence: int | None
    is_deleted: bool = False
    facts: dict[str, Any] | None = None


@dataclass(slots=True)
class Picture:
    """All objects of one endpoint, by noun and the DER's mRID."""

    objects: dict[tuple[str, str], Known] = field(default_factory=dict)

    def why_stale(self, change: Change) -> str:
        """Why the change must have no effect, "" if it may be applied."""
        tombstone = self.objects.get((end_device_config.NOUN.name, change.mrid))
        if tombstone is not None and tombstone.is_deleted:
            return f"the DER was deleted with version {tombstone.version}"
        known = self.objects.get((change.noun, change.mrid))
        if known is None:
            return ""
        if change.version <= known.version:
            return f"version {change.version} is not after {known.version}"
        if known.sequence is not None and (change.sequence or 0) <= known.sequence:
            return f"sequence {change.sequence} is not after {known.sequence}"
        return ""

    def apply(self, change: Change) -> None:
        self.objects[change.noun, change.mrid] = Known(
            version=change.version,
            sequence=change.sequence,
            is_deleted=change.verb is Verb.DELETED,
            facts=change.facts,
        )

    def ders(self) -> list[dict[str, Any]]:
        """Every DER ever heard of, by mRID: version, whether it is deleted, facts, linkage."""
        mrids = sorted({mrid for _, mrid in self.objects})
        return [self._der(mrid) for mrid in mrids]

    def _der(self, mrid: str) -> dict[str, Any]:
        device = self.objects.get((end_device_config.NOUN.name, mrid))
        linkage = self.objects.get((master_data_linkage_config.NOUN.name, mrid))
        return {
            "mrid": mrid,
            "version": None if device is None else device.version,
            "sequence": None if device is None else device.sequence,
            "is_deleted": device is not None and device.is_deleted,
            "facts": None if device is None else device.facts,
            "linkage_version": None if linkage is None else linkage.version,
            "linkage": None if linkage is None else linkage.facts,
        }


def change_of(message: Message) -> Change:
    """What an event says. Raises MessageRefused with the code to answer."""
    header = message.header
    if header.verb not in (Verb.CREATED, Verb.CHANGED, Verb.DELETED):
        raise MessageRefused(errors.VERB_INVALID, f"{header.verb} is not understood here")
    if message.payload is None:
        raise MessageRefused(errors.PAYLOAD_MISSING, "there is no payload")
    if header.noun == end_device_config.NOUN.name:
        change = _der_change(message)
    elif header.noun == master_data_linkage_config.NOUN.name:
        change = _linkage_change(message)
    else:
        raise MessageRefused(errors.NOUN_INVALID, f"{header.noun[:60]} is not understood here")
    _check_properties(message, change)
    return change


def _der_change(message: Message) -> Change:
    assert message.payload is not None  # noqa: S101 - asked by the caller
    der = end_device_config.from_element(message.payload)
    is_end = message.header.verb is Verb.DELETED
    if not is_end and not isinstance(der, DerFacts):
        raise MessageRefused(errors.PAYLOAD_MISSING, "only a deleted DER may come without record")
    return Change(
        noun=message.header.noun,
        verb=message.header.verb,
        mrid=der.mrid,
        version=der.version,
        sequence=_sequence(message),
        facts=None if is_end else asdict(der),
    )


def _linkage_change(message: Message) -> Change:
    assert message.payload is not None  # noqa: S101 - asked by the caller
    linkage = master_data_linkage_config.from_element(message.payload)
    is_end = message.header.verb is Verb.DELETED
    return Change(
        noun=message.header.noun,
        verb=message.header.verb,
        mrid=linkage.der_mrid,
        version=linkage.der_version,
        sequence=_sequence(message),
        facts=None if is_end else asdict(linkage),
    )


def _sequence(message: Message) -> int | None:
    written = message.header.properties.get(SEQUENCE)
    return None if written is None else read_integer(written)


def _check_properties(message: Message, change: Change) -> None:
    """The header must not promise another object than the payload holds."""
    properties = message.header.properties
    mrid = properties.get(OBJECT_MRID, change.mrid)
    version = properties.get(OBJECT_VERSION, str(change.version))
    if (mrid, version) != (change.mrid, str(change.version)):
        raise MessageRefused(errors.RELATION_MISMATCH, "header and payload name different objects")
