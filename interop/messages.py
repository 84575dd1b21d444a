"""Builds the messages of a procedure's steps, each with fresh identifiers."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import escape
from uuid import uuid4

from lxml import etree

from cim import compressed, operations
from cim.elements import write_time
from cim.envelope import (
    ENVELOPE_NAMESPACE,
    OBJECT_MRID,
    OBJECT_VERSION,
    REQUEST_VERBS,
    SEQUENCE,
    Header,
    Id,
    Request,
    Verb,
)
from cim.envelope_out import event_message, request_message
from cim.nouns import NOUNS
from cim.profiles import end_device_config, master_data_linkage_config
from cim.profiles.common import Name, Reference
from cim.profiles.end_device_config import Connectivity, DerFacts, DerIdentity, DerUnitFacts
from cim.profiles.master_data_linkage_config import Linkage
from cim.xml import parse, serialize
from interop.damage import DAMAGES
from interop.procedure import PAYLOADS, Operation, Procedure, Step

THE_DER = "the DER"
FOREIGN_DER = "a foreign DER"
OTHER_CERTIFICATE = "another certificate"
THE_LISTENER = "the listener"
_LATER = timedelta(days=60)
_PLACE = re.compile(r"\{\{([\w' ]+)\}\}")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent: its bytes and what its answer must repeat.

    ``noun`` is "" of a message that was damaged on purpose.
    """

    body: bytes
    message_id: str
    correlation_id: str
    noun: str = ""


@dataclass(slots=True)
class Builder:
    """Messages of one procedure. ``given`` are mRIDs of objects that exist already."""

    context: str
    source: str
    given: dict[str, str] = field(default_factory=dict)
    sequence: int = 0
    sent: dict[str, Sent] = field(default_factory=dict)
    _objects: dict[str, str] = field(default_factory=dict)

    def begin(self, _: Procedure) -> None:
        """Forget the objects and the messages of the procedure before."""
        self.sent.clear()
        self._objects.clear()

    def mrid(self, name: str) -> str:
        """The mRID of an object of the procedure."""
        return self.given.get(name) or self._objects.setdefault(name, str(uuid4()))

    def build(self, step: Step) -> Sent:
        """The message of a step, remembered by the step's name."""
        sent = self.sent[step.again] if step.again else self._built(step)
        if step.name:
            self.sent[step.name] = sent
        return sent

    def _built(self, step: Step) -> Sent:
        header = self._header(step)
        payload, request = self._content(step)
        noun = NOUNS.get(header.noun) if step.form == "typed" and header.verb != Verb.GET else None
        if header.verb in REQUEST_VERBS:
            root = request_message(header, payload, request, noun)
        else:
            root = event_message(header, payload, noun)
        body = serialize(root)
        if step.damage:
            body = DAMAGES[step.damage](body)
        repeated = "" if step.damage else header.noun
        return Sent(body, header.message_id, header.correlation_id, repeated)

    def _header(self, step: Step) -> Header:
        verb, _, noun = step.send.partition(" ")
        now = datetime.now(UTC) - timedelta(seconds=step.age_seconds)
        header = Header(
            verb=Verb(verb),
            noun=noun,
            message_id=self._message_id(step),
            correlation_id=str(uuid4()),
            timestamp=now,
            source=step.source or self.source,
            context=step.context or self.context,
            async_reply=step.later or None,
            reply_address=step.reply_address,
            comment=step.comment,
            properties=self._properties(step),
        )
        if not step.nonce:
            return header
        return replace(header, replay_nonce=self.mrid(step.nonce), replay_created=now)

    def _message_id(self, step: Step) -> str:
        return self.sent[step.message_id_of].message_id if step.message_id_of else str(uuid4())

    def _properties(self, step: Step) -> dict[str, str]:
        about = step.about or step.object
        if not step.version:
            return {}
        properties = {OBJECT_MRID: self.mrid(about), OBJECT_VERSION: str(step.version)}
        if step.send.startswith("get "):
            return properties
        self.sequence += 1
        return {SEQUENCE: str(self.sequence), **properties}

    def _content(self, step: Step) -> tuple[etree._Element | None, Request | None]:
        verb, _, noun = step.send.partition(" ")
        if verb == Verb.GET:
            names = [name for name in (step.object, step.also) if name]
            return None, Request(ids=tuple(Id(self.mrid(name)) for name in names))
        if step.form == "operations":
            return self._operations(step), None
        if step.form == "ids":
            return self._id(step.object), None
        payload = self._payload(verb, noun, step)
        return compressed.to_element(payload) if step.form == "compressed" else payload, None

    def _id(self, name: str) -> etree._Element:
        element = etree.Element(etree.QName(ENVELOPE_NAMESPACE, "ID"), kind="uuid")
        element.text = self.mrid(name)
        return element

    def _operations(self, step: Step) -> etree._Element:
        return operations.to_element(
            operations.OperationSet(
                operations=tuple(
                    self._operation(number, each) for number, each in enumerate(step.operations, 1)
                ),
                is_atomic=step.atomic,
            )
        )

    def _operation(self, number: int, wanted: Operation) -> operations.Operation:
        payload = self._payload(wanted.verb, wanted.noun, wanted)
        return operations.Operation(
            operation_id=number,
            noun=wanted.noun,
            verb=Verb(wanted.verb),
            payload=payload,
            is_element=wanted.element,
        )

    def _payload(self, verb: str, noun: str, wanted: Step | Operation) -> etree._Element:
        mrid, now, version = self.mrid(wanted.object), datetime.now(UTC), wanted.version
        if wanted.payload:
            return parse(self._filled(wanted).encode())
        if noun == "MasterDataLinkageConfig":
            return master_data_linkage_config.to_element(_linkage(mrid, version, now))
        if verb in (Verb.DELETED, Verb.DELETE):
            gone = DerIdentity(mrid=mrid, version=version, effective_at=now, reason="test")
            return end_device_config.to_element(gone)
        return end_device_config.to_element(_der(mrid, version, now))

    def _filled(self, wanted: Step | Operation) -> str:
        """The payload's text. A place is a value of the step, a word of ours, or an object."""
        now = datetime.now(UTC)
        ours: dict[str, Callable[[], str]] = {
            "object": lambda: self.mrid(wanted.object),
            "version": lambda: str(wanted.version),
            "new": lambda: str(uuid4()),
            "now": lambda: write_time(now),
            "later": lambda: (now + _LATER).date().isoformat(),
        }

        def value(place: re.Match[str]) -> str:
            name = place[1]
            if name in wanted.values:
                return escape(wanted.values[name])
            return escape(ours[name]() if name in ours else self.mrid(name))

        return _PLACE.sub(value, PAYLOADS[wanted.payload].read_text(encoding="utf-8"))


def _der(mrid: str, version: int, at: datetime) -> DerFacts:
    """A house with solar panels and a battery."""
    return DerFacts(
        mrid=mrid,
        version=version,
        effective_at=at,
        type="mixed",
        is_smart_inverter=True,
        lifecycle_state="active",
        export_limit_w=Decimal(5_000),
        names=(Name(f"Test {mrid[:8]}", "DER number", "Interoperability test kit"),),
        connectivity=Connectivity(
            usage_point=Reference(str(uuid4()), "Test service point"),
            transformer=Reference(str(uuid4()), "Test transformer"),
            feeder=Reference(str(uuid4()), "Test feeder"),
            substation=Reference(str(uuid4()), "Test substation"),
            phase_code="s12",
            nominal_voltage_v=Decimal(240),
        ),
        units=(
            DerUnitFacts(
                mrid=str(uuid4()),
                type="pv",
                manufacturer="Test",
                model="PV-5",
                serial_number="1",
                active_power_max_rating_w=Decimal(5_000),
                apparent_power_max_rating_va=Decimal(5_500),
            ),
            DerUnitFacts(
                mrid=str(uuid4()),
                type="storage",
                manufacturer="Test",
                model="B-10",
                serial_number="2",
                active_power_max_rating_w=Decimal(5_000),
                energy_capacity_wh=Decimal(10_000),
            ),
        ),
        reason="interoperability test",
    )


def _linkage(mrid: str, version: int, at: datetime) -> Linkage:
    return Linkage(
        der_mrid=mrid,
        der_version=version,
        effective_at=at,
        customer_agreement_mrid=str(uuid4()),
        pricing_structure=Reference(str(uuid4()), "TEST-TARIFF"),
        service_location_mrid=str(uuid4()),
        usage_point_mrid=str(uuid4()),
        transformer=Reference(str(uuid4()), "Test transformer"),
        reason="interoperability test",
    )
