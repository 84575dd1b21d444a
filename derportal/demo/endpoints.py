"""The demo's two DERMS, both played by the simulator. Their secrets are public."""

import base64
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class DemoEndpoint:
    """An endpoint of the demo: its name, the simulator's path, and its signing secret."""

    name: str
    path: str
    secret: str
    is_third_party: bool

    @property
    def url(self) -> str:
        """Where the simulator listens for it."""
        port = os.environ.get("SIMULATOR_PORT", "8010")
        return f"http://127.0.0.1:{port}/{self.path}"


def _secret(seed: str) -> str:
    return "whsec_" + base64.b64encode(seed.encode().ljust(32, b".")).decode()


DSO = DemoEndpoint("Alder Valley DERMS", "dso", _secret("demo dso"), is_third_party=False)
THIRD_PARTY = DemoEndpoint(
    "GridPool DERMS", "third-party", _secret("demo third party"), is_third_party=True
)
ENDPOINTS = (DSO, THIRD_PARTY)
