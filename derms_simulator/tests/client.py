"""A sender: signs as Standard Webhooks say and posts over real HTTP."""

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import requests
from standardwebhooks import Webhook

from cim.envelope import Reply
from cim.messages import read

SECRET = "whsec_" + base64.b64encode(b"a secret of the DSO's endpoint 1").decode()
OTHER = "whsec_" + base64.b64encode(b"a secret of the third party's  2").decode()
ENDPOINTS = {"dso": SECRET, "third-party": OTHER}


def signed(data: bytes, secret: str = SECRET, age: timedelta = timedelta()) -> dict[str, str]:
    at = datetime.now(UTC) - age
    number = str(uuid4())
    return {
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign(number, at, data.decode()),
        "Content-Type": "application/xml",
    }


@dataclass(frozen=True)
class Sender:
    url: str
    name: str = "dso"
    secret: str = SECRET

    def post(self, data: bytes, timeout: float = 5, **headers: str) -> requests.Response:
        return requests.post(
            f"{self.url}/{self.name}",
            data=data,
            headers={**signed(data, self.secret), **headers},
            timeout=timeout,
        )

    def send(self, data: bytes) -> Reply:
        reply = read(self.post(data).content).reply
        assert reply is not None
        return reply

    def behave(self, mode: str, seconds: float = 0.3) -> requests.Response:
        return requests.put(
            f"{self.url}/{self.name}/behavior",
            json={"mode": mode, "seconds": seconds},
            timeout=5,
        )

    def get(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}/{self.name}/{path}", timeout=5)

    def picture(self) -> list[dict[str, Any]]:
        ders: list[dict[str, Any]] = self.get("picture").json()["ders"]
        return ders

    def der(self) -> dict[str, Any]:
        (der,) = self.picture()
        return der


def number(last: int) -> UUID:
    return UUID(int=last)
