"""What goes in comes out, valid on the way, for any facts."""

from dataclasses import replace
from datetime import datetime
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from cim import envelope_in, messages
from cim.envelope import Header, Message, Reply, Request, Shape, Verb
from cim.envelope_out import request_message, response_message
from cim.nouns import NOUNS
from cim.profiles import end_device_config, master_data_linkage_config
from cim.profiles.end_device_config import DerFacts, DerIdentity
from cim.profiles.master_data_linkage_config import Linkage
from cim.tests import strategies as any_
from cim.tests.examples import CORRELATION_ID, MESSAGE_ID
from cim.validation import validate
from cim.xml import parse, pretty, serialize

HEADER = st.builds(
    Header,
    verb=st.sampled_from([Verb.CREATE, Verb.CHANGE, Verb.DELETE]),
    noun=st.just("EndDeviceConfig"),
    message_id=st.uuids().map(str),
    correlation_id=st.just("") | st.uuids().map(str),
    timestamp=st.none() | any_.TIME,
    source=st.just("") | any_.TEXT,
    context=st.just("") | any_.TEXT,
    revision=st.just("") | any_.TEXT,
    async_reply=st.none() | st.booleans(),
    reply_address=st.just("") | any_.TEXT,
    ack_required=st.none() | st.booleans(),
    comment=st.just("") | any_.TEXT,
    properties=st.dictionaries(any_.TEXT, st.just("") | any_.TEXT, max_size=4),
)
HEADER |= st.builds(replace, HEADER, replay_nonce=any_.TEXT, replay_created=any_.TIME)
REQUEST = st.builds(
    Request,
    start_time=st.none() | any_.TIME,
    end_time=st.none() | any_.TIME,
    options=st.lists(st.tuples(any_.TEXT, st.just("") | any_.TEXT), max_size=3).map(tuple),
    ids=st.lists(any_.ID, max_size=3).map(tuple),
)


@given(any_.DER | any_.IDENTITY)
def test_end_device_config(der: DerFacts | DerIdentity) -> None:
    element = end_device_config.to_element(der)
    assert validate(element) == []
    assert end_device_config.from_element(parse(serialize(element))) == der


@given(any_.LINKAGE)
def test_master_data_linkage_config(linkage: Linkage) -> None:
    element = master_data_linkage_config.to_element(linkage)
    assert validate(element) == []
    assert master_data_linkage_config.from_element(parse(serialize(element))) == linkage


@given(any_.DER, st.booleans(), any_.TIME)
def test_event_message(der: DerFacts, is_typed: bool, timestamp: datetime) -> None:
    data = messages.build_event(
        "EndDeviceConfig",
        Verb.CHANGED,
        end_device_config.to_element(der),
        message_id=MESSAGE_ID,
        correlation_id=CORRELATION_ID,
        timestamp=timestamp,
        source="derportal",
        context="TESTING",
        is_typed=is_typed,
    )
    message = messages.read(data)
    assert (message.shape, message.is_typed) == (Shape.EVENT, is_typed)
    assert message.header.timestamp == timestamp
    assert message.payload is not None
    assert end_device_config.from_element(message.payload) == der


@given(HEADER, st.none() | REQUEST, st.booleans())
def test_request_message(header: Header, request: Request | None, is_typed: bool) -> None:
    noun = NOUNS["EndDeviceConfig"] if is_typed else None
    root = request_message(header, None, request, noun)
    assert validate(root) == []
    read = envelope_in.from_element(parse(serialize(root)))
    expected = Message(
        shape=Shape.REQUEST,
        header=header,
        is_typed=is_typed,
        typed_noun="EndDeviceConfig" if is_typed else "",
        request=request,
    )
    assert read == expected


@given(any_.REPLY, st.booleans())
def test_response_message(reply: Reply, is_typed: bool) -> None:
    header = Header(verb=Verb.REPLY, noun="EndDeviceConfig", message_id=str(MESSAGE_ID))
    noun = NOUNS["EndDeviceConfig"] if is_typed else None
    root = response_message(header, reply, None, noun)
    assert validate(root) == []
    assert envelope_in.from_element(parse(serialize(root))).reply == reply


@given(any_.DER)
def test_pretty_printing_changes_no_fact(der: DerFacts) -> None:
    shown = pretty(serialize(end_device_config.to_element(der)))
    read = cast(DerFacts, end_device_config.from_element(parse(shown.encode())))
    assert read == der
