"""Cursors that readers hand back: opaque to them, checked by us."""

import base64
import binascii
import struct
from dataclasses import dataclass
from zlib import crc32

_FORM = struct.Struct(">QQ")
_CHECK = struct.Struct(">I")
_SALT = b"derportal cursor 1"


class CursorInvalid(Exception):
    """The text is no cursor of ours."""


@dataclass(frozen=True)
class Cursor:
    """A place in the change feed: the transaction, and the change within it."""

    xid: int
    number: int


FEED_START = Cursor(0, 0)


def encode_cursor(place: Cursor) -> str:
    """The cursor as text for a URL and an ETag."""
    return _encode(_FORM.pack(place.xid, place.number))


def decode_cursor(text: str) -> Cursor:
    """The place of a cursor. Raises CursorInvalid."""
    return Cursor(*_FORM.unpack(_decode(text)))


def encode_place(number: int) -> str:
    """A place in the list as text."""
    return _encode(_FORM.pack(0, number))


def decode_place(text: str) -> int:
    """The place in the list. Raises CursorInvalid."""
    place = decode_cursor(text)
    if place.xid:
        raise CursorInvalid("it is a cursor of the change feed")
    return place.number


def _encode(packed: bytes) -> str:
    checked = packed + _CHECK.pack(crc32(_SALT + packed))
    return base64.urlsafe_b64encode(checked).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CursorInvalid("it is not base64") from error
    packed, check = data[: _FORM.size], data[_FORM.size :]
    if len(data) != _FORM.size + _CHECK.size or check != _CHECK.pack(crc32(_SALT + packed)):
        raise CursorInvalid("it was changed or cut")
    if max(_FORM.unpack(packed)) >= 2**63:
        raise CursorInvalid("it is out of range")
    return packed
