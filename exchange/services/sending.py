"""One POST of one frozen message (F3, F4, F5, F6, F7). No database here."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

import aiohttp
from standardwebhooks import Webhook

from .addresses import AddressRefused, CheckedConnector, Policy
from .replies import RESPONSE_CAP, Answer, no_answer, understand


@dataclass(frozen=True)
class Parcel:
    """A claimed message, ready to be sent. ``claimed_at`` is the database's clock, in UTC."""

    message_pk: int
    attempt_number: int
    message_id: UUID
    correlation_id: UUID
    body: bytes
    claimed_at: datetime


@dataclass
class SendingWindow:
    """When sending may begin, in seconds of the event loop's clock.

    ``closes_at`` ends the drain. ``fresh_until`` follows the lease: a worker that was stopped and
    comes back does not send before it has asked whether the lease is still its own.
    """

    closes_at: float
    fresh_until: float

    def is_open(self, now: float) -> bool:
        """Whether a request may begin now."""
        return now < self.closes_at and now < self.fresh_until


@dataclass
class Outcome:
    """What became of a parcel: its answer, or None when it was not sent.

    ``written`` is set once the database knows. Its connection sends nothing before that, so a
    killed worker leaves at most one unanswered message on each connection to be sent twice.
    """

    parcel: Parcel
    answer: Answer | None
    written: asyncio.Event = field(default_factory=asyncio.Event)


class Sender:
    """Sends parcels to one URL over connections that are kept alive for the whole drain."""

    def __init__(
        self, *, url: str, secrets: Sequence[str], connections: int, timeout_s: float
    ) -> None:
        policy = Policy.from_settings()
        self._url = url
        self._hooks = [Webhook(secret) for secret in secrets]
        self._session = aiohttp.ClientSession(
            connector=CheckedConnector(policy, limit=connections, ttl_dns_cache=30),
            timeout=aiohttp.ClientTimeout(total=timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def send(self, parcel: Parcel) -> Answer:
        """POST the parcel once and say how it ended. Raises nothing for a bad endpoint."""
        try:
            return await self._post(parcel)
        except AddressRefused as refused:
            return no_answer(f"not connected: {refused}")
        except TimeoutError:
            return no_answer("no complete answer in time")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return no_answer(f"{type(error).__name__}: {error}"[:500])

    async def _post(self, parcel: Parcel) -> Answer:
        async with self._session.post(
            self._url, data=parcel.body, headers=self._headers(parcel), allow_redirects=False
        ) as response:
            body = await _capped(response.content)
            return understand(
                status=response.status,
                headers=response.headers,
                body=body,
                expected_correlation=frozenset(
                    {str(parcel.correlation_id), str(parcel.message_id)}
                ),
            )

    def _headers(self, parcel: Parcel) -> dict[str, str]:
        text, moment = parcel.body.decode(), parcel.claimed_at.astimezone(UTC)
        message_id = str(parcel.message_id)
        return {
            "Content-Type": "application/xml; charset=utf-8",
            "Accept": "application/xml",
            "Accept-Encoding": "identity",
            "User-Agent": "derportal/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(
                hook.sign(message_id, moment, text) for hook in self._hooks
            ),
        }


async def _capped(stream: aiohttp.StreamReader) -> bytes:
    """The body, or its first bytes and one too many."""
    parts, size = [], 0
    while size <= RESPONSE_CAP:
        part = await stream.read(RESPONSE_CAP + 1 - size)
        if not part:
            break
        parts.append(part)
        size += len(part)
    return b"".join(parts)


async def send_all(
    parcels: Sequence[Parcel],
    *,
    sender: Sender,
    concurrency: int,
    outcomes: "asyncio.Queue[Outcome | None]",
    window: SendingWindow,
) -> None:
    """Send every parcel, a few at a time; put each outcome, then None. Waits for each writing."""
    waiting = list(reversed(parcels))
    clock = asyncio.get_running_loop().time

    async def work() -> None:
        """One slot: send what waits, one after the other."""
        while waiting:
            parcel = waiting.pop()
            answer = await sender.send(parcel) if window.is_open(clock()) else None
            outcome = Outcome(parcel, answer)
            await outcomes.put(outcome)
            await outcome.written.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(concurrency, len(parcels))):
            group.create_task(work())
    await outcomes.put(None)
