"""Query parameters: each read by its own rule, unknown ones refused, all findings at once."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import QueryDict

from exchange.cursors import CursorInvalid, decode_cursor, decode_place

from .problems import Finding, QueryRefused

MAX_LIMIT = 1_000
DEFAULT_LIMIT = 500
MAX_KNOWN = 100_000
DER_STATES = ("active", "decommissioned")
_WORD = re.compile(r"[\w.+:/()-][\w.+:/() -]{0,59}", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_NEEDED = "a UUID and a whole number from 0 are needed."
_PREFIX = re.compile(r"[0-9a-fA-F]{1,8}", re.ASCII)
Reader = Callable[[str], Any]


class Broken(Exception):
    def __init__(self, rule: str, message: str) -> None:
        self.rule = rule
        super().__init__(message)


def read_query(query: QueryDict, readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The parameters that were given, read. Raises QueryRefused naming every field and rule."""
    values: dict[str, Any] = {}
    findings = [
        Finding(name, "unknown", f"There is no parameter {name[:60]!r} here.")
        for name in query
        if name not in readers
    ]
    for name, reader in readers.items():
        for text in query.getlist(name)[:1]:
            try:
                _refuse_repeated(query, name)
                values[name] = reader(text)
            except Broken as broken:
                findings.append(Finding(name, broken.rule, f"{name}: {broken}"))
    if findings:
        raise QueryRefused(*findings)
    return values


def limit(text: str) -> int:
    """A whole number from 1 to 1,000."""
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT):
        raise Broken("range", f"a whole number from 1 to {MAX_LIMIT:,} is needed.")
    return int(text)


def word(text: str) -> str:
    """A code."""
    if not _WORD.fullmatch(text):
        raise Broken("word", "1 to 60 letters, digits or . + - : / ( ) are needed.")
    return text


def state(text: str) -> str:
    """A state of a DER."""
    if text not in DER_STATES:
        raise Broken("choice", f"one of {', '.join(DER_STATES)} is needed.")
    return text


def mrid(text: str) -> UUID:
    """An mRID, which is a UUID here."""
    if not _UUID.fullmatch(text):
        raise Broken("uuid", "a UUID such as 5f0c8b1e-8f5d-4a55-9a43-2f6f3a2b7c01 is needed.")
    return UUID(text)


def prefix(text: str) -> str:
    """The first hexadecimal digits of some mRIDs."""
    if not _PREFIX.fullmatch(text):
        raise Broken("prefix", "1 to 8 hexadecimal digits are needed, such as 5f0.")
    return text.lower()


def known(body: Any) -> dict[UUID, int]:
    """``{"known": {mRID: version}}`` of a request's body. Raises QueryRefused."""
    _refuse_others(body, "known")
    items = body.get("known") if isinstance(body, dict) else None
    if not isinstance(items, dict) or len(items) > MAX_KNOWN:
        rule = f"known: an object of mRIDs and versions is needed, at most {MAX_KNOWN:,} of them."
        raise QueryRefused(Finding("known", "object", rule))
    findings = [
        Finding(f"known.{text[:60]}", "version", f"{text[:60]}: {_NEEDED}")
        for text, version in items.items()
        if not (_UUID.fullmatch(text) and type(version) is int and 0 <= version < 2**63)
    ]
    if findings:
        raise QueryRefused(*findings[:100])
    return {UUID(text): version for text, version in items.items()}


def comparison(text: str) -> int:
    """The number of a comparison."""
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Broken("number", "use the number that the comparison's answer gave.")
    return int(text)


def comparison_asked(body: Any) -> int:
    """``{"comparison": number}`` of a request's body. Raises QueryRefused."""
    _refuse_others(body, "comparison")
    number = body.get("comparison") if isinstance(body, dict) else None
    if type(number) is not int or not 0 < number < 2**63:
        rule = "comparison: the number is needed that the answer of the comparison gave."
        raise QueryRefused(Finding("comparison", "number", rule))
    return number


def place(text: str) -> int:
    """The ``after`` of a list's next page."""
    try:
        return decode_place(text)
    except CursorInvalid as error:
        raise Broken("cursor", f"use the value that the last page gave; {error}.") from error


def feed_cursor(text: str) -> str:
    """The cursor of the change feed; an empty one is the beginning."""
    try:
        if text:
            decode_cursor(text)
    except CursorInvalid as error:
        raise Broken("cursor", f"use the cursor that the last answer gave; {error}.") from error
    return text


def _refuse_others(body: Any, name: str) -> None:
    """Of a request's body, which is an object with one member. Raises QueryRefused."""
    if others := [each for each in body if each != name] if isinstance(body, dict) else []:
        findings = [
            Finding(other[:60], "unknown", f"There is no {other[:60]!r} here, only {name!r}.")
            for other in others[:100]
        ]
        raise QueryRefused(*findings)


def _refuse_repeated(query: QueryDict, name: str) -> None:
    if len(query.getlist(name)) > 1:
        raise Broken("once", "it may be given once.")
