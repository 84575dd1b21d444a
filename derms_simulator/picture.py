"""What one DERMS endpoint believes about the registry, built from messages alone.

The rules are those every receiver needs, because a sender cannot prevent a late duplicate:
an older version or sequence of the same object changes nothing, and what was deleted stays deleted.
A higher Epoch begins anew: the sender was restored from a backup and counts from older numbers.
"""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from lxml import etree

from cim import errors
from cim.elements import MessageRefused, read_integer
from cim.envelope import (
    EPOCH,
    EVENT_VERBS,
    OBJECT_MRID,
    OBJECT_VERSION,
    SEQUENCE,
    Message,
    Verb,
)
from cim.nouns import NOUNS
from cim.operations import Operation
from cim.profiles import end_device_config, master_data_linkage_config
from cim.profiles.end_device_config import DerFacts
from cim.validation import validate
from derms_simulator.objects import GROUPS, merged, objects_in, without_members

APPLIED = "applied"
STALE = "stale"
DER_NOUNS = (end_device_config.NOUN.name, master_data_linkage_config.NOUN.name)


@dataclass(frozen=True, slots=True)
class Change:
    """What a message says about one object; ``facts`` are ready for JSON, None if it ends.

    ``epoch`` is 0 when the sender tells none.
    """

    noun: str
    verb: Verb
    mrid: str
    version: int
    sequence: int | None
    facts: dict[str, Any] | None
    epoch: int = 0


@dataclass(slots=True)
class Known:
    """The last accepted state of one object. ``is_deleted`` objects are kept as tombstones."""

    version: int
    sequence: int | None
    is_deleted: bool = False
    facts: dict[str, Any] | None = None
    verb: Verb = Verb.CREATED
    epoch: int = 0

    def is_before(self, change: Change) -> bool:
        """Whether the sender was restored since: this then says nothing about the change."""
        return 0 < self.epoch < change.epoch


@dataclass(slots=True)
class Picture:
    """All objects of one endpoint, by noun and the DER's mRID."""

    objects: dict[tuple[str, str], Known] = field(default_factory=dict)

    def why_stale(self, change: Change, *, is_same_message: bool = False) -> str:
        """Why the change must have no effect, "" if it may be applied.

        Operations of one message share its sequence: only their versions tell the order.
        """
        der = self.objects.get((end_device_config.NOUN.name, change.mrid))
        known = self.objects.get(self._key(change))
        epoch = max(each.epoch if each else 0 for each in (der, known))
        if 0 < change.epoch < epoch:
            return f"epoch {change.epoch} is before {epoch}"
        if der is not None and der.is_deleted and not _may_return(change, der):
            return f"the DER was deleted with version {der.version}"
        if known is None or known.is_before(change):
            return ""
        if known.is_deleted and change.noun == GROUPS:
            return "the group was deleted"
        return _why_old(known, change, is_same_message=is_same_message)

    def apply(self, change: Change) -> None:
        key, facts = self._key(change), change.facts
        known = self.objects.get(key)
        if change.noun == GROUPS and facts is not None:
            facts = merged(known.facts if known else None, facts)
        self.objects[key] = Known(
            version=change.version,
            sequence=change.sequence,
            is_deleted=change.verb is Verb.DELETED,
            facts=facts,
            verb=change.verb,
            epoch=max(change.epoch, known.epoch if known else 0),
        )

    def _key(self, change: Change) -> tuple[str, str]:
        """Of the object; a group may be called by its name alone."""
        key = (change.noun, change.mrid)
        if change.noun != GROUPS or key in self.objects:
            return key
        named = (
            each
            for each, known in self.objects.items()
            if each[0] == GROUPS and change.mrid in (known.facts or {}).get("names", ())
        )
        return next(named, key)

    def ders(self) -> list[dict[str, Any]]:
        """Every DER ever heard of, by mRID: version, whether it is deleted, facts, linkage."""
        mrids = sorted({mrid for noun, mrid in self.objects if noun in DER_NOUNS})
        return [self._der(mrid) for mrid in mrids]

    def groups(self) -> list[dict[str, Any]]:
        """Every group ever heard of: name, version, members, functions."""
        return [each for each in self.others() if each["noun"] == GROUPS]

    def others(self) -> list[dict[str, Any]]:
        """Every object that is no DER, with the last verb that was told of it."""
        return [
            {
                "noun": noun,
                "mrid": mrid,
                "object_version": known.version or None,
                "verb": known.verb.value,
                "is_deleted": known.is_deleted,
                **(known.facts or {}),
            }
            for (noun, mrid), known in self.objects.items()
            if noun not in DER_NOUNS
        ]

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


def _may_return(change: Change, tombstone: Known) -> bool:
    """A DER that left and comes back is created again, as a later version than it left with."""
    is_created = change.noun == end_device_config.NOUN.name and change.verb is Verb.CREATED
    is_later = is_created and change.version > tombstone.version
    return is_later or tombstone.is_before(change)


def _why_old(known: Known, change: Change, *, is_same_message: bool) -> str:
    # Not every sender numbers the versions of other objects than DER.
    is_numbered = bool(change.version) or change.noun in DER_NOUNS
    # A DER ends with the version it has: it left, and nothing about it was changed.
    is_end = change.verb is Verb.DELETED and change.version == known.version
    if is_numbered and change.version <= known.version and not is_end:
        return f"version {change.version} is not after {known.version}"
    if not is_numbered or is_same_message or known.sequence is None:
        return ""
    if (change.sequence or 0) <= known.sequence:
        return f"sequence {change.sequence} is not after {known.sequence}"
    return ""


# Work may be asked for, not only told of.
WORK_NOUNS = frozenset({"WorkRequests", "ServiceOrders", "MaintenanceOrders"})
_WORK_VERBS = frozenset({Verb.CREATE, Verb.CHANGE, Verb.CANCEL, Verb.CLOSE})
# Inside an OperationSet the field writes requests where events are meant.
_PAST = {Verb.CREATE: Verb.CREATED, Verb.CHANGE: Verb.CHANGED, Verb.DELETE: Verb.DELETED}


def changes_of(message: Message) -> tuple[Change, ...]:
    """What an event says of each object. Raises MessageRefused with the code to answer."""
    epoch = _epoch(message)
    return tuple(replace(each, epoch=epoch) for each in _changes(message))


def _changes(message: Message) -> tuple[Change, ...]:
    header = message.header
    if header.noun not in DER_NOUNS and header.noun in NOUNS:
        return _other_changes(message)
    change = _change(header.noun, header.verb, message.payload, _sequence(message))
    _check_properties(message, change)
    return (change,)


def _other_changes(message: Message) -> tuple[Change, ...]:
    """Groups, work, requests: kept as they were told."""
    header, sequence = message.header, _sequence(message)
    is_asked = header.noun in WORK_NOUNS and header.verb in _WORK_VERBS
    if header.verb not in EVENT_VERBS and not is_asked:
        raise MessageRefused(errors.VERB_INVALID, f"{header.verb} is not understood here")
    version = read_integer(header.properties.get(OBJECT_VERSION, "0"))
    if message.payload is None:
        raise MessageRefused(errors.PAYLOAD_MISSING, "there is no payload")
    return tuple(
        Change(header.noun, header.verb, mrid, version, sequence, facts)
        for mrid, facts in objects_in(header.noun, message.payload)
    )


def change_of_operation(message: Message, operation: Operation) -> Change:
    """What one operation of an OperationSet says. Raises MessageRefused."""
    verb = _PAST.get(operation.verb, operation.verb)
    for finding in [] if operation.payload is None else validate(operation.payload)[:1]:
        raise MessageRefused(errors.INVALID, finding)
    if operation.noun == GROUPS and operation.payload is not None:
        change = _group_change(operation.payload, verb, operation, _sequence(message))
    else:
        change = _change(operation.noun, verb, operation.payload, _sequence(message))
    return replace(change, epoch=_epoch(message))


def _group_change(
    payload: etree._Element, verb: Verb, operation: Operation, sequence: int | None
) -> Change:
    """A group, or the members that an operation on its elements names."""
    [(mrid, facts), *rest] = objects_in(GROUPS, payload)
    if rest:
        raise MessageRefused(errors.TOO_MANY_ITEMS, "one group in each operation")
    if operation.is_element:
        facts = without_members(facts) if verb is Verb.DELETED else facts
        verb = Verb.CHANGED
    return Change(GROUPS, verb, mrid, 0, sequence, facts)


def _change(noun: str, verb: Verb, payload: etree._Element | None, sequence: int | None) -> Change:
    if verb not in (Verb.CREATED, Verb.CHANGED, Verb.DELETED):
        raise MessageRefused(errors.VERB_INVALID, f"{verb} is not understood here")
    if payload is None:
        raise MessageRefused(errors.PAYLOAD_MISSING, "there is no payload")
    if noun not in DER_NOUNS:
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


def _epoch(message: Message) -> int:
    return read_integer(message.header.properties.get(EPOCH, "0"))


def _check_properties(message: Message, change: Change) -> None:
    """The header must not promise another object than the payload holds."""
    properties = message.header.properties
    mrid = properties.get(OBJECT_MRID, change.mrid)
    version = properties.get(OBJECT_VERSION, str(change.version))
    if (mrid, version) != (change.mrid, str(change.version)):
        raise MessageRefused(errors.RELATION_MISMATCH, "header and payload name different objects")
