"""Groups of DER and their family: round trips, the create rule, years, OperationSets, queries."""

from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim import messages, operations
from cim.elements import MessageRefused
from cim.envelope import Error, Location, ReplyResult, Shape, Verb
from cim.profiles import (
    der_group_dispatches,
    der_group_forecast_queries,
    der_group_forecasts,
    der_group_queries,
    der_group_status_queries,
    der_group_statuses,
    der_groups,
)
from cim.profiles.binding import slots_of
from cim.profiles.common import Name
from cim.profiles.parts import Named
from cim.tests import part_5_examples as examples
from cim.tests import strategies as any_
from cim.validation import validate
from cim.xml import parse, serialize

LISTS: dict[str, tuple[ModuleType, type]] = {
    "DERGroups": (der_groups, der_groups.DerGroup),
    "DERGroupQueries": (der_group_queries, Named),
    "DERGroupStatusQueries": (der_group_status_queries, Named),
    "DERGroupStatuses": (der_group_statuses, der_group_statuses.GroupStatus),
    "DERGroupForecasts": (der_group_forecasts, der_group_forecasts.GroupForecast),
    "DERGroupDispatches": (der_group_dispatches, der_group_dispatches.GroupDispatch),
}
NAME = st.builds(Name, st.just("n"), st.sampled_from(["", "kind"]))
PLAIN = {
    "str": st.sampled_from(["", "x", "Zürich <&>"]),
    "bool": st.booleans(),
    "int": st.integers(0, 10**6),
    "Decimal": any_.NUMBER,
    "datetime": any_.TIME,
}


@cache
def facts_of(cls: type) -> st.SearchStrategy[Any]:
    """Any value of a mapped dataclass, as its fields say."""
    chosen = {}
    for slot in slots_of(cls):
        one = NAME if slot.tag.name == "Names" else _one(slot.kind)
        if slot.is_many:
            one = st.lists(one, min_size=1, max_size=1).map(tuple)
        elif not slot.is_required and slot.kind not in (str, bool):
            one = st.none() | one
        chosen[slot.field] = one
    return st.builds(cls, **chosen)


def _one(kind: type) -> st.SearchStrategy[Any]:
    if kind.__name__ in PLAIN:
        return PLAIN[kind.__name__]
    if hasattr(kind, "__members__"):
        return st.sampled_from(kind)
    return facts_of(kind)


@pytest.mark.parametrize("noun", LISTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_what_goes_in_comes_out(noun: str, data: st.DataObject) -> None:
    profile, cls = LISTS[noun]
    items = data.draw(st.lists(facts_of(cls), min_size=1, max_size=2).map(tuple))
    element = profile.to_element(items)
    assert validate(element) == []
    assert profile.from_element(parse(serialize(element))) == items


@settings(max_examples=15, deadline=None)
@given(facts_of(der_group_forecast_queries.ForecastQuery))
def test_a_forecast_query_comes_out(query: der_group_forecast_queries.ForecastQuery) -> None:
    element = der_group_forecast_queries.to_element(query)
    assert validate(element) == []
    assert der_group_forecast_queries.from_element(parse(serialize(element))) == query


def test_a_group_is_created_with_its_functions() -> None:
    group = replace(examples.GROUP, der_function=None)
    payload = der_groups.to_element([group])
    with pytest.raises(MessageRefused, match="DERFunction"):
        examples.request(Verb.CREATE, "DERGroups", payload)


def test_a_group_is_changed_without_its_functions() -> None:
    assert examples.CHANGED_GROUP.der_function is None
    assert validate(examples.PART_5["change_der_groups"]()) == []


def test_a_query_is_answered_in_its_own_messages() -> None:
    asked = messages.read(examples.query())
    assert (asked.shape, asked.header.verb) == (Shape.REQUEST, Verb.GET)
    (element,) = asked.request.queries
    assert der_group_queries.from_element(element) == (examples.ASKED,)
    answer = examples.answer()
    assert b"<DERGroupQueriesResponseMessage" in answer
    assert der_groups.from_element(messages.read(answer).payload) == (examples.GROUP,)


@pytest.mark.parametrize("is_typed", [True, False])
def test_a_member_is_removed_by_an_operation(is_typed: bool) -> None:
    message = messages.read(examples.removal(is_typed=is_typed))
    assert message.header.noun == "OperationSet"
    (operation,) = operations.from_element(message.operation_set).operations
    assert (operation.verb, operation.is_element) == (Verb.DELETE, True)
    assert der_groups.from_element(operation.payload) == (examples.LEAVING,)


def test_a_payload_of_an_operation_is_checked() -> None:
    data = examples.removal().replace(b"<EndDevices>", b"<Devices/><EndDevices>")
    assert "Devices" in " ".join(validate(data))


def test_an_operation_set_needs_its_verb() -> None:
    with pytest.raises(ValueError, match="verb create "):
        examples.removal(Verb.CREATE)


@pytest.mark.parametrize("year", [2016, 2020])
def test_the_year_of_the_namespaces_is_a_choice(year: int) -> None:
    payload = der_groups.to_element([examples.GROUP])
    data = messages.build_event("DERGroups", Verb.CREATED, payload, **examples.FACTS, year=year)
    assert b"http://iec.ch/TC57/%d/DERGroupsMessage" % year in data
    assert b"http://iec.ch/TC57/%d/DERGroups#" % year in data
    assert b"/2017/" not in data
    assert b"http://iec.ch/TC57/2011/schema/message" in data
    assert validate(data) == []
    assert der_groups.from_element(messages.read(data).payload) == (examples.GROUP,)


def test_a_year_in_a_text_stays_as_it_is() -> None:
    text = 'xmlns="http://iec.ch/TC57/2017/DERGroups#"'
    payload = der_groups.to_element([replace(examples.GROUP, description=text)])
    data = messages.build_event("DERGroups", Verb.CREATED, payload, **examples.FACTS, year=2020)
    (group,) = der_groups.from_element(messages.read(data).payload)
    assert group.description == text


def test_www_namespaces_are_read_and_checked() -> None:
    data = examples.PART_5["created_der_groups"]().replace(b"http://iec.ch", b"http://www.iec.ch")
    assert validate(data) == []
    assert validate(data.replace(b"<mRID>", b"<mrid/><mRID>")) != []
    assert messages.read(data).header.noun == "DERGroups"


def test_an_error_says_where() -> None:
    error = Error(
        code="5.3",
        xpath="EndDeviceGroup",
        stack_trace="at line 1",
        location=Location(node="n", pipeline="p", stage="s"),
    )
    reply = messages.read(messages.build_fault([error])).reply
    assert (reply.result, reply.errors) == (ReplyResult.FAILED, (error,))


def test_a_query_without_an_element_asks_for_all() -> None:
    data = messages.build_query("EndDeviceConfig", **examples.FACTS)
    (element,) = messages.read(data).request.queries
    assert element.tag == "{urn:derportal:cim:2026:GetEndDeviceConfig#}GetEndDeviceConfig"


def test_a_query_for_an_unknown_noun_is_refused() -> None:
    with pytest.raises(MessageRefused) as refused:
        messages.build_query("Teapots", **examples.FACTS)
    assert refused.value.code == "2.5"


def test_the_members_of_large_groups_are_known_by_their_mrids() -> None:
    second = der_groups.DerGroup(end_devices=(Named(mrid="m-9"),), names=examples.NAMES)
    payload = der_groups.to_element([examples.GROUP, second])
    expected = [each.mrid for each in examples.GROUP.end_devices] + ["m-9"]
    assert der_groups.member_mrids(payload) == expected


def test_a_member_that_is_only_named_is_not_taken_for_another() -> None:
    named = Named(names=(Name("DER-2026-00042"),))
    payload = der_groups.to_element([der_groups.DerGroup(mrid="g", end_devices=(named,))])
    with pytest.raises(MessageRefused, match="no mRID"):
        der_groups.member_mrids(payload)
