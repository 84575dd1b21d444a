"""F26: workers that send what a comparison found, killed and doubled: each notice goes once."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from customers.selectors import User
from enrollment.services import ask_for_resync, continue_resyncs
from exchange.models import OutboundMessage, ResendRequest
from exchange.selectors import Reconciliation, progress_of
from exchange.services import compare_with_deliveries, publish_many
from exchange.tests.factories import make_documents, make_endpoint, send

from .workers import database_url

pytestmark = pytest.mark.django_db(transaction=True)
COUNT = 200
WORKER = """
import django
django.setup()
from enrollment.tasks import send_differences
send_differences()
"""


@pytest.fixture
def asked(ada: User) -> Reconciliation:
    """200 notices that failed, and somebody who asked for them."""
    endpoint = make_endpoint()
    documents = make_documents(COUNT)
    publish_many(endpoint=endpoint, documents=documents)
    for each in documents:
        send(endpoint, each.object_mrid)
    OutboundMessage.objects.update(state="dead")
    found = compare_with_deliveries(endpoint=endpoint, noun="EndDeviceConfig", at=timezone.now())
    return ask_for_resync(reconciliation=found, by=ada, at=timezone.now())


def worker() -> "subprocess.Popen[bytes]":
    """A process of its own that sends."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "derportal.settings",
    }
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment, cwd=settings.BASE_DIR)


def each_went_once() -> bool:
    resent = ResendRequest.objects.values_list("message_id", flat=True)
    return len(resent) == len(set(resent)) == COUNT


def test_a_killed_worker_leaves_the_rest_to_the_next(asked: Reconciliation) -> None:
    killed = worker()
    while not progress_of(asked).sent and killed.poll() is None:
        with suppress(subprocess.TimeoutExpired):
            killed.wait(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.wait(60)
    continue_resyncs(at=timezone.now())
    asked.refresh_from_db()
    assert asked.resync_ended_at is not None
    assert each_went_once()


def test_two_workers_send_nothing_twice(asked: Reconciliation) -> None:
    def run(_: int) -> Any:
        try:
            return continue_resyncs(at=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(run, range(2)))
    assert sum(done) == COUNT
    assert each_went_once()
