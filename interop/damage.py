"""What a procedure can do to a message after it was built, by the name that its file uses."""

import re
from collections.abc import Callable, Mapping

_MESSAGE_ID = re.compile(rb"<(\w+:)?MessageID>[^<]*</(\w+:)?MessageID>")
_PAYLOAD = re.compile(rb"<(\w+:)?Payload>.*</(\w+:)?Payload>", re.DOTALL)
_NOUN = re.compile(rb"(<(?:\w+:)?Noun>)[^<]*")
_VERB = re.compile(rb"(<(?:\w+:)?Verb>)[^<]*")
_VERSION = re.compile(rb"(<Version>|<version>)[^<]*")
_DECLARATION = b"?>"


def _replaced(pattern: re.Pattern[bytes], by: bytes) -> Callable[[bytes], bytes]:
    def damage(body: bytes) -> bytes:
        changed, count = pattern.subn(by, body, count=1)
        if not count:
            raise ValueError(f"the message has no {pattern.pattern!r}")
        return changed

    return damage


def _with_doctype(body: bytes) -> bytes:
    head, mark, rest = body.partition(_DECLARATION)
    return head + mark + b'<!DOCTYPE a [<!ENTITY e "x">]>' + rest


DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "cut off": lambda body: body[: len(body) * 2 // 3],
    "not XML": lambda _: b"This is no message.",
    "HTML": lambda _: b"<html><body><p>This is no message.</p></body></html>",
    "with a document type": _with_doctype,
    "without MessageID": _replaced(_MESSAGE_ID, b""),
    "without payload": _replaced(_PAYLOAD, b""),
    "without noun": _replaced(_NOUN, rb"\1"),
    "an unknown verb": _replaced(_VERB, rb"\1fetch"),
    "an unknown noun": _replaced(_NOUN, rb"\1PanPricings"),
    "a version in words": _replaced(_VERSION, rb"\1three"),
}
