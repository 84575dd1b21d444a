"""Messages in the form in which interoperability tests of IEC 61968-5 send them.

What our own builders never write and public test clients do: a group without an mRID, members by
mRID or by name alone, other prefixes, no Source, no Context, an operation set in its own namespace.

On 2026-11-24 the 25 golden messages of the IEC nouns and their 21 payloads were valid by lxml and
by xmlschema, and 1,584 random payloads of the DERGroups family by lxml, against the public working
drafts (github.com/sixthcolumn/derms2 and openwms), as far as those could be read; see
docs/integrators/messages.md.
"""

import doctest

import pytest

import cim
from cim import messages, operations
from cim.elements import MessageRefused
from cim.envelope import Request, Verb
from cim.profiles import der_groups, end_device_controls
from cim.profiles.common import Name
from cim.profiles.parts import Named
from cim.queries import named_in
from cim.soap import message_in
from cim.validation import validate
from cim.xml import parse, serialize

_ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
    xmlns:t="http://iec.ch/TC57/{space}" xmlns:m="http://iec.ch/TC57/2011/schema/message"
    xmlns:p="http://iec.ch/TC57/{profile}#">
  <soapenv:Header/>
  <soapenv:Body>
    <t:{element}>
      <t:Header>
        <m:Verb>{verb}</m:Verb>
        <m:Noun>{noun}</m:Noun>
        <m:Timestamp>2026-11-24T05:00:00-07:00</m:Timestamp>
        <m:MessageID>0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f1001</m:MessageID>
        <m:CorrelationID>0b8f3f0a-55a4-4d0b-9d3e-0a6c8f1f2002</m:CorrelationID>
      </t:Header>
      <t:Payload>{payload}</t:Payload>
    </t:{element}>
  </soapenv:Body>
</soapenv:Envelope>"""
_GROUP = """
<p:DERGroups>
  <p:EndDeviceGroup>
    {function}
    <p:EndDevices><p:mRID>5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c01</p:mRID></p:EndDevices>
    <p:EndDevices><p:Names><p:name>Inverter 7</p:name></p:Names></p:EndDevices>
    <p:Names><p:name>Elm 3</p:name></p:Names>
    {version}
  </p:EndDeviceGroup>
</p:DERGroups>"""
_FUNCTION = """
<p:DERFunction>
  <p:connectDisconnect>true</p:connectDisconnect>
  <p:frequencyWattCurveFunction>false</p:frequencyWattCurveFunction>
  <p:maxRealPowerLimiting>false</p:maxRealPowerLimiting>
  <p:rampRateControl>false</p:rampRateControl>
  <p:reactivePowerDispatch>1</p:reactivePowerDispatch>
  <p:realPowerDispatch>true</p:realPowerDispatch>
  <p:voltageRegulation>0</p:voltageRegulation>
  <p:voltVarCurveFunction>false</p:voltVarCurveFunction>
  <p:voltWattCurveFunction>false</p:voltWattCurveFunction>
</p:DERFunction>"""
_VERSION = """
<p:version>
  <p:date>2026-11-24T05:00:00-07:00</p:date>
  <p:major>1</p:major><p:minor>0</p:minor><p:revision>0</p:revision>
</p:version>"""
_OPERATIONS = """
<t:OperationSet>
  <m:enforceMsgSequence>false</m:enforceMsgSequence>
  <m:enforceTransactionalIntegrity>false</m:enforceTransactionalIntegrity>
  <m:Operation>
    <m:operationId>1</m:operationId>
    <m:noun>DERGroups</m:noun>
    <m:verb>{verb}</m:verb>
    <m:elementOperation>true</m:elementOperation>
    {payload}
  </m:Operation>
</t:OperationSet>"""
_CONTROL = """
<p:EndDeviceControls>
  <p:EndDeviceControl>
    <p:EndDeviceControlType ref="3.31.0.23"/>
    <p:EndDeviceGroups><p:Names><p:name>Elm 3</p:name></p:Names></p:EndDeviceGroups>
  </p:EndDeviceControl>
</p:EndDeviceControls>"""
_MEMBERS = (Named(mrid="5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c01"), Named(names=(Name("Inverter 7"),)))


def _sent(element: str, noun: str, payload: str, *, profile: str = "2017/DERGroups") -> bytes:
    """The message in the body, as the door takes it out."""
    verb = "create" if element.startswith("Create") else "execute"
    space = f"2017/{element.removeprefix('Create').removeprefix('Execute')}Message"
    envelope = _ENVELOPE.format(
        space=space, profile=profile, element=element, verb=verb, noun=noun, payload=payload
    )
    return serialize(message_in(parse(envelope.encode())))


def test_a_group_that_is_only_named_is_created() -> None:
    payload = _GROUP.format(function=_FUNCTION, version=_VERSION)
    data = _sent("CreateDERGroups", "DERGroups", payload)
    assert validate(data) == []
    (group,) = der_groups.from_element(messages.read(data).payload)
    assert (group.mrid, group.names, group.end_devices) == ("", (Name("Elm 3"),), _MEMBERS)
    assert group.version is not None
    assert group.version.date is not None
    assert group.version.date.isoformat() == "2026-11-24T05:00:00-07:00"
    function = group.der_function
    assert function is not None
    assert function.reactive_power_dispatch
    assert not function.voltage_regulation


def test_members_are_removed_by_an_operation() -> None:
    payload = _OPERATIONS.format(verb="delete", payload=_GROUP.format(function="", version=""))
    data = _sent("ExecuteDERGroupsOperationSet", "OperationSet", payload)
    assert validate(data) == []
    (operation,) = operations.from_element(messages.read(data).operation_set).operations
    assert (operation.operation_id, operation.verb, operation.is_element) == (1, Verb.DELETE, True)
    (group,) = der_groups.from_element(operation.payload)
    assert group.end_devices == _MEMBERS


def test_the_verb_of_an_operation_is_a_text_for_the_schema_and_known_to_the_reader() -> None:
    payload = _OPERATIONS.format(verb="remove", payload=_GROUP.format(function="", version=""))
    data = _sent("ExecuteDERGroupsOperationSet", "OperationSet", payload)
    assert validate(data) == []
    with pytest.raises(MessageRefused, match="unknown verb 'remove'") as refused:
        operations.from_element(messages.read(data).operation_set)
    assert refused.value.code == "2.9"


def test_a_group_is_disconnected() -> None:
    data = _sent(
        "CreateEndDeviceControls",
        "EndDeviceControls",
        _CONTROL,
        profile="2011/EndDeviceControls",
    )
    assert validate(data) == []
    (control,) = end_device_controls.from_element(messages.read(data).payload)
    assert control.end_device_groups == (Named(names=(Name("Elm 3"),)),)


_QUERY = "<GetServiceOrders xmlns='http://iec.ch/TC57/2015/GetServiceOrders#'>{}</GetServiceOrders>"


def _named(inside: str) -> list[tuple[str, str]]:
    request = Request(queries=(parse(_QUERY.format(inside).encode()),))
    return [(each.kind, each.value) for each in named_in(request, "ServiceOrders")]


def test_a_get_names_objects_in_its_element() -> None:
    mrid = "<ServiceOrder><mRID> 5f0c </mRID><Names><name>W-7</name></Names></ServiceOrder>"
    assert _named("") == []
    assert _named(mrid) == [("uuid", "5f0c")]
    assert _named("<ServiceOrder><Names><name>W-7</name></Names></ServiceOrder>" + mrid) == [
        ("name", "W-7"),
        ("uuid", "5f0c"),
    ]


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<Crew><mRID>5f0c</mRID></Crew>", "can name ServiceOrder, it cannot ask by Crew"),
        ("<ServiceOrder><mRID/></ServiceOrder>", "neither mRID nor Names"),
    ],
)
def test_a_get_by_anything_else_is_refused(inside: str, reason: str) -> None:
    with pytest.raises(MessageRefused, match=reason) as refused:
        _named(inside)
    assert refused.value.code == "1.6"


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(cim).attempted > 0
    assert doctest.testmod(cim).failed == 0
