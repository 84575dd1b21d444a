"""Addresses that third parties enter: only what may be called is connected to (SSRF)."""

import ipaddress
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync
from django.core.checks import run_checks

from exchange.models import Endpoint
from exchange.services import EndpointRefused, checked_url, drain
from exchange.services.addresses import is_public
from exchange.services.sending import Destination, Parcel, Sender

from .factories import SECRET, make_endpoint, send

# {} is the trap's port. Each of these leads to it, or to a place inside, in some parser.
FORMS = [
    "http://127.0.0.1:{}/", "http://127.1:{}/", "http://127.0.1:{}/", "http://0x7f.1:{}/",
    "http://0x7f000001:{}/", "http://0x7F.0x0.0x0.0x1:{}/", "http://2130706433:{}/",
    "http://017700000001:{}/", "http://0177.0.0.1:{}/", "http://0177.1:{}/", "http://0:{}/",
    "http://0.0.0.0:{}/", "http://0.0:{}/", "http://127.0.0.1.:{}/", "http://127.127.127.127:{}/",
    "http://localhost:{}/", "http://LOCALHOST:{}/", "http://localhost.:{}/",
    "http://localhost.localdomain:{}/", "http://①②⑦.⓪.⓪.①:{}/", "http://127。0。0。1:{}/",
    "http://１２７.0.0.1:{}/", "http://[::1]:{}/", "http://[::]:{}/", "http://[0:0:0:0:0:0:0:1]:{}/",
    "http://[::ffff:127.0.0.1]:{}/", "http://[::ffff:7f00:1]:{}/", "http://[::127.0.0.1]:{}/",
    "http://[64:ff9b::7f00:1]:{}/", "http://[64:ff9b:1::7f00:1]:{}/", "http://[2002:7f00:1::]:{}/",
    "http://[fe80::1%25lo]:{}/", "http://[::1%25lo]:{}/", "http://[fec0::1]:{}/",
    "http://[fc00::1]:{}/", "http://[fd00:ec2::254]:{}/", "http://[ff02::1]:{}/",
    "http://good.example@127.0.0.1:{}/", "http://good.example:x@127.0.0.1:{}/",
    "http://good.example\\@127.0.0.1:{}/", "http://127.0.0.1:{}\\@good.example/",
    "http://127.0.0.1:{}#@good.example/", "http://127.0.0.1:{}#", "http:127.0.0.1:{}/",
    "http:/127.0.0.1:{}/", "http:///127.0.0.1:{}/", "//127.0.0.1:{}/", "HTTP://127.0.0.1:{}/",
    "http://127.0.0.1:{}/\r\nHost: good.example", "http://127.0.0.1\t:{}/", "http://127.0.0.1 :{}/",
    "http://127.0.0.1%00.good.example:{}/", "http://%31%32%37.0.0.1:{}/", "http://127%2e0%2e0%2e1:{}/",
    "ftp://127.0.0.1:{}/", "file://127.0.0.1:{}/etc/passwd", "gopher://127.0.0.1:{}/_x",
    "http+unix://127.0.0.1:{}/", "javascript://127.0.0.1:{}/", "ws://127.0.0.1:{}/",
    "http://10.0.0.1:{}/", "http://172.16.0.1:{}/", "http://192.168.0.1:{}/",
    "http://169.254.169.254:{}/latest/meta-data/", "http://100.100.100.200:{}/",
    "http://100.64.0.1:{}/", "http://168.63.129.16:{}/", "http://192.0.0.9:{}/",
    "http://192.88.99.1:{}/", "http://224.0.0.1:{}/", "http://255.255.255.255:{}/",
    "http://198.18.0.1:{}/", "http://203.0.113.9:{}/", "http://[2001:db8::1]:{}/",
    "http://[2001::1]:{}/", "http://[:{}/", "http://127.0.0.1:{}x/", "http://-x.example:{}/",
]  # fmt: skip


@pytest.fixture
def closed(settings):
    """Nothing but the public Internet may be called; over plain HTTP, so that a trap can hear."""
    settings.DERMS_ENDPOINT_ALLOWED_NETWORKS = []
    settings.DERMS_ENDPOINT_ALLOW_HTTP = True
    return settings


class Trap:
    """A server that must see no connection, on every address of this machine."""

    def __init__(self) -> None:
        self.connections = 0
        family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET
        self.server = socket.create_server(
            ("", 0), family=family, dualstack_ipv6=family is socket.AF_INET6
        )
        self.port = self.server.getsockname()[1]

    def watch(self) -> None:
        while True:
            try:
                connected, _ = self.server.accept()
            except OSError:
                return
            self.connections += 1
            connected.close()


@pytest.fixture
def trap() -> Iterator[Trap]:
    trap = Trap()
    watcher = threading.Thread(target=trap.watch, daemon=True)
    watcher.start()
    yield trap
    trap.server.shutdown(socket.SHUT_RDWR)
    trap.server.close()
    watcher.join(10)


def post(url: str) -> str:
    """Send one message there, without asking checked_url() first; how it ended."""
    now = datetime.now(UTC)
    parcel = Parcel(1, 1, uuid4(), uuid4(), b"<x/>", now, "EndDeviceConfig")

    async def attempt() -> str:
        sender = Sender(Destination(url, [SECRET]), connections=1, timeout_s=20)
        try:
            return (await sender.send(parcel)).error
        finally:
            await sender.close()

    return async_to_sync(attempt)()


def test_there_are_enough_forms():
    assert len(set(FORMS)) >= 60


@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_an_inner_address_is_connected_to(form, closed, trap, monkeypatch):
    """Refused when it is entered; and if it was stored all the same, when it is dialed."""
    monkeypatch.setattr(socket, "getaddrinfo", _only_local(socket.getaddrinfo))
    url = form.format(trap.port)
    is_name = "localhost" in form.lower() or form.startswith("HTTP:")
    if not is_name or form.startswith("HTTP:"):
        with pytest.raises(EndpointRefused):
            checked_url(url)
    assert post(url)
    assert trap.connections == 0


def _only_local(ask):
    """Names outside this machine are not asked for: the tests need no network."""

    def answer(host, *rest, **more):
        if isinstance(host, str) and "example" in host:
            raise socket.gaierror(socket.EAI_NONAME, "unknown name")
        return ask(host, *rest, **more)

    return answer


@contextmanager
def named(monkeypatch, *answers: list[str]) -> Iterator[list[str]]:
    """A resolver that gives these addresses, one list after the other, then the last again."""
    asked: list[str] = []
    ask = socket.getaddrinfo

    def resolve(host, port, *rest, **more):
        if host != "derms.example":
            return ask(host, port, *rest, **more)
        addresses = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [info for each in addresses for info in ask(each, port, type=socket.SOCK_STREAM)]

    with monkeypatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolve)
        yield asked


@pytest.mark.parametrize(
    "addresses", [["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["169.254.169.254"], ["::1"]]
)
def test_a_name_is_connected_to_only_if_all_its_addresses_may_be(
    addresses, closed, trap, monkeypatch
):
    with named(monkeypatch, addresses):
        assert "not a public address" in post(f"http://derms.example:{trap.port}/")
    assert trap.connections == 0


def test_a_name_that_changes_its_answer_is_asked_once_and_the_checked_address_dialed(
    closed, trap, monkeypatch
):
    """DNS rebinding: the first answer may be called, every later one is the trap."""
    closed.DERMS_ENDPOINT_ALLOWED_NETWORKS = ["127.0.0.2/32"]
    with named(monkeypatch, ["127.0.0.2"], ["127.0.0.1"]) as asked:
        error = post(f"http://derms.example:{_unused_port()}/")
    assert "Connect" in error
    assert asked == ["derms.example"]
    assert trap.connections == 0


def _unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_the_other_end_is_looked_at_before_anything_is_sent(closed, trap, monkeypatch):
    """Even if the check before dialing were fooled."""
    closed.DERMS_ENDPOINT_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    monkeypatch.setattr(
        "exchange.services.addresses.CheckedConnector._open_socket",
        _deaf,
    )
    assert "not a public address" in post(f"http://127.0.0.1:{trap.port}/")


def _deaf(connector, target):
    family, kind, protocol, _, _ = target
    opened = socket.socket(family=family, type=kind, proto=protocol)
    opened.setblocking(False)
    connector._policy = type(connector._policy)(networks=(), ports=None, allows_http=True)
    return opened


def test_a_proxy_of_the_environment_is_not_used(closed, trap, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{trap.port}")
    with named(monkeypatch, ["169.254.169.254"]):
        assert post("http://derms.example/")
    assert trap.connections == 0


@pytest.mark.django_db(transaction=True)
def test_an_address_that_may_no_longer_be_called_is_tried_again_and_says_why(settings, trap):
    endpoint = make_endpoint(url=f"http://127.0.0.1:{trap.port}/")
    send(endpoint)
    settings.DERMS_ENDPOINT_ALLOWED_NETWORKS = []
    drain(endpoint_id=endpoint.pk)
    message = endpoint.messages.get()
    assert message.state == "pending"
    assert "DERMS_ENDPOINT_ALLOWED_NETWORKS" in message.last_error
    assert trap.connections == 0


@pytest.mark.django_db
def test_third_parties_give_https_and_a_usual_port_in_production(settings):
    settings.DERMS_ENDPOINT_ALLOWED_NETWORKS = []
    settings.DERMS_ENDPOINT_ALLOW_HTTP = False
    settings.DERMS_ENDPOINT_PORTS = ["443", "8443"]
    for url in ("https://derms.example/cim", "https://derms.example:8443/", "https://8.8.8.8/"):
        assert checked_url(url) == url
    for url in ("http://derms.example/", "https://derms.example:22/", "https://derms.example:80/"):
        with pytest.raises(EndpointRefused):
            make_endpoint(url=url)
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("8.8.8.8", True), ("93.184.216.34", True), ("2606:4700::1111", True), ("2a00::1", True),
        ("100.63.255.255", True), ("100.64.0.0", False), ("172.32.0.1", True), ("1.1.1.1", True),
        ("::ffff:8.8.8.8", False), ("4000::1", False), ("2001:200::1", True),
        ("2620:4f:8000::1", False), ("3fff::1", False),
    ],
)  # fmt: skip
def test_public_is_one_host_of_the_internet(address, expected):
    assert is_public(ipaddress.ip_address(address)) is expected


@pytest.mark.parametrize(
    ("networks", "flag", "found"),
    [
        ([], False, []),
        (["10.20.0.0/16"], False, []),
        (["127.0.0.0/8"], True, []),
        (["127.0.0.0/8"], False, ["exchange.E002"]),
        (["0.0.0.0/0"], False, ["exchange.E002"]),
        (["::1/128"], False, ["exchange.E002"]),
        (["10.20.0.1/16"], False, ["exchange.E001"]),
    ],
)
def test_the_system_check_wants_a_second_word_for_loopback(networks, flag, found, settings):
    settings.DEBUG = False
    settings.DERMS_ENDPOINT_ALLOWED_NETWORKS = networks
    settings.DERMS_ENDPOINT_ALLOW_LOOPBACK = flag
    findings = run_checks(tags=["security"], include_deployment_checks=False)
    assert [each.id for each in findings if each.id.startswith("exchange")] == found
