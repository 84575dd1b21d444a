"""Two DERMS that are slow, and a crew of workers to be ill-treated."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from customers.selectors import Provider
from exchange.models import Endpoint
from tests.derms import TwoDerms, two_derms

from .workers import Crew

ANSWER_S = 0.15


@pytest.fixture
def slow_derms(db: None, tmp_path: Path, gridpool: Provider) -> Iterator[TwoDerms]:
    """Two DERMS that take one message at a time, and their time."""
    with two_derms(tmp_path / "derms", gridpool) as both:
        Endpoint.objects.update(concurrency=1)
        for one in both:
            one.behave("slow", ANSWER_S)
        yield both


@pytest.fixture
def crew(request: pytest.FixtureRequest, tmp_path: Path, slow_derms: TwoDerms) -> Iterator[Crew]:
    """Nobody yet. Each file has a Redis database to itself, so that files may run side by side."""
    crew = Crew(tmp_path, redis_database=request.module.REDIS_DATABASE)
    crew.forget_all_bells()
    yield crew
    crew.stop()
