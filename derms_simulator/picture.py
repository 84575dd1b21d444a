"""What one DERMS endpoint believes about the registry, built from messages alone.

The rules are those every receiver needs, because a sender cannot prevent a late duplicate:
an older version or sequence of the same object changes nothing, and what was deleted stays deleted.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from lxml import etree

from cim import errors
from cim.elements import MessageRefused, read_integer
from cim.envelope import OBJECT_MRID, OBJECT_VERSION, SEQUENCE, Message, Verb
from cim.operations import Operation
from cim.profiles import end_device_config, master_data_linkage_config
from cim.profiles.end_device_config import DerFacts
from cim.validation import validate

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

    def why_stale(self, change: Change, *, is_same_message: bool = False) -> str:
        """Why the change must have no effect, "" if it may be applied.

        Operations of one message share its sequence: only their versions tell the order.
        """
        tombstone = self.objects.get((end_device_config.NOUN.name, change.mrid))
        if tombstone is not None and tombstone.is_deleted:
            return f"the DER was deleted with version {tombstone.version}"
        known = self.objects.get((change.noun, change.mrid))
        if known is None:
            return ""
        if change.version <= known.version:
            return f"version {change.version} is not after {known.version}"
        if is_same_message or known.sequence is None:
            return ""
        if (change.sequence or 0) <= known.sequence:
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


_NOUNS = (end_device_config.NOUN.name, master_data_linkage_config.NOUN.name)
# Inside an OperationSet the field writes requests where events are meant.
_PAST = {Verb.CREATE: Verb.CREATED, Verb.CHANGE: Verb.CHANGED, Verb.DELETE: Verb.DELETED}


def change_of(message: Message) -> Change:
    """What an event says. Raises MessageRefused with the code to answer."""
    header = message.header
    change = _change(header.noun, header.verb, message.payload, _sequence(message))
    _check_properties(message, change)
    return change


def change_of_operation(message: Message, operation: Operation) -> Change:
    """What one operation of an OperationSet says. Raises MessageRefused."""
    verb = _PAST.get(operation.verb, operation.verb)
    for finding in [] if operation.payload is None else validate(operation.payload)[:1]:
        raise MessageRefused(errors.INVALID, finding)
    return _change(operation.noun, verb, operation.payload, _sequence(message))


def _change(noun: str, verb: Verb, payload: etree._Element | None, sequence: int | None) -> Change:
    if verb not in (Verb.CREATED, Verb.CHANGED, Verb.DELETED):
        raise MessageRefused(errors.VERB_INVALID, f"{verb} is not understood here")
    if payload is None:
        raise MessageRefused(errors.PAYLOAD_MISSING, "there is no payload")
    if noun not in _NOUNS:
        raise MessageRefused(errors.NOUN_INVALID, f"{noun[:60]} is not understood here")
    is_der = noun == end_device_config.NOUN.name
    mrid, version, facts = (_der if is_der else _linkage)(verb, payload)
    return Change(
        noun=noun,
        verb=verb,
        mrid=mrid,
        version=version,
        sequence=sequence,
        facts=None if verb is Verb.DELETED else facts,
    )


def _der(verb: Verb, payload: etree._Element) -> tuple[str, int, dict[str, Any]]:
    der = end_device_config.from_element(payload)
    if verb is not Verb.DELETED and not isinstance(der, DerFacts):
        raise MessageRefused(errors.PAYLOAD_MISSING, "only a deleted DER may come without record")
    return der.mrid, der.version, asdict(der)


def _linkage(_: Verb, payload: etree._Element) -> tuple[str, int, dict[str, Any]]:
    linkage = master_data_linkage_config.from_element(payload)
    return linkage.der_mrid, linkage.der_version, asdict(linkage)


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
