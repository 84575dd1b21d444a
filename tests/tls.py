"""A door with TLS before the portal: it asks for a client certificate, like the guide's nginx."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, urlsplit

from exchange.tests.identities import Identity, made

HEADER = "X-Client-Certificate"


def written(identity: Identity, file: Path) -> Path:
    """The certificate with its key, in one file."""
    file.write_text(identity.certificate + identity.key)
    return file


@contextmanager
def tls_before(portal: str, folder: Path, *clients: Identity) -> Iterator[tuple[str, Path]]:
    """The door's address and the file of what to trust. ``clients`` may show themselves."""
    server = made("127.0.0.1")
    trusted = folder / "server.pem"
    trusted.write_text(server.certificate)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(written(server, folder / "server-with-key.pem"))
    context.verify_mode = ssl.CERT_OPTIONAL
    context.load_verify_locations(cadata="".join(each.certificate for each in clients))
    door = _Door(("127.0.0.1", 0), _Porter)
    door.portal = portal
    door.socket = context.wrap_socket(door.socket, server_side=True)
    thread = threading.Thread(target=door.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{door.server_port}", trusted
    finally:
        door.shutdown()
        door.server_close()
        thread.join()


class _Door(ThreadingHTTPServer):
    portal = ""

    def handle_error(self, *_: object) -> None:
        """A client that hung up is no news."""


class _Porter(BaseHTTPRequestHandler):
    server: _Door
    connection: ssl.SSLSocket

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name: value for name, value in self.headers.items() if name != HEADER}
        shown = self.connection.getpeercert(binary_form=True)
        if shown:
            headers[HEADER] = quote(ssl.DER_cert_to_PEM_cert(shown), safe="")
        line = HTTPConnection(urlsplit(self.server.portal).netloc, timeout=60)
        line.request("POST", self.path, body, headers)
        answer = line.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for name in ("Content-Type", "WWW-Authenticate"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        line.close()

    def log_message(self, *_: object) -> None:
        """Nothing."""
