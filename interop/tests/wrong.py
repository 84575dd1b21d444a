"""A DERMS that is wrong on purpose: it answers OK to everything."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

from cim.elements import MessageRefused
from cim.envelope import Error, Header, Message, ReplyResult, Shape, Verb
from cim.messages import build_reply, read
from cim.xml import XmlRefused

_NOBODY = Message(
    shape=Shape.EVENT, header=Header(verb=Verb.CREATED, noun="Anything"), is_typed=False
)


class _YesMan(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            message = read(body)
        except (XmlRefused, MessageRefused):
            message = _NOBODY
        reply = build_reply(
            message,
            message_id=uuid4(),
            timestamp=datetime.now(UTC),
            source="Yes-man",
            result=ReplyResult.OK,
            errors=[Error(code="0.0")],
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A connection that the kit cut is no news."""


@contextmanager
def yes_man() -> Iterator[str]:
    """Its address."""
    server = _Quiet(("127.0.0.1", 0), _YesMan)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
