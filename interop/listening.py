"""The kit's own address: it takes what the portal sends, and keeps the replies that come later."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

from cim import errors
from cim.elements import MessageRefused
from cim.envelope import Error, Message, ReplyResult, Shape
from cim.messages import build_fault, build_reply, read
from cim.xml import MAX_BYTES, XmlRefused

LATER_S = 60.0


@dataclass(slots=True)
class Listener:
    """Replies by their CorrelationID, as they came."""

    replies: dict[str, bytes] = field(default_factory=dict)
    _news: threading.Condition = field(default_factory=threading.Condition)

    def keep(self, message: Message, body: bytes) -> None:
        """Remember a reply; everything else is answered and forgotten."""
        if message.shape is Shape.RESPONSE:
            with self._news:
                self.replies[message.header.correlation_id] = body
                self._news.notify_all()

    def wait_for(self, correlation_id: str, seconds: float = LATER_S) -> bytes | None:
        """The reply, or None if it does not come in this time."""
        with self._news:
            self._news.wait_for(lambda: correlation_id in self.replies, seconds)
            return self.replies.get(correlation_id)


@contextmanager
def listening(address: str) -> Iterator[Listener]:
    """Listen at HOST:PORT. Raises ValueError for what is no address, OSError if it is taken."""
    host, colon, port = address.rpartition(":")
    if not (colon and port.isascii() and port.isdigit()):
        raise ValueError(f"--listen: {address!r} is not HOST:PORT")
    listener = Listener()
    server = ThreadingHTTPServer((host or "0.0.0.0", int(port)), _handler(listener))  # noqa: S104
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(listener: Listener) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            is_fit = length.isascii() and length.isdigit() and int(length) <= MAX_BYTES
            body = self.rfile.read(int(length)) if is_fit else b""
            status, answer = _answered(listener, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/xml; charset=utf-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """The report tells what came."""

    return Handler


def _answered(listener: Listener, body: bytes) -> tuple[int, bytes]:
    try:
        message = read(body)
        reply = build_reply(
            message,
            message_id=uuid4(),
            timestamp=datetime.now(UTC),
            source="Interoperability test kit",
            result=ReplyResult.OK,
            errors=[Error(code=errors.OK)],
        )
    except (XmlRefused, MessageRefused) as refused:
        return 400, build_fault([Error(code=errors.INVALID, reason=str(refused)[:500])])
    listener.keep(message, body)
    return 200, reply
