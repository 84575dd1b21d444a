"""Where we would connect to: an endpoint's address may come from a third party (SSRF).

One parser reads the URL, one resolver asks once, every address is checked against our own list
(``ipaddress.is_private`` misses some), and only a checked address is dialed.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_reqrep import ClientRequest
from django.conf import settings
from django.core.exceptions import ValidationError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

ANY_PORT = "any"
_URL_CHARACTERS = re.compile(r"[!-~]{1,500}", re.ASCII)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
# IANA's special-purpose registries, multicast, and addresses at which clouds answer their guests.
_DENIED_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
# Only global unicast is reached, less what embeds another address, tests or documents.
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_DENIED_6 = tuple(
    ipaddress.IPv6Network(text)
    for text in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class EndpointRefused(ValidationError):
    """The endpoint's facts break a rule; the message names it."""


class AddressRefused(Exception):
    """The name leads to an address that we do not connect to.

    No OSError: then aiohttp would take it for a failed attempt and hide it in its own.
    """


@dataclass(frozen=True)
class Policy:
    """What the utility allows beyond public addresses over TLS."""

    networks: tuple[Network, ...]
    ports: frozenset[int] | None
    allows_http: bool

    @classmethod
    def from_settings(cls) -> "Policy":
        """The DERMS_ENDPOINT_* settings."""
        ports = [text.strip() for text in settings.DERMS_ENDPOINT_PORTS]
        return cls(
            networks=tuple(allowed_networks()),
            ports=None if ANY_PORT in ports else frozenset(map(int, ports)),
            allows_http=settings.DERMS_ENDPOINT_ALLOW_HTTP,
        )

    def refusal(self, address: Address) -> str:
        """Why we do not connect to this address; "" if we do."""
        if any(address in network for network in self.networks):
            return ""
        if is_public(address):
            return ""
        return f"{address} is not a public address, and DERMS_ENDPOINT_ALLOWED_NETWORKS lacks it"


def allowed_networks() -> list[Network]:
    """The networks of DERMS_ENDPOINT_ALLOWED_NETWORKS. Raises ValueError."""
    return [ipaddress.ip_network(text) for text in settings.DERMS_ENDPOINT_ALLOWED_NETWORKS]


def is_public(address: Address) -> bool:
    """Whether the address is one host of the public Internet."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _DENIED_4)
    is_denied = any(address in network for network in _DENIED_6)
    return address in _GLOBAL_6 and not is_denied and address.scope_id is None


def checked_url(url: str) -> str:
    """The URL if we would call it: TLS, a host and port that may be, nobody's name in it.

    The address behind a host's name is checked with each connection. Raises EndpointRefused.
    """
    if not _URL_CHARACTERS.fullmatch(url) or "\\" in url:
        raise EndpointRefused("The URL must be plain ASCII without spaces or backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EndpointRefused(f"The URL cannot be read: {error}.") from error
    policy = Policy.from_settings()
    _check_parts(parts, policy)
    _check_port(parts, port, policy)
    _check_host(parts.hostname or "", policy)
    return url


def _check_parts(parts: SplitResult, policy: Policy) -> None:
    schemes = {"https", "http"} if policy.allows_http else {"https"}
    if parts.scheme not in schemes:
        names = " or ".join(f"{scheme}://" for scheme in sorted(schemes, reverse=True))
        raise EndpointRefused(f"The URL must begin with {names}.")
    if not parts.hostname or parts.port == 0:
        raise EndpointRefused("The URL must name a host and may name a port.")
    if "@" in parts.netloc or "#" in parts.geturl() or parts.fragment:
        raise EndpointRefused("The URL must not hold a user name, a password or a fragment.")


def _check_port(parts: SplitResult, port: int | None, policy: Policy) -> None:
    asked = port or (443 if parts.scheme == "https" else 80)
    if policy.ports is not None and asked not in policy.ports:
        known = ", ".join(map(str, sorted(policy.ports)))
        raise EndpointRefused(f"The URL's port must be one of {known} (DERMS_ENDPOINT_PORTS).")


def _check_host(host: str, policy: Policy) -> None:
    """A whole IP address that may be, or a DNS name; never a number in disguise (127.1, 0x7f.1)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        labels = host.split(".")
        is_name = len(host) <= 253 and all(map(_LABEL.fullmatch, labels))
        if not is_name or re.match(r"\d|0x", labels[-1]):
            raise EndpointRefused(
                "The URL's host must be a DNS name or a whole IP address."
            ) from None
        return
    if refusal := policy.refusal(address):
        raise EndpointRefused(f"The URL cannot be called: {refusal}.")


class CheckedResolver(AbstractResolver):
    """Asks once and hands out the addresses only if we would connect to every one of them."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of the name. Raises AddressRefused."""
        found = await self._system.resolve(host, port, family)
        for each in found:
            check_address(each["host"], self._policy)
        return found

    async def close(self) -> None:
        """Nothing to close."""


class CheckedConnector(aiohttp.TCPConnector):
    """Dials checked addresses only, also when no name was asked for, and looks at the peer."""

    def __init__(self, policy: Policy, **facts: Any) -> None:
        self._policy = policy
        super().__init__(
            resolver=CheckedResolver(policy), socket_factory=self._open_socket, **facts
        )

    def _open_socket(self, target: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, address = target
        check_address(str(address[0]), self._policy)
        opened = socket.socket(family=family, type=kind, proto=protocol)
        opened.setblocking(False)
        return opened

    async def connect(
        self,
        req: ClientRequest,
        traces: Sequence[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own signature
    ) -> aiohttp.connector.Connection:
        """A connection whose other end is an address that may be. Raises AddressRefused."""
        connection = await super().connect(req, list(traces), timeout)
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        try:
            check_address(str(peer[0]) if peer else "", self._policy)
        except AddressRefused:
            connection.close()
            raise
        return connection


def check_address(text: str, policy: Policy) -> None:
    """Raises AddressRefused unless we would connect to this IP address."""
    if refusal := _refusal(text, policy):
        raise AddressRefused(refusal)


@lru_cache(maxsize=1_000)  # asked for each message on a connection that is kept
def _refusal(text: str, policy: Policy) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return f"{text[:60]!r} is no IP address"
    return policy.refusal(address)
