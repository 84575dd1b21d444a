"""One POST of one frozen message (F3, F4, F5, F6, F7). No database here."""

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

import aiohttp
from standardwebhooks import Webhook

from .addresses import AddressRefused, CheckedConnector, Policy
from .encoding import Encoding
from .replies import RESPONSE_CAP, Answer, Asked, no_answer
from .tokens import TokenRefused, TokenSource

NOT_CONNECTED = "not connected: "
NOT_IN_TIME = "no complete answer in time"


@dataclass(frozen=True)
class Parcel:
    """A claimed message, ready to be sent. ``claimed_at`` is the database's clock, in UTC."""

    message_pk: int
    attempt_number: int
    message_id: UUID
    correlation_id: UUID
    body: bytes
    claimed_at: datetime
    noun: str


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


class Pacer:
    """At most so many requests begin in a second; None does not wait."""

    def __init__(self, messages_per_second: int | None) -> None:
        self._pause_s = 1.0 / messages_per_second if messages_per_second else 0.0
        self._next_at = 0.0

    async def turn(self) -> None:
        """Wait until the next request may begin. A drain begins with a pause, after the last."""
        if not self._pause_s:
            return
        now = asyncio.get_running_loop().time()
        self._next_at = max(now, self._next_at) + self._pause_s
        await asyncio.sleep(self._next_at - now)


@dataclass(frozen=True)
class Destination:
    """Where messages go, how they are written, and who we are there."""

    url: str
    secrets: Sequence[str]
    encoding: Encoding = field(default_factory=Encoding)
    tls: ssl.SSLContext | None = None
    tokens: TokenSource | None = None


class Sender:
    """Sends parcels to one endpoint over connections that are kept alive for the whole drain."""

    def __init__(self, to: Destination, *, connections: int, timeout_s: float) -> None:
        policy = Policy.from_settings()
        self._to = to
        self._hooks = [Webhook(secret) for secret in to.secrets]
        connector = CheckedConnector(policy, limit=connections, ttl_dns_cache=30)
        self._session = aiohttp.ClientSession(
            connector=connector,
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
            return await self._with_token(parcel)
        except AddressRefused as refused:
            return no_answer(f"{NOT_CONNECTED}{refused}")
        except TokenRefused as refused:
            return replace(no_answer(f"no access token: {refused}"), is_denied=refused.is_denied)
        except TimeoutError:
            return no_answer(NOT_IN_TIME)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return no_answer(f"{type(error).__name__}: {error}"[:500])

    async def _with_token(self, parcel: Parcel) -> Answer:
        """With the token in use; once more with a fresh one if that is not accepted."""
        if self._to.tokens is None:
            return await self._post(parcel, "")
        token = await self._to.tokens.get(self._session)
        answer = await self._post(parcel, token)
        if answer.http_status != HTTPStatus.UNAUTHORIZED:
            return answer
        fresh = await self._to.tokens.get(self._session, instead_of=token)
        return answer if fresh == token else await self._post(parcel, fresh)

    async def _post(self, parcel: Parcel, token: str) -> Answer:
        body = self._to.encoding.body(parcel.body)
        headers = self._headers(parcel, body)
        if token:
            headers["Authorization"] = f"Bearer {token}"
        tls: ssl.SSLContext | bool = self._to.tls or True
        async with self._session.post(
            self._to.url, data=body, headers=headers, allow_redirects=False, ssl=tls
        ) as response:
            return self._to.encoding.understand(
                status=response.status,
                headers=response.headers,
                body=await _capped(response.content),
                asked=Asked(parcel.noun, (parcel.correlation_id, parcel.message_id)),
            )

    def _headers(self, parcel: Parcel, body: bytes) -> dict[str, str]:
        text, moment = body.decode(), parcel.claimed_at.astimezone(UTC)
        message_id = str(parcel.message_id)
        return {
            **self._to.encoding.headers(parcel.body),
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
    pacer: Pacer,
) -> None:
    """Send every parcel, a few at a time; put each outcome, then None. Waits for each writing."""
    waiting = list(reversed(parcels))
    clock = asyncio.get_running_loop().time

    async def work() -> None:
        """One slot: send what waits, one after the other."""
        while waiting:
            parcel = waiting.pop()
            if window.is_open(clock()):
                await pacer.turn()
            answer = await sender.send(parcel) if window.is_open(clock()) else None
            outcome = Outcome(parcel, answer)
            await outcomes.put(outcome)
            await outcome.written.wait()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(concurrency, len(parcels))):
                group.create_task(work())
    finally:
        await outcomes.put(None)
