"""Read liberally, everything of the field is understood; read strictly, each has its own code."""

import re

import pytest

from cim import messages, operations
from cim.codecs import codec_of
from cim.elements import MessageRefused
from cim.envelope import Header, Message, Shape, Verb
from cim.profiles import der_group_forecasts
from cim.tests.examples import MESSAGES, der_event, ok_reply
from cim.tests.part_5_examples import FORECAST, event, query, removal


def forecasts() -> bytes:
    return event(Verb.CREATED, "DERGroupForecasts", der_group_forecasts.to_element([FORECAST]))


def with_header(data: bytes, name: bytes, text: bytes | None) -> bytes:
    """The message with another text in one element of its header, None for no element."""
    element = rb"<msg:%b>.*?</msg:%b>" % (name, name)
    new = b"" if text is None else b"<msg:%b>%b</msg:%b>" % (name, text, name)
    changed, count = re.subn(element, new, data, count=1)
    assert count == 1
    return changed


def swapped() -> bytes:
    """As in the field: noun and verb of an operation, each in the other's place."""
    right = b"<msg:noun>DERGroups</msg:noun><msg:verb>delete</msg:verb>"
    wrong = b"<msg:noun>delete</msg:noun><msg:verb>DERGroups</msg:verb>"
    assert right in removal()
    return removal().replace(right, wrong)


DIRT = {
    "a reply with the verb create": (with_header(ok_reply(), b"Verb", b"create"), "2.9"),
    "a reply with the verb change": (with_header(ok_reply(), b"Verb", b"change"), "2.9"),
    "a reply without a verb": (with_header(ok_reply(), b"Verb", None), "2.9"),
    "a reply with a misspelt noun": (with_header(ok_reply(), b"Noun", b"EndDevicConfig"), "2.5"),
    "a reply with the noun of another": (with_header(ok_reply(), b"Noun", b"DERGroups"), "2.5"),
    "an event with a misspelt noun": (
        with_header(forecasts(), b"Noun", b"DEGroupForecasts"),
        "2.5",
    ),
    "no CorrelationID": (with_header(der_event(), b"CorrelationID", None), "1.5"),
    "a blank CorrelationID": (with_header(der_event(), b"CorrelationID", b"  "), "1.5"),
    "a reply without a CorrelationID": (with_header(ok_reply(), b"CorrelationID", None), "1.5"),
    "no MessageID": (with_header(der_event(), b"MessageID", None), "1.5"),
    "a MessageID that is no UUID": (with_header(query(), b"MessageID", b"854d906-1f5d"), "2.15"),
    "www.iec.ch in the envelope": (
        der_event(is_typed=False).replace(b"http://iec.ch/", b"http://www.iec.ch/"),
        "1.8",
    ),
    "www.iec.ch in the query": (
        query(is_typed=False).replace(b"http://iec.ch/TC57/2017", b"http://www.iec.ch/TC57/2017"),
        "1.8",
    ),
    "noun and verb of an operation swapped": (swapped(), "2.9"),
    "an element that the schema does not know": (
        forecasts().replace(b"<EndDeviceGroup>", b"<EndDeviceGroup><auto/>", 1),
        "1.8",
    ),
}


@pytest.mark.parametrize(("data", "code"), DIRT.values(), ids=DIRT)
def test_what_the_field_sends_is_understood_and_strictly_refused(data: bytes, code: str) -> None:
    assert isinstance(messages.read(data), Message)
    with pytest.raises(MessageRefused) as refused:
        messages.read(data, is_strict=True)
    assert refused.value.code == code


@pytest.mark.parametrize("name", MESSAGES)
def test_what_we_send_is_read_strictly(name: str) -> None:
    data = MESSAGES[name]()
    assert messages.read(data, is_strict=True).shape is messages.read(data).shape


def test_another_year_is_no_dirt() -> None:
    data = forecasts().replace(b"/2017/", b"/2016/")
    assert messages.read(data, is_strict=True).header.noun == "DERGroupForecasts"


def test_a_misspelt_noun_is_read_as_that_of_the_typed_name() -> None:
    told = messages.read(with_header(forecasts(), b"Noun", b"DEGroupForecasts"))
    assert told.header.noun == "DERGroupForecasts"


def test_the_noun_of_another_message_is_never_tolerated() -> None:
    with pytest.raises(MessageRefused) as refused:
        messages.read(with_header(forecasts(), b"Noun", b"DERGroups"))
    assert refused.value.code == "2.9"


def test_a_swapped_operation_is_read_as_it_was_meant() -> None:
    element = messages.read(swapped()).operation_set
    assert element is not None
    [operation] = operations.from_element(element).operations
    assert (operation.verb, operation.noun) == (Verb.DELETE, "DERGroups")


def test_only_the_editions_that_are_spoken_have_a_codec() -> None:
    with pytest.raises(ValueError, match="edition 2"):
        codec_of(2)
    with pytest.raises(ValueError, match="edition 2"):
        messages.read(der_event(), edition=2)


def test_a_codec_reads_what_it_writes() -> None:
    codec = codec_of(1)
    header = Header(verb=Verb.CREATED, noun="EndDeviceConfig", message_id="m-1")
    message = codec.read(codec.event_message(header, None))
    assert (message.shape, message.header) == (Shape.EVENT, header)
