"""Client certificates through a real nginx, with the very file of the install guide (M1)."""

import hashlib
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
import requests

from exchange.models import Endpoint, InboundMessage
from exchange.services import accept_from
from exchange.tests.factories import make_endpoint, make_token
from exchange.tests.identities import NOW, Identity, made
from exchange.tests.inbound_examples import codes_of, get_request

CONFIGURATION = Path(__file__).parents[1] / "docs/admin/nginx.conf"
PATH = "/cim/v1/messages"
MISSING = "No nginx: install it (apt-get install nginx)."
AROUND = """\
daemon off; master_process off; pid {folder}/nginx.pid; error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/derportal.conf;
}}
"""
pytestmark = [pytest.mark.nginx, pytest.mark.django_db(transaction=True)]


@dataclass(frozen=True)
class Proxy:
    """A running nginx: its three servers, and certificates on disk."""

    folder: Path
    plain: str
    portal: str
    derms: str

    def post(
        self, body: bytes, server: str = "", *, identity: Identity | None = None, **headers: str
    ) -> requests.Response:
        names = {name.replace("__", "-"): value for name, value in headers.items()}
        return requests.post(
            (server or self.derms) + PATH,
            data=body,
            headers={"Content-Type": "application/xml", **names},
            cert=self.kept(identity) if identity else None,
            verify=str(self.folder / "server.pem"),
            timeout=60,
        )

    def kept(self, identity: Identity) -> str:
        file = self.folder / "client.pem"
        file.write_text(identity.key + identity.certificate)
        return str(file)


def nginx_path() -> str:
    """Where nginx is. Where it is missing the tests are skipped, but never on CI."""
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is not None:
        return found
    if os.environ.get("CI"):
        pytest.fail(MISSING)
    pytest.skip(MISSING)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: Any, live_server: Any) -> Iterator[Proxy]:
    """nginx with the file of the guide: only its names, paths and ports are changed."""
    binary, folder = nginx_path(), tmp_path_factory.mktemp("nginx")
    server, ports = made("127.0.0.1"), free_ports(3)
    (folder / "server.pem").write_text(server.certificate)
    (folder / "server.key").write_text(server.key)
    text = CONFIGURATION.read_text()
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{ports[0]} ssl",
        "listen 80;": f"listen 127.0.0.1:{ports[1]};",
        "listen 8443 ssl": f"listen 127.0.0.1:{ports[2]} ssl",
        "/etc/ssl/portal.pem": f"{folder}/server.pem",
        "/etc/ssl/portal.key": f"{folder}/server.key",
        "http://127.0.0.1:8000": live_server.url,
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (folder / "derportal.conf").write_text(text)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    portal, plain, derms = (f"127.0.0.1:{port}" for port in ports)
    command = [binary, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with subprocess.Popen(command) as process:
        try:
            _wait_for(process, ports[2])
            yield Proxy(folder, f"http://{plain}", f"https://{portal}", f"https://{derms}")
        finally:
            process.terminate()


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    while process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            continue
    pytest.fail("nginx ended; its words are above")


RIGHT, WRONG, OLD = made("DERMS"), made("Another"), made("DERMS", days=-1)
PINNED = hashlib.sha256(ssl.PEM_cert_to_DER_cert(RIGHT.certificate)).hexdigest()


@pytest.fixture
def endpoint(settings: Any) -> Endpoint:
    """It sends with a certificate only."""
    settings.INBOUND_CERTIFICATE_HEADER = "X-Client-Certificate"
    endpoint = make_endpoint()
    _accept(endpoint, "mutual_tls")
    return endpoint


def _accept(endpoint: Endpoint, *ways: str) -> None:
    accept_from(
        endpoint=endpoint, ways=ways, certificate=RIGHT.certificate, by=None, at=NOW, reason="Test."
    )


def question() -> bytes:
    return get_request("EndDeviceConfig", str(uuid4()))


def outcome(answer: requests.Response) -> tuple[int, list[str]]:
    return answer.status_code, codes_of(answer.content)


def test_the_right_certificate_is_let_in(proxy: Proxy, endpoint: Endpoint) -> None:
    answer = proxy.post(question(), identity=RIGHT, X__Endpoint=str(endpoint.mrid))
    assert outcome(answer) == (200, ["2.15"]), "there is no such DER"
    assert InboundMessage.objects.get().endpoint == endpoint


def test_another_certificate_and_none_are_not(proxy: Proxy, endpoint: Endpoint) -> None:
    names_itself = {"X__Endpoint": str(endpoint.mrid)}
    assert outcome(proxy.post(question(), identity=WRONG, **names_itself)) == (401, ["7.4"])
    assert outcome(proxy.post(question(), **names_itself)) == (401, ["7.2"])
    assert not InboundMessage.objects.exists()


def test_an_expired_certificate_ends_at_nginx(proxy: Proxy, endpoint: Endpoint) -> None:
    answer = proxy.post(question(), identity=OLD, X__Endpoint=str(endpoint.mrid))
    assert (answer.status_code, "SSL certificate error" in answer.text) == (400, True)


@pytest.mark.parametrize("told", [PINNED, quote(RIGHT.certificate, safe="")], ids=["digits", "PEM"])
@pytest.mark.parametrize("header", ["X__Client__Certificate", "X_Client_Certificate"])
def test_a_header_from_outside_is_dropped(
    proxy: Proxy, endpoint: Endpoint, header: str, told: str
) -> None:
    forged = {"X__Endpoint": str(endpoint.mrid), header: told}
    for server in (proxy.portal, proxy.derms):
        assert outcome(proxy.post(question(), server, **forged)) == (401, ["7.2"]), server
    assert outcome(proxy.post(question(), identity=WRONG, **forged)) == (401, ["7.4"])
    assert not InboundMessage.objects.exists()


def test_the_portal_itself_asks_no_one_for_a_certificate(proxy: Proxy, endpoint: Endpoint) -> None:
    answer = proxy.post(question(), proxy.portal, identity=RIGHT, X__Endpoint=str(endpoint.mrid))
    assert outcome(answer) == (401, ["7.2"])
    _accept(endpoint, "bearer")
    token = make_token(endpoint, "message:send")
    answer = proxy.post(question(), proxy.portal, Authorization=f"Bearer {token}")
    assert outcome(answer) == (200, ["2.15"])


def test_plain_http_leads_to_tls_and_the_second_port_to_messages_alone(proxy: Proxy) -> None:
    answer = requests.get(f"{proxy.plain}/messages/", allow_redirects=False, timeout=60)
    assert (answer.status_code, answer.headers["Location"]) == (301, "https://127.0.0.1/messages/")
    verify = str(proxy.folder / "server.pem")
    assert requests.get(f"{proxy.derms}/", verify=verify, timeout=60).status_code == 404
    assert requests.get(f"{proxy.portal}/healthz", verify=verify, timeout=60).text == "ok"
