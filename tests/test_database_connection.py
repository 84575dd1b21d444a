"""The health check of the database connection: cheap while all is well, right when it is not."""

import psycopg
import pytest
from django.db import connection
from django.db.backends.postgresql import base as django_postgresql


@pytest.fixture
def wrapper(db):
    other = connection.copy()
    other.connect()
    yield other
    other.close()


def test_a_silent_connection_is_usable_without_a_query(wrapper, monkeypatch):
    def ask(*_args):
        raise AssertionError("a round trip")

    monkeypatch.setattr(django_postgresql.DatabaseWrapper, "is_usable", ask)
    assert wrapper.is_usable()


def test_a_connection_that_the_server_ended_is_replaced(wrapper):
    process = wrapper.connection.info.backend_pid
    with connection.cursor() as cursor:
        # Answers true when the process is gone, so that its farewell is on the wire.
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [process])
        assert cursor.fetchone() == (True,)
    wrapper.health_check_enabled, wrapper.health_check_done = True, False
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        assert cursor.fetchone()[0] != process


def test_a_notice_on_the_wire_does_not_end_a_connection(wrapper):
    raw = wrapper.connection
    raw.execute("LISTEN bell")
    with psycopg.connect(raw.info.dsn, password=raw.info.password, autocommit=True) as other:
        other.execute("NOTIFY bell")
    assert wrapper.is_usable()
    assert wrapper.connection is raw
    assert not raw.closed


def test_a_closed_connection_is_not_usable(wrapper):
    wrapper.connection.close()
    assert not wrapper.is_usable()
