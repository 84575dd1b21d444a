"""SR9, D1: an endpoint that came later, was stopped, or lost territory catches up."""

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from enrollment.services import align_endpoint
from exchange.selectors import Endpoint, OutboundMessage, endpoint_named, published_versions
from exchange.services import register_endpoint, set_endpoint_active
from registry.selectors import Feeder

from .journey import Walk

pytestmark = pytest.mark.django_db
SECRET = "whsec_" + "QUFB" * 8


def dso(**facts: Any) -> Endpoint:
    url = "http://127.0.0.1:9/x"
    return register_endpoint(name="DSO", kind="dso_derms", url=url, secret=SECRET, **facts)


def messages() -> int:
    return OutboundMessage.objects.count()


def test_an_endpoint_that_came_later_is_told_of_what_is_there(journey: Walk) -> None:
    request = journey("permission_to_operate")
    endpoint = dso()
    assert align_endpoint(endpoint=endpoint, at=timezone.now()).told == 1
    assert published_versions(endpoint) == {request.proposed_der.mrid: 1}
    assert messages() == 2


def test_aligning_again_changes_nothing(journey: Walk) -> None:
    endpoint = dso()
    journey("permission_to_operate")
    told = messages()
    done = align_endpoint(endpoint=endpoint, at=timezone.now())
    assert (done.told, done.withdrawn, messages()) == (0, 0, told)


def test_a_stopped_endpoint_catches_up_when_it_runs_again(journey: Walk) -> None:
    endpoint = dso()
    set_endpoint_active(endpoint=endpoint, is_active=False)
    journey("permission_to_operate")
    assert messages() == 0
    set_endpoint_active(endpoint=endpoint, is_active=True)
    align_endpoint(endpoint=endpoint_named("DSO"), at=timezone.now())
    assert messages() == 2


def test_what_left_the_territory_is_withdrawn(journey: Walk) -> None:
    endpoint = dso()
    request = journey("permission_to_operate")
    elsewhere = Feeder.objects.exclude(transformers__connections__usage_point__ders=request.der)
    endpoint = dso(feeder_mrids=[elsewhere[0].mrid])
    done = align_endpoint(endpoint=endpoint, at=timezone.now())
    assert (done.told, done.withdrawn) == (0, 1)
    assert published_versions(endpoint) == {}
    last = OutboundMessage.objects.filter(endpoint=endpoint).latest("sequence")
    assert (last.verb, last.noun, last.object_version) == ("deleted", "EndDeviceConfig", 1)
    assert align_endpoint(endpoint=endpoint, at=timezone.now()).withdrawn == 0, "told once"


def test_what_comes_back_is_created_again_as_a_later_version(journey: Walk) -> None:
    endpoint = dso()
    request = journey("permission_to_operate")
    mrid = request.proposed_der.mrid
    whole = register_endpoint(
        name="Whole", kind="dso_derms", url="http://127.0.0.1:9/w", secret=SECRET
    )
    align_endpoint(endpoint=whole, at=timezone.now())
    elsewhere = Feeder.objects.exclude(transformers__connections__usage_point__ders=request.der)
    align_endpoint(endpoint=dso(feeder_mrids=[elsewhere[0].mrid]), at=timezone.now())
    endpoint = dso()
    assert align_endpoint(endpoint=endpoint, at=timezone.now()).told == 1
    for each in (endpoint, whole):
        assert published_versions(each) == {mrid: 2}

    def told(each: Endpoint) -> list[tuple[str, int]]:
        devices = OutboundMessage.objects.filter(endpoint=each, noun="EndDeviceConfig")
        return list(devices.order_by("sequence").values_list("verb", "object_version"))

    assert told(endpoint) == [("created", 1), ("deleted", 1), ("created", 2)]
    assert told(whole) == [("created", 1), ("changed", 2)]


def test_the_command_registers_and_aligns(journey: Walk, capsys: Any) -> None:
    journey("permission_to_operate")
    call_command("register_endpoint", "New DERMS", "http://127.0.0.1:9/new")
    assert "told of 1 DER" in capsys.readouterr().out
    call_command("align_endpoint", "New DERMS")
    assert "told of 0 DER" in capsys.readouterr().out
