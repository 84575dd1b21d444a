"""How an endpoint answers: one behavior for all messages, and a script of faults for some."""

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import isfinite
from typing import Any

LONGEST_WAIT_S = 600.0
MOST_FAULTS = 10_000


@dataclass(frozen=True, slots=True)
class Mode:
    """What a person reads, and whether the message has its effect before the fault."""

    label: str
    acts: bool


MODES: Mapping[str, Mode] = {
    "ok": Mode("Works", acts=True),
    "failed": Mode("Answers FAILED with the code below, does not act", acts=False),
    "partial": Mode("Acts, answers PARTIAL", acts=True),
    "compressed": Mode("Works; the payload it gives to an untyped get is compressed", acts=True),
    "slow": Mode("Acts, then waits before it answers", acts=True),
    "drip": Mode("Acts, then answers one byte at a time", acts=True),
    "silent": Mode("Takes the message, never answers", acts=False),
    "drop": Mode("Closes the connection at once, does not act", acts=False),
    "cut": Mode("Acts, then drops the connection before the reply", acts=True),
    "cut_reply": Mode("Acts, then cuts the connection in the middle of the reply", acts=True),
    "broken": Mode("Acts, answers with broken XML", acts=True),
    "html": Mode("Answers with an HTML page, does not act", acts=False),
    "huge": Mode("Acts, answers with 50 MB", acts=True),
    "other_correlation": Mode("Acts, answers with another CorrelationID", acts=True),
    "wrong_noun": Mode("Acts, answers with another noun", acts=True),
    "error500": Mode("Answers HTTP 500, does not act", acts=False),
    "status": Mode("Answers the HTTP status below, does not act", acts=False),
}
_WAIT_S = {"drip": 1.0}


@dataclass(frozen=True, slots=True)
class Behavior:
    """``seconds`` is the wait of "slow" and the pause between two bytes of "drip".

    ``code`` belongs to "failed"; ``status`` and ``retry_after`` (in seconds) to "status".
    """

    mode: str = "ok"
    seconds: float | None = None
    code: str = "6.1"
    status: int = 503
    retry_after: int | None = None

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"mode: must be one of {', '.join(MODES)}")
        if not 0 <= self.wait_s <= LONGEST_WAIT_S:
            raise ValueError(f"seconds: must be between 0 and {LONGEST_WAIT_S:.0f}")
        if not 300 <= self.status <= 599:
            raise ValueError("status: must be from 300 to 599")
        if self.retry_after is not None and not 0 <= self.retry_after <= 86_400:
            raise ValueError("retry_after: must be between 0 and 86400 seconds")
        if not (self.code.isascii() and self.code.isprintable() and 0 < len(self.code) <= 20):
            raise ValueError("code: must be an error code such as 6.1")

    @property
    def wait_s(self) -> float:
        return _WAIT_S.get(self.mode, 5.0) if self.seconds is None else self.seconds

    @property
    def acts(self) -> bool:
        """Whether the message has its effect."""
        return MODES[self.mode].acts

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "seconds": self.wait_s}


@dataclass(frozen=True, slots=True)
class Script:
    """Faults by the number of the request (the first is 1), and some at random.

    The same seed gives the same faults to the same numbers. Others follow the endpoint's behavior.
    """

    requests: Mapping[int, Behavior] = field(default_factory=dict)
    rate: float = 0.0
    seed: int = 0
    faults: tuple[Behavior, ...] = ()

    def behavior(self, number: int, otherwise: Behavior) -> Behavior:
        """How request ``number`` is answered."""
        if number in self.requests:
            return self.requests[number]
        chance = random.Random(f"{self.seed} {number}")  # noqa: S311 - faults, not secrets
        if self.faults and chance.random() < self.rate:
            return chance.choice(self.faults)
        return otherwise

    def as_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        if self.requests:
            told["requests"] = {str(n): each.as_json() for n, each in self.requests.items()}
        if self.faults:
            faults = [each.as_json() for each in self.faults]
            told["random"] = {"rate": self.rate, "seed": self.seed, "faults": faults}
        return told


def read_behavior(wanted: object) -> Behavior:
    """From ``{"mode": "slow", "seconds": 2}``. Raises ValueError that names the field."""
    known = _object(wanted, "a behavior", {each.name for each in fields(Behavior)})
    if "mode" not in known:
        raise ValueError("mode: is missing")
    return Behavior(
        mode=str(known["mode"]),
        seconds=_number(known, "seconds", None),
        code=str(known.get("code") or "6.1"),
        status=int(_number(known, "status", 503) or 503),
        retry_after=_whole(known, "retry_after"),
    )


def read_script(wanted: object) -> Script:
    """From JSON; see ``--help``. Raises ValueError that names the field."""
    known = _object(wanted, "a script", {"requests", "random"})
    numbered = _object(known.get("requests", {}), "requests", None)
    if len(numbered) > MOST_FAULTS:
        raise ValueError(f"requests: at most {MOST_FAULTS}")
    chances = _object(known.get("random", {}), "random", {"rate", "seed", "faults"})
    faults = chances.get("faults", [])
    if not isinstance(faults, list):
        raise ValueError("faults: must be a list of behaviors")
    rate = _number(chances, "rate", 0.0) or 0.0
    if not 0 <= rate <= 1:
        raise ValueError("rate: must be between 0 and 1")
    return Script(
        requests={_request_number(n): read_behavior(each) for n, each in numbered.items()},
        rate=rate,
        seed=_whole(chances, "seed") or 0,
        faults=tuple(read_behavior(each) for each in faults),
    )


def script_from_text(text: str) -> Script:
    """A script as JSON text; empty text is no script. Raises ValueError."""
    return read_script(json.loads(text)) if text.strip() else Script()


def _request_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:12]) > 0 and len(text) < 12):
        raise ValueError(f"requests: {text[:20]!r} is no number of a request")
    return int(text)


def _object(value: object, what: str, names: set[str] | None) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what}: must be a JSON object")
    unknown = sorted(set(value) - names) if names is not None else []
    if unknown:
        allowed = ", ".join(sorted(names or ()))
        raise ValueError(f"{unknown[0][:40]}: is unknown; {what} has {allowed}")
    return value


def _number(known: Mapping[str, Any], name: str, default: float | None) -> float | None:
    value = known.get(name)
    if value is None or value == "":
        return default
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: must be a number") from None
    if not isfinite(number):
        raise ValueError(f"{name}: must be a finite number")
    return number


def _whole(known: Mapping[str, Any], name: str) -> int | None:
    number = _number(known, name, None)
    if number is not None and number != int(number):
        raise ValueError(f"{name}: must be a whole number")
    return None if number is None else int(number)
