"""The run itself: notices in portions, one fault in the middle of each, and its effect measured."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic

import requests
from django.db import connection

from derms_simulator.sending.credentials import Credentials
from derms_simulator.sending.portal import Portal
from exchange.models import Endpoint, OutboundMessage
from exchange.services import issue_client_credentials, register_endpoint
from tests.faults.workers import Crew

from .client import Client, planned
from .servers import Servers, secret, wait_until

DIGEST = "/api/v1/der/digest/"
WORKERS = ("worker-1", "worker-2", "worker-3")


@dataclass(frozen=True)
class Plan:
    """How much of what.

    ``slots`` is how many endpoints a worker serves at once, ``concurrency`` how many messages an
    endpoint takes at once.
    """

    seed: int
    notices: int
    endpoints: int
    kills: int
    restarts: int
    flushes: int
    slots: int = 1
    concurrency: int = 1
    cut_rate: float = 0.1
    answer_s: float = 0.1
    moving_within_s: float = 15

    @property
    def options(self) -> tuple[str, ...]:
        """How the workers are started."""
        return ("--pool", "threads", "-c", str(self.slots))

    def faults(self, chance: random.Random) -> list[str]:
        """Their kinds in some order."""
        kinds = ["kill"] * self.kills + ["restart"] * self.restarts + ["flush"] * self.flushes
        chance.shuffle(kinds)
        return kinds


@dataclass
class Fault:
    """One fault, when it happened, and how long until every endpoint was told something again."""

    kind: str
    began: datetime
    ended: datetime
    moving_after_s: float = 0


@dataclass
class Run:
    """Everything that happened, for the checker to judge."""

    plan: Plan
    servers: Servers
    crew: Crew
    endpoints: list[Endpoint]
    portals: dict[str, Portal]
    client: Client
    chance: random.Random
    faults: list[Fault] = field(default_factory=list)
    answers_while_down: list[int] = field(default_factory=list)

    def play(self) -> None:
        """All portions, each with its fault, and the rest undisturbed; then wait for the end."""
        kinds = self.plan.faults(self.chance)
        changes = planned(self.plan.notices, self.endpoints, self.chance)
        size = -(-len(changes) // (len(kinds) + 1))
        portions = [changes[start : start + size] for start in range(0, len(changes), size)]
        with ThreadPoolExecutor(1) as beside:
            for number, portion in enumerate(portions):
                before = sum(self.arrivals().values())
                self.client.commit_all(portion[: size // 2])
                if number < len(kinds):
                    self._wait_for_arrivals(before + self.chance.randint(3, size // 2))
                committing = beside.submit(self.client.commit_all, portion[size // 2 :])
                if number < len(kinds):
                    self._break(kinds[number])
                committing.result()
        wait_until("everything is delivered", lambda: not self._waiting(), seconds=600)

    def arrivals(self) -> dict[str, int]:
        """How many requests each endpoint of the simulator has seen."""
        url = self.servers.simulator_url
        return {
            each.name: requests.get(f"{url}/{each.name}/faults", timeout=60).json()["count"]
            for each in self.endpoints
        }

    def _wait_for_arrivals(self, count: int) -> None:
        wait_until(f"{count} arrivals", lambda: sum(self.arrivals().values()) >= count)

    def _break(self, kind: str) -> None:
        """Do it, and wait until each endpoint that had something to be told was told something."""
        held_up = self._waiting()
        began_at, began = datetime.now(UTC), monotonic()
        self._actions()[kind]()
        fault = Fault(kind, began_at, datetime.now(UTC))
        seen = self.arrivals()

        def is_moving() -> bool:
            held_up.intersection_update(self._waiting())
            now = self.arrivals()
            held_up.difference_update({name for name in now if now[name] > seen[name]})
            return not held_up

        wait_until(f"deliveries move again after a {kind}", is_moving, seconds=300)
        fault.moving_after_s = monotonic() - began
        self.faults.append(fault)
        print(f"  {kind:8} moving again after {fault.moving_after_s:5.1f} s", flush=True)

    def _actions(self) -> dict[str, Callable[[], None]]:
        return {
            "kill": self._kill,
            "restart": self._restart,
            "flush": self.servers.forget_all_bells,
        }

    def _kill(self) -> None:
        name = self.chance.choice(WORKERS)
        self.crew.kill(name)
        self.crew.start(name)

    def _restart(self) -> None:
        self.servers.crash_database(self._ask_while_down)
        connection.close()

    def _ask_while_down(self) -> None:
        """The portal without its database says so: API, messages, pages."""
        portal = self.portals[self.endpoints[0].name]
        page = requests.get(self.servers.web_url, cookies={"sessionid": "x" * 32}, timeout=60)
        message = portal.send(b"<Message/>").status
        self.answers_while_down += [portal.get(DIGEST).status, message, page.status_code]

    def _waiting(self) -> set[str]:
        """Endpoints that are still to be told something."""
        waiting = OutboundMessage.objects.filter(state="pending")
        return set(waiting.order_by().values_list("endpoint__name", flat=True).distinct())


def prepared(plan: Plan, servers: Servers, crew: Crew) -> Run:
    """Endpoints, simulator, web server, beat and workers: everything that a run needs."""
    names = [f"derms-{number}" for number in range(1, plan.endpoints + 1)]
    servers.start_simulator(
        {name: _script(plan, number) for number, name in enumerate(names)}, plan.answer_s
    )
    servers.start_web()
    endpoints = [
        register_endpoint(
            name=name,
            kind="dso_derms",
            url=f"{servers.simulator_url}/{name}",
            secret=secret(name),
            concurrency=plan.concurrency,
        )
        for name in names
    ]
    portals = {each.name: _portal(servers.web_url, each) for each in endpoints}
    crew.start("beat", *WORKERS)
    crew.wait_until_ready()
    portals[names[0]].get(DIGEST)  # its token is at hand when the database is not
    client = Client(random.Random(f"client {plan.seed}"))
    return Run(plan, servers, crew, endpoints, portals, client, random.Random(plan.seed))


def _script(plan: Plan, number: int) -> str:
    return (
        f'{{"random": {{"rate": {plan.cut_rate}, "seed": {plan.seed * 1000 + number},'
        ' "faults": [{"mode": "cut"}]}}'
    )


def _portal(url: str, endpoint: Endpoint) -> Portal:
    credentials = issue_client_credentials(endpoint=endpoint, by=None)
    known = Credentials(client_id=credentials.client_id, client_secret=credentials.client_secret)
    return Portal(url, known)
