"""SR9, D1: an endpoint that came later, was stopped, or lost territory catches up."""

from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from enrollment.services import align_endpoint, aligning, catch_up_endpoints
from exchange.selectors import Endpoint, OutboundMessage, endpoint_named, published_versions
from exchange.services import register_endpoint, set_endpoint_active
from exchange.services.catching_up import ask_for_catch_up
from registry.selectors import Feeder
from registry.services import renumber_der

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


def test_what_changed_while_it_was_stopped_is_told_as_a_change(journey: Walk) -> None:
    endpoint = dso()
    der = journey("permission_to_operate").proposed_der
    set_endpoint_active(endpoint=endpoint, is_active=False)
    renumber_der(der=der, above=1)
    set_endpoint_active(endpoint=endpoint, is_active=True)
    align_endpoint(endpoint=endpoint_named("DSO"), at=timezone.now())
    last = OutboundMessage.objects.filter(noun="EndDeviceConfig").latest("sequence")
    assert (last.verb, last.object_version) == ("changed", 2)


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


class TestCatchingUp:
    """After its start, in the background."""

    def test_an_endpoint_that_starts_is_told_of_what_is_there_and_once(self, journey: Walk) -> None:
        first, second = (journey("permission_to_operate").proposed_der for _ in range(2))
        endpoint = dso()
        ask_for_catch_up(endpoint, at=timezone.now())
        assert catch_up_endpoints(at=timezone.now()) == 2
        assert published_versions(endpoint) == {first.mrid: 1, second.mrid: 1}
        assert messages() == 4
        assert catch_up_endpoints(at=timezone.now()) == 0
        assert messages() == 4

    def test_a_run_that_ends_early_is_gone_on_with(
        self, journey: Walk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        ders = {journey("permission_to_operate").proposed_der.mrid for _ in range(2)}
        endpoint = dso()
        monkeypatch.setattr(aligning, "AT_ONCE", 1)
        ask_for_catch_up(endpoint, at=timezone.now())
        once = iter([True, False])
        assert catch_up_endpoints(at=timezone.now(), may_go_on=lambda: next(once)) == 1
        assert messages() == 2
        assert catch_up_endpoints(at=timezone.now()) == 1
        assert published_versions(endpoint).keys() == ders
        assert messages() == 4

    def test_what_was_lost_meanwhile_is_withdrawn(self, journey: Walk) -> None:
        endpoint = dso()
        request = journey("permission_to_operate")
        elsewhere = Feeder.objects.exclude(transformers__connections__usage_point__ders=request.der)
        Endpoint.objects.update(feeder_mrids=[elsewhere[0].mrid])
        endpoint.refresh_from_db()
        ask_for_catch_up(endpoint, at=timezone.now())
        catch_up_endpoints(at=timezone.now())
        assert published_versions(endpoint) == {}
        assert OutboundMessage.objects.filter(verb="deleted").count() == 1

    def test_a_stopped_endpoint_waits_for_its_start(self, journey: Walk) -> None:
        journey("permission_to_operate")
        endpoint = dso()
        ask_for_catch_up(endpoint, at=timezone.now())
        set_endpoint_active(endpoint=endpoint, is_active=False)
        assert catch_up_endpoints(at=timezone.now()) == 0
        set_endpoint_active(endpoint=endpoint, is_active=True)
        assert catch_up_endpoints(at=timezone.now()) == 1
