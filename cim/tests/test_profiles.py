"""The further nouns: what goes in comes out, valid on the way; a wrong one says what is wrong."""

import base64
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from cim import errors
from cim.elements import MessageRefused
from cim.profiles import (
    customer_agreements,
    end_device_controls,
    end_device_events,
    maintenance_orders,
    meter_readings,
    metering,
    pan,
    reconciliations,
    service_orders,
    service_requests,
    work_requests,
)
from cim.profiles.binding import Slot, slots_of
from cim.profiles.common import Name
from cim.profiles.end_device_config import DerUnitFacts
from cim.tests import iec_examples
from cim.tests import profile_examples as examples
from cim.tests import strategies as any_
from cim.tests.examples import MESSAGES
from cim.validation import validate
from cim.xml import parse, serialize

WORDS: dict[str, st.SearchStrategy[Any]] = {
    "mrid": st.uuids().map(str),
    "text_sha256": st.text("0123456789abcdef", min_size=64, max_size=64),
    "sha256": st.text("0123456789abcdef", min_size=64, max_size=64),
    "prefix": st.text("0123456789abcdef", min_size=1, max_size=8),
    "content": st.binary(min_size=1, max_size=60).map(lambda raw: base64.b64encode(raw).decode()),
    "phase_code": st.sampled_from(["ABC", "AN", "s12"]),
}
CODE = st.lists(st.integers(0, 999), min_size=1, max_size=18).map(
    lambda numbers: ".".join(map(str, numbers))
)
KINDS: dict[type, st.SearchStrategy[Any]] = {
    str: any_.TEXT,
    bool: st.booleans(),
    int: st.integers(0, 10**12),
    Decimal: any_.NUMBER,
    datetime: any_.TIME,
    date: st.dates(),
    Name: st.builds(Name, any_.TEXT) | st.builds(Name, any_.TEXT, any_.TEXT, any_.TEXT),
    DerUnitFacts: any_.UNIT,
}
FIXED: dict[tuple[type, str], st.SearchStrategy[Any]] = {
    (service_requests.ServiceRequest, "type"): st.just("DERInterconnection"),
    (service_requests.Attachment, "type"): st.sampled_from(["one_line_diagram", "other"]),
    # At most one action of the three.
    (end_device_controls.EndDeviceControl, "pan_display"): st.none(),
    (end_device_controls.EndDeviceControl, "pan_pricing"): st.none(),
    (maintenance_orders.WorkAsset, "usage_kind"): st.sampled_from(["crew", "other"]),
}
MODULES = {
    service_requests: service_requests.ServiceRequest,
    customer_agreements: customer_agreements.CustomerAgreement,
    reconciliations: reconciliations.Reconciliation,
    work_requests: work_requests.WorkRequest,
    service_orders: service_orders.ServiceOrder,
    maintenance_orders: maintenance_orders.MaintenanceOrder,
    end_device_controls: end_device_controls.EndDeviceControl,
    end_device_events: end_device_events.EndDeviceEvent,
    meter_readings: meter_readings.MeterReading,
}


# MeterReadings allows one name for a type.
ONE_NAME = (metering.DeviceCodeType, metering.ReadingType, metering.ReadingQualityType)
CHANGED = (work_requests, service_orders, maintenance_orders)


@cache
def facts(cls: Any, *, is_partial: bool = False) -> st.SearchStrategy[Any]:
    contents = {slot.field: _content(cls, slot, is_partial) for slot in slots_of(cls)}
    return st.builds(cls, **contents)


def _content(cls: type, slot: Slot, is_partial: bool) -> st.SearchStrategy[Any]:
    is_needed = not slot.may_be_absent(is_partial=is_partial)
    known = FIXED.get((cls, slot.field)), WORDS.get(slot.field), KINDS.get(slot.kind)
    one = next((each for each in known if each is not None), None)
    if slot.kind is str and slot.tag.codec:
        one = CODE
    if one is None:
        is_mapped = hasattr(slot.kind, "__dataclass_fields__")
        one = facts(slot.kind, is_partial=is_partial) if is_mapped else st.sampled_from(slot.kind)
    if slot.is_many:
        most = 1 if cls in ONE_NAME or slot.kind not in KINDS else 2
        return st.lists(one, min_size=int(is_needed), max_size=most).map(tuple)
    if is_needed or (cls, slot.field) in FIXED or slot.field == "version":
        return one
    return one | (st.just("") if slot.kind is str else st.none())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.NOUN.name)
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=25)
@given(st.data())
def test_what_goes_in_comes_out(module: Any, data: st.DataObject) -> None:
    items = tuple(data.draw(st.lists(facts(MODULES[module]), min_size=1, max_size=2)))
    element = module.to_element(items)
    assert validate(element) == []
    assert module.from_element(parse(serialize(element))) == items


def changed(element: etree._Element, **texts: str) -> etree._Element:
    for name, text in texts.items():
        found = element.find(f".//{{*}}{name}")
        assert found is not None
        found.text = text
    return element


def without(element: etree._Element, name: str) -> etree._Element:
    found = element.find(f".//{{*}}{name}")
    assert found is not None
    parent = found.getparent()
    assert parent is not None
    parent.remove(found)
    return element


def test_a_name_that_is_no_uuid_is_read_as_an_mrid_and_never_written() -> None:
    received = changed(work_requests.to_element([examples.REVIEW]), mRID="854d906-1f5d")
    (request,) = work_requests.from_element(received)
    assert request.mrid == "854d906-1f5d"
    (finding, *_) = validate(work_requests.to_element([request]))
    assert "854d906-1f5d" in finding


def test_the_namespace_with_www_is_read() -> None:
    sent = serialize(service_orders.to_element([examples.VISIT]))
    received = parse(sent.replace(b"http://iec.ch/", b"http://www.iec.ch/"))
    assert service_orders.from_element(received) == (examples.VISIT,)


def test_elements_that_we_do_not_know_are_passed_over() -> None:
    received = service_orders.to_element([examples.VISIT])
    asset = received.find(".//{*}Assets")
    assert asset is not None
    etree.SubElement(asset, "WarrantyCards")
    assert service_orders.from_element(received) == (examples.VISIT,)


@pytest.mark.parametrize("name", ["crewETA", "statusKind", "ratedCurrent", "mainAddress"])
def test_what_creates_names_a_required_element_and_what_changes_may_leave_it_out(
    name: str,
) -> None:
    received = without(parse(MESSAGES["create_service_orders"]()), name)
    payload = received.find("{*}Payload/{*}ServiceOrders")
    assert payload is not None
    with pytest.raises(MessageRefused, match=f"has no {name}") as refused:
        service_orders.from_element(payload)
    assert refused.value.code == errors.PAYLOAD_MISSING
    assert validate(received) != []
    (order,) = service_orders.from_element(payload, is_partial=True)
    assert service_orders.to_element([order], is_partial=True) is not None
    assert validate(payload) == []


@pytest.mark.parametrize("module", CHANGED, ids=lambda module: module.NOUN.name)
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=15)
@given(st.data())
def test_any_part_of_a_change_comes_out(module: Any, data: st.DataObject) -> None:
    items = (data.draw(facts(MODULES[module], is_partial=True)),)
    element = module.to_element(items, is_partial=True)
    assert validate(element) == []
    assert module.from_element(parse(serialize(element)), is_partial=True) == items


@pytest.mark.parametrize("name", ["critical", "utcNumber"])
def test_the_asset_of_a_work_request_is_tracked(name: str) -> None:
    received = without(work_requests.to_element([examples.REVIEW]), name)
    with pytest.raises(MessageRefused, match=f"Assets has no {name}"):
        work_requests.from_element(received)


@pytest.mark.parametrize(
    ("element", "text", "sentence"),
    [
        ("kind", "digging", "kind is 'digging', not a ServiceRequestKind"),
        ("requestedInServiceDate", "2027-02-30", "not a date: '2027-02-30'"),
        ("createdDateTime", "yesterday", "not a time: 'yesterday'"),
        ("activePowerExportLimit", "much", "not a number: 'much'"),
        ("version", "-1", "not a whole number: '-1'"),
        ("isSmartInverter", "perhaps", "not true or false: 'perhaps'"),
    ],
)
def test_a_value_that_is_none_is_refused(element: str, text: str, sentence: str) -> None:
    received = changed(service_requests.to_element([examples.APPLICATION]), **{element: text})
    with pytest.raises(MessageRefused, match=sentence) as refused:
        service_requests.from_element(received)
    assert refused.value.code == errors.INVALID


def test_a_limit_in_another_unit_is_refused() -> None:
    received = service_requests.to_element([examples.APPLICATION])
    limit = received.find(".//{*}activePowerExportLimit")
    assert limit is not None
    limit.set("unit", "kW")
    with pytest.raises(MessageRefused, match="activePowerExportLimit in 'kW', expected 'W'"):
        service_requests.from_element(received)


def test_a_required_text_is_never_sent_empty() -> None:
    agreement = customer_agreements.CustomerAgreement(mrid="")
    with pytest.raises(MessageRefused, match="CustomerAgreement has no mRID"):
        customer_agreements.to_element([agreement])


def test_a_payload_of_another_noun_is_refused() -> None:
    received = service_orders.to_element([examples.VISIT])
    with pytest.raises(MessageRefused, match="ServiceOrders is no WorkRequests"):
        work_requests.from_element(received)


def test_an_empty_payload_is_refused() -> None:
    with pytest.raises(MessageRefused, match="WorkRequests has no WorkRequest"):
        work_requests.from_element(work_requests.to_element([]))


def test_a_control_without_a_type_is_refused() -> None:
    received = end_device_controls.to_element([iec_examples.DISCONNECT])
    kind = received.find(".//{*}EndDeviceControlType")
    assert kind is not None
    del kind.attrib["ref"]
    with pytest.raises(MessageRefused, match="EndDeviceControlType has no ref"):
        end_device_controls.from_element(received)


@pytest.mark.parametrize("action", [pan.PanDisplay, pan.PanPricing])
@settings(suppress_health_check=list(HealthCheck), deadline=None, max_examples=15)
@given(st.data())
def test_each_action_in_a_home_comes_out(action: Any, data: st.DataObject) -> None:
    field = {pan.PanDisplay: "pan_display", pan.PanPricing: "pan_pricing"}[action]
    control = replace(iec_examples.DISCONNECT, **{field: data.draw(facts(action))})
    element = end_device_controls.to_element([control])
    assert validate(element) == []
    assert end_device_controls.from_element(parse(serialize(element))) == (control,)


def test_a_control_holds_one_action_at_most() -> None:
    control = replace(
        iec_examples.DISCONNECT, pan_display=pan.PanDisplay(), pan_pricing=pan.PanPricing()
    )
    assert validate(end_device_controls.to_element([control])) != []


CATALOGUES = (
    (
        end_device_controls,
        "types_from",
        iec_examples.DISCONNECT,
        (metering.DeviceCodeType(type="2", domain="31", names=(Name("2.31.0.23"),)),),
    ),
    (
        end_device_events,
        "types_from",
        iec_examples.DISCONNECTED,
        (metering.DeviceCodeType(type="2", domain="31", names=(Name("2.31.0.68"),)),),
    ),
    (
        meter_readings,
        "catalogue_from",
        iec_examples.USAGE,
        meter_readings.Catalogue(
            event_types=(metering.DeviceCodeType(domain="31", names=(Name("2.31.0.68"),)),),
            quality_types=(metering.ReadingQualityType(names=(Name("1.0.0"),)),),
            reading_types=(metering.ReadingType(unit="72", names=(Name("0.0.2.4"),)),),
        ),
    ),
    (
        service_orders,
        "catalogue_from",
        examples.VISIT,
        service_orders.Catalogue(quality_types=(metering.ReadingQualityType(names=(Name("1"),)),)),
    ),
)


@pytest.mark.parametrize(("module", "reader", "item", "catalogue"), CATALOGUES)
def test_what_the_codes_mean_comes_out_beside_them(
    module: Any, reader: str, item: Any, catalogue: Any
) -> None:
    element = parse(serialize(module.to_element([item], catalogue)))
    assert validate(element) == []
    assert getattr(module, reader)(element) == catalogue
    assert module.from_element(element) == (item,)


@pytest.mark.parametrize(("written", "meant"), [("6.519E3", "6519"), ("-1e-1", "-0.1")])
def test_a_reading_in_exponent_notation_is_read(written: str, meant: str) -> None:
    received = changed(meter_readings.to_element([iec_examples.USAGE]), value=written)
    (reading,) = meter_readings.from_element(received)
    assert reading.interval_blocks[0].interval_readings[0].value == Decimal(meant)


@pytest.mark.parametrize("written", ["NaN", "INF", "1E400", "", "0x10"])
def test_a_reading_that_is_no_number_is_refused(written: str) -> None:
    received = changed(meter_readings.to_element([iec_examples.USAGE]), value=written)
    with pytest.raises(MessageRefused, match="not a number") as refused:
        meter_readings.from_element(received)
    assert refused.value.code == errors.INVALID


def test_a_typed_name_in_meter_readings_needs_its_authority() -> None:
    reading = meter_readings.MeterReading(
        meter=meter_readings.Meter(names=(Name("M-1", "meter number"),))
    )
    (finding,) = validate(meter_readings.to_element([reading]))
    assert "NameTypeAuthority" in finding
