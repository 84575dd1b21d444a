"""The endpoints of a running simulator and how each of them behaves."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from derms_simulator.behavior import Behavior, Script
from derms_simulator.inbox import Inbox
from derms_simulator.sending.portal import Portal, portal_from

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_TAKEN = frozenset({"assets"})


@dataclass(slots=True)
class Endpoint:
    name: str
    secret: str
    inbox: Inbox
    behavior: Behavior = field(default_factory=Behavior)
    script: Script = field(default_factory=Script)
    count: int = 0
    portal: Portal | None = None

    def set_script(self, script: Script) -> None:
        """From now on; the next request is number 1."""
        self.script, self.count = script, 0

    def next_behavior(self) -> Behavior:
        """How the request that just came is answered."""
        self.count += 1
        return self.script.behavior(self.count, self.behavior)

    def reset(self) -> None:
        """Forget everything, work again."""
        self.inbox.reset()
        self.behavior = Behavior()
        self.set_script(Script())


def open_endpoints(
    secrets: dict[str, str], journal: Path, portal_url: str = ""
) -> dict[str, Endpoint]:
    """Endpoints by name with what their journals say, and the portal they send to.

    Raises ValueError for a name that is no path, a secret that is not base64, an unusable address
    of the portal or credentials that cannot be; OSError for a file of theirs.
    """
    journal.mkdir(parents=True, exist_ok=True)
    endpoints = {}
    for name, secret in secrets.items():
        if not _NAME.fullmatch(name) or name in _TAKEN:
            raise ValueError(f"{name!r} cannot be the path of an endpoint")
        _check_secret(name, secret)
        inbox = Inbox(journal / f"{name}.jsonl")
        inbox.load()
        portal = portal_from(portal_url, name) if portal_url else None
        endpoints[name] = Endpoint(name, secret, inbox, portal=portal)
    return endpoints


def _check_secret(name: str, secret: str) -> None:
    try:
        Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise ValueError(f"the secret of {name} is not base64") from error
