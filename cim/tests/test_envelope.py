"""Reading what the field sends, refusing what two readers could understand differently."""

from dataclasses import replace
from decimal import Decimal
from threading import Thread

import pytest
from lxml import etree

from cim import errors
from cim.elements import MessageRefused, read_time
from cim.envelope import Error, ReplyResult, Shape, Verb
from cim.messages import build_event, build_fault, build_reply, build_request, read
from cim.profiles import end_device_config, master_data_linkage_config
from cim.tests.examples import (
    CORRELATION_ID,
    DER,
    GONE,
    LINKAGE,
    MESSAGE_ID,
    NOON,
    PV,
    REPLY_ID,
    change_request,
    der_event,
    fault,
    ok_reply,
)
from cim.validation import validate

ENVELOPE = b"http://iec.ch/TC57/2011/schema/message"
GENERIC = '<{shape} xmlns="http://iec.ch/TC57/2011/schema/message"><Header>{header}</Header>{rest}</{shape}>'


def _generic(header: str, rest: str = "", shape: str = "EventMessage") -> bytes:
    return GENERIC.format(shape=shape, header=header, rest=rest).encode()


def test_header_is_read() -> None:
    header = read(der_event()).header
    assert header.verb is Verb.CREATED
    assert header.noun == "EndDeviceConfig"
    assert header.message_id == str(MESSAGE_ID)
    assert header.correlation_id == str(CORRELATION_ID)
    assert header.timestamp == NOON
    assert header.properties == {
        "Sequence": "17",
        "ObjectMRID": DER.mrid,
        "ObjectVersion": "3",
    }


def test_request_is_told_from_an_event() -> None:
    message = read(change_request())
    assert message.shape is Shape.REQUEST
    assert message.header.reply_address == "https://derms.example/replies"


def test_reply_copies_noun_context_and_correlation() -> None:
    message = read(ok_reply())
    assert message.shape is Shape.RESPONSE
    assert message.is_typed
    assert message.header.correlation_id == str(CORRELATION_ID)
    assert message.header.context == "TESTING"
    assert message.reply is not None
    assert message.reply.is_ok


def test_reply_without_correlation_names_the_message() -> None:
    asked = read(der_event())
    asked = replace(asked, header=replace(asked.header, correlation_id=""))
    data = build_reply(
        asked, message_id=REPLY_ID, timestamp=NOON, source="x", result=ReplyResult.OK
    )
    assert read(data).header.correlation_id == str(MESSAGE_ID)


def test_reply_to_an_unknown_noun_is_generic() -> None:
    asked = read(der_event())
    asked = replace(asked, header=replace(asked.header, noun="Teapots"))
    data = build_reply(
        asked, message_id=REPLY_ID, timestamp=NOON, source="x", result=ReplyResult.FAILED
    )
    assert not read(data).is_typed


def test_fault_has_an_empty_header() -> None:
    message = read(fault())
    assert message.shape is Shape.FAULT
    assert (message.header.verb, message.header.noun) == (Verb.REPLY, "")


def test_www_namespace_is_read() -> None:
    data = der_event(is_typed=False).replace(
        ENVELOPE, b"http://www.iec.ch/TC57/2011/schema/message"
    )
    assert read(data).header.noun == "EndDeviceConfig"


@pytest.mark.parametrize("verb", [b"create", b"change", b"nonsense"])
def test_wrong_verb_in_a_reply_is_tolerated(verb: bytes) -> None:
    message = read(ok_reply().replace(b"Verb>reply", b"Verb>" + verb))
    assert message.header.verb is Verb.REPLY


def test_missing_correlation_and_message_id_are_tolerated() -> None:
    message = read(_generic("<Verb>created</Verb><Noun>DERGroups</Noun>"))
    assert (message.header.message_id, message.header.correlation_id) == ("", "")
    assert message.header.timestamp is None
    assert message.payload is None


def test_ids_of_a_delete_request_are_read() -> None:
    rest = '<Payload><ID kind="uuid" objectType="EndDeviceGroup">g-1</ID></Payload>'
    message = read(_generic("<Verb>delete</Verb><Noun>DERGroups</Noun>", rest, "RequestMessage"))
    assert [each.value for each in message.payload_ids] == ["g-1"]
    assert message.payload is None


def test_user_is_read() -> None:
    user = "<User><UserID>ops</UserID><Organization>Utility</Organization></User>"
    header = read(_generic(f"<Verb>created</Verb><Noun>X</Noun>{user}")).header
    assert (header.user_id, header.organization) == ("ops", "Utility")


REFUSED = {
    "no header": (b'<EventMessage xmlns="%s"/>' % ENVELOPE, "1.5"),
    "no verb": (_generic("<Noun>X</Noun>"), "1.5"),
    "no noun": (_generic("<Verb>created</Verb>"), "1.5"),
    "unknown verb": (_generic("<Verb>creates</Verb><Noun>X</Noun>"), "2.9"),
    "reply verb without a reply": (_generic("<Verb>reply</Verb><Noun>X</Noun>"), "2.9"),
    "two verbs": (_generic("<Verb>created</Verb><Verb>deleted</Verb><Noun>X</Noun>"), "1.8"),
    "a property twice": (
        _generic(
            "<Verb>created</Verb><Noun>X</Noun>"
            "<Property><Name>Sequence</Name><Value>1</Value></Property>"
            "<Property><Name>Sequence</Name><Value>2</Value></Property>"
        ),
        "1.8",
    ),
    "two payloads": (
        _generic("<Verb>created</Verb><Noun>X</Noun>", "<Payload><x/><y/></Payload>"),
        "1.8",
    ),
    "no time": (
        _generic("<Verb>created</Verb><Noun>X</Noun><Timestamp>soon</Timestamp>"),
        "1.8",
    ),
    "an impossible time": (
        _generic("<Verb>created</Verb><Noun>X</Noun><Timestamp>2026-02-30T00:00:00Z</Timestamp>"),
        "1.8",
    ),
    "wrong root": (b"<EventMessage/>", "1.8"),
    "foreign root": (b'<Envelope xmlns="urn:other"/>', "1.8"),
    "an unknown result": (ok_reply().replace(b">OK<", b">SURE<"), "1.8"),
    "a typed name against the header": (
        der_event().replace(b"Verb>created", b"Verb>deleted"),
        "2.9",
    ),
    "a typed name for another noun": (
        der_event().replace(b"Noun>EndDeviceConfig", b"Noun>DERGroups"),
        "2.9",
    ),
}


@pytest.mark.parametrize(("data", "code"), REFUSED.values(), ids=REFUSED)
def test_is_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        read(data)
    assert refused.value.code == code


def test_event_needs_the_past_tense() -> None:
    with pytest.raises(ValueError, match="verb create "):
        der_event(verb=Verb.CREATE)


def test_request_needs_the_present_tense() -> None:
    with pytest.raises(ValueError, match="verb created "):
        build_request(
            "EndDeviceConfig",
            Verb.CREATED,
            None,
            message_id=MESSAGE_ID,
            correlation_id=CORRELATION_ID,
            timestamp=NOON,
            source="x",
            context="TESTING",
        )


@pytest.mark.parametrize(
    "der",
    [
        replace(DER, mrid=""),
        replace(DER, type="teapot"),
        replace(DER, lifecycle_state="happy"),
        replace(DER, units=()),
        replace(DER, version=-1),
        replace(DER, export_limit_w=Decimal("NaN")),
        replace(DER, export_limit_w=Decimal("Infinity")),
        replace(DER, export_limit_w=Decimal("-1")),
        replace(DER, effective_at=NOON.replace(tzinfo=None)),
        replace(DER, reason="a\x00b"),
        replace(DER, units=(replace(PV, over_excited_power_factor=Decimal("1.01")),)),
        replace(DER, units=(replace(PV, normal_operating_performance_category="C"),)),
        replace(DER, units=(replace(PV, supported_control_modes=("two words",)),)),
    ],
)
def test_what_is_not_valid_is_never_built(der: end_device_config.DerFacts) -> None:
    with pytest.raises(MessageRefused):
        der_event(der)


def test_noun_without_typed_messages_is_refused() -> None:
    with pytest.raises(MessageRefused) as refused:
        build_event(
            "Teapots",
            Verb.CREATED,
            etree.Element("x"),
            message_id=MESSAGE_ID,
            correlation_id=CORRELATION_ID,
            timestamp=NOON,
            source="x",
            context="TESTING",
        )
    assert refused.value.code == errors.NOUN_INVALID


def test_numbers_are_written_plainly() -> None:
    assert b">10000<" in der_event(replace(DER, export_limit_w=Decimal("1E+4")))


def test_a_thousand_pieces_have_their_serial_numbers() -> None:
    serial_number = "\r\n".join(f"SN-{number:032}" for number in range(1000))
    unit = replace(PV, quantity=1000, serial_number=serial_number)
    payload = read(der_event(replace(DER, units=(unit,)))).payload
    assert payload is not None
    der = end_device_config.from_element(payload)
    assert isinstance(der, end_device_config.DerFacts)
    assert der.units[0].serial_number == serial_number


def test_deleted_carries_the_identity_alone() -> None:
    payload = read(der_event(GONE, Verb.DELETED)).payload
    assert payload is not None
    assert end_device_config.from_element(payload) == GONE


@pytest.mark.parametrize("profile", [end_device_config, master_data_linkage_config])
def test_profile_refuses_another_noun(profile: object) -> None:
    with pytest.raises(MessageRefused) as refused:
        profile.from_element(etree.Element("Teapots"))  # type: ignore[attr-defined]
    assert refused.value.code == errors.NOUN_INVALID


def test_profile_names_what_is_missing() -> None:
    element = master_data_linkage_config.to_element(LINKAGE)
    element.remove(element[1])
    with pytest.raises(MessageRefused, match="has no CustomerAgreement"):
        master_data_linkage_config.from_element(element)


def test_linkage_names_no_customer() -> None:
    tags = {
        etree.QName(each).localname
        for each in master_data_linkage_config.to_element(LINKAGE).iter()
    }
    assert not tags & {"Customer", "CustomerAccount", "mainAddress", "UsagePointLocation"}


def test_generic_message_is_checked_with_its_payload() -> None:
    data = der_event(is_typed=False)
    assert validate(data) == []
    assert validate(data.replace(b">s12<", b">s13<")) != []


def test_unknown_namespace_has_no_schema() -> None:
    assert validate(b'<x xmlns="urn:other"/>') == ["no schema for x in namespace 'urn:other'"]


def test_validation_of_hostile_bytes_says_why() -> None:
    assert validate(b"<!DOCTYPE a><a/>")[0].startswith("doctype")


def test_findings_do_not_mix_between_threads() -> None:
    good, bad = der_event(), der_event().replace(b">s12<", b">s13<")
    wrong: list[str] = []

    def work(data: bytes, expected: bool) -> None:
        wrong.extend("mixed" for _ in range(50) if (validate(data) == []) is not expected)

    threads = [Thread(target=work, args=pair) for pair in [(good, True), (bad, False)] * 4]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_time_without_offset_is_read_as_utc() -> None:
    assert read_time("2026-11-24T12:00:00") == NOON
    assert read_time("2026-11-24T13:00:00+01:00") == NOON


def test_codes_have_meanings() -> None:
    assert errors.meaning("6.2") == "put on hold by a business rule"
    assert errors.meaning("99.1") == "a code of the sender's own"


def test_fault_can_be_built_from_any_error() -> None:
    message = read(build_fault([Error(code="1.8", reason="no XML")]))
    assert message.reply is not None
    assert message.reply.errors[0].reason == "no XML"
