"""`healthz` and `readyz`: what is down is named, nothing hangs, nothing leaks."""

import json
import time

import pytest
from django.test import RequestFactory

from derportal import health


@pytest.fixture
def ready(monkeypatch):
    """Ask readyz with these checks in place of the real ones."""

    def ask(**checks):
        monkeypatch.setattr(health, "CHECKS", checks)
        response = health.readyz(RequestFactory().get("/readyz"))
        return response.status_code, json.loads(response.content)

    return ask


def frozen() -> bool:
    time.sleep(3)
    return True


def broken() -> bool:
    raise ConnectionError("secret-host:5432 refused")


def test_healthz_asks_nobody():
    assert health.healthz(RequestFactory().get("/healthz")).status_code == 200


def test_all_up(ready):
    assert ready(database=lambda: True)[0] == 200


def test_what_is_down_is_named_without_details(ready):
    status, body = ready(database=broken, redis=lambda: True, worker=lambda: False)
    assert status == 503
    assert body["down"] == ["database", "worker"]
    assert "secret-host" not in json.dumps(body)


def test_a_check_that_hangs_is_down_after_a_second(ready):
    began = time.monotonic()
    status, body = ready(database=frozen, redis=lambda: True)
    assert time.monotonic() - began < 1.5
    assert (status, body["down"]) == (503, ["database"])


@pytest.mark.parametrize(("age", "alive"), [(None, False), (5.0, True), (61.0, False)])
def test_a_worker_is_alive_with_a_heartbeat_of_the_last_minute(monkeypatch, age, alive):
    monkeypatch.setattr(health, "heartbeat_age_seconds", lambda: age)
    assert health.is_worker_alive() is alive


def test_the_age_of_a_heartbeat_is_told_by_the_clock_of_redis(monkeypatch):
    """F15: the worker's own clock may be an hour wrong."""
    monkeypatch.setattr(health, "HEARTBEAT_KEY", "derportal:heartbeat of a test")
    monkeypatch.setattr("time.time", lambda: 0.0)
    health.record_heartbeat()
    monkeypatch.setattr("time.time", lambda: 7200.0)
    assert health.is_worker_alive()
    with health._redis() as client:
        client.delete(health.HEARTBEAT_KEY)
    assert not health.is_worker_alive()
