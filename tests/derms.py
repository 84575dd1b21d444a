"""Two DERMS for tests, both played by the simulator: the DSO's and a third party's."""

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from django.db import connection

from customers.selectors import Provider
from derms_simulator.running import running
from exchange.selectors import Endpoint
from exchange.services import drain, register_endpoint

SECRETS = {
    name: "whsec_" + base64.b64encode(name.encode().ljust(32, b".")).decode()
    for name in ("dso", "third-party")
}


@dataclass(frozen=True)
class Derms:
    """One DERMS: its row in the exchange, and what the simulator knows, asked over HTTP."""

    endpoint: Endpoint

    def get(self, what: str) -> requests.Response:
        """``picture`` or ``log``."""
        return requests.get(f"{self.endpoint.url}/{what}", timeout=5)

    def picture(self) -> dict[str, dict[str, Any]]:
        """The DER that this DERMS believes in, by mRID."""
        return {der["mrid"]: der for der in self.get("picture").json()["ders"]}

    def duplicates(self) -> int:
        """How many messages came a second time."""
        return int(self.get("picture").json()["duplicates"])

    def log(self) -> list[dict[str, Any]]:
        """Every message that arrived, in order."""
        return [json.loads(line) for line in self.get("log").text.splitlines()]

    def behave(self, mode: str, seconds: float = 0) -> None:
        """Answer like this from now on."""
        wanted = {"mode": mode, "seconds": seconds}
        answer = requests.put(f"{self.endpoint.url}/behavior", json=wanted, timeout=5)
        answer.raise_for_status()


@dataclass(frozen=True)
class TwoDerms:
    """The DSO's DERMS holds the whole territory, the third party's its own customers' DER."""

    dso: Derms
    third_party: Derms
    url: str

    def __iter__(self) -> Iterator[Derms]:
        yield self.dso
        yield self.third_party

    def drain(self) -> int:
        """Deliver what is due to both, as a worker: beside the test. Returns the attempts made."""
        with ThreadPoolExecutor(1) as worker:
            return worker.submit(self._drain).result()

    def _drain(self) -> int:
        try:
            return sum(drain(endpoint_id=derms.endpoint.pk) for derms in self)
        finally:
            connection.close()


@contextmanager
def two_derms(journal: Path, provider: Provider) -> Iterator[TwoDerms]:
    """Start the simulator and register both of its endpoints."""
    with running(SECRETS, journal) as simulator:
        dso = register_endpoint(
            name="Alder Valley DERMS",
            kind="dso_derms",
            url=f"{simulator.url}/dso",
            secret=SECRETS["dso"],
        )
        third_party = register_endpoint(
            name=f"{provider.name} DERMS",
            kind="third_party_derms",
            url=f"{simulator.url}/third-party",
            secret=SECRETS["third-party"],
            owner_mrid=provider.mrid,
        )
        yield TwoDerms(Derms(dso), Derms(third_party), simulator.url)
