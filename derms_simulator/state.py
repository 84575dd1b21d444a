"""The endpoints of a running simulator and how each of them behaves."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from derms_simulator.inbox import Inbox

BEHAVIORS = {
    "ok": "Works",
    "failed": "Answers FAILED to every message",
    "slow": "Acts, then waits before it answers",
    "silent": "Takes the message, never answers",
    "error500": "Answers HTTP 500",
    "cut": "Acts, then drops the connection before the reply",
}
LONGEST_WAIT_S = 600.0
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TAKEN = frozenset({"assets"})


@dataclass(frozen=True, slots=True)
class Behavior:
    """``seconds`` is the wait of "slow"."""

    mode: str = "ok"
    seconds: float = 5.0

    def __post_init__(self) -> None:
        if self.mode not in BEHAVIORS:
            raise ValueError(f"behavior must be one of {', '.join(BEHAVIORS)}")
        if not 0 <= self.seconds <= LONGEST_WAIT_S:
            raise ValueError(f"seconds must be between 0 and {LONGEST_WAIT_S:.0f}")


@dataclass(slots=True)
class Endpoint:
    name: str
    secret: str
    inbox: Inbox
    behavior: Behavior = field(default_factory=Behavior)


def open_endpoints(secrets: dict[str, str], journal: Path) -> dict[str, Endpoint]:
    """Endpoints by name with what their journals say.

    Raises ValueError for a name that is no path or a secret that is not base64.
    """
    journal.mkdir(parents=True, exist_ok=True)
    endpoints = {}
    for name, secret in secrets.items():
        if not _NAME.fullmatch(name) or name in _TAKEN:
            raise ValueError(f"{name!r} cannot be the path of an endpoint")
        _check_secret(name, secret)
        inbox = Inbox(journal / f"{name}.jsonl")
        inbox.load()
        endpoints[name] = Endpoint(name, secret, inbox)
    return endpoints


def _check_secret(name: str, secret: str) -> None:
    try:
        Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise ValueError(f"the secret of {name} is not base64") from error
