from collections.abc import Iterator
from pathlib import Path

import pytest

from derms_simulator.running import running
from derms_simulator.tests.client import ENDPOINTS, OTHER, Sender


@pytest.fixture
def dso(tmp_path: Path) -> Iterator[Sender]:
    with running(ENDPOINTS, tmp_path) as simulator:
        yield Sender(simulator.url)


@pytest.fixture
def third_party(dso: Sender) -> Sender:
    return Sender(dso.url, "third-party", OTHER)
