"""Reads of the published documents, as bytes that were rendered when they were published (P1-P6).

Plain SQL, because the point is to move finished text: no object is built for a row. Nothing
counts rows, and every plan starts with the endpoint, so cost depends on neither size nor position.
"""

from collections.abc import Generator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import Connection, IsolationLevel

from .cursors import FEED_START, Cursor, decode_cursor, encode_cursor
from .prepared import Statement

CHUNK_BYTES = 256 * 1024
_HORIZON = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
_PAGE = """
SELECT string_agg(document, ','), max(listing_number), count(*) FROM (
  SELECT document, listing_number FROM exchange_publication
  WHERE endpoint_id = %(endpoint)s AND NOT is_withdrawn AND listing_number > %(after)s {filters}
  ORDER BY endpoint_id, {order} listing_number LIMIT %(limit)s) AS page
"""
_DETAIL = """
SELECT document, etag FROM exchange_publication
WHERE endpoint_id = %s AND object_mrid = %s AND NOT is_withdrawn
"""
# Rows below the snapshot's xmin are of transactions that have ended: nothing more appears there.
_CHANGES = Statement(
    "exchange_changes",
    f"""
SELECT string_agg(document, ','), count(*),
       (array_agg(change_xid))[count(*)], (array_agg(change_number))[count(*)],
       pg_snapshot_xmax(pg_current_snapshot())::text::bigint
FROM (
  SELECT document, change_xid, change_number FROM exchange_publication
  WHERE endpoint_id = $1 AND change_xid < {_HORIZON}
    AND (change_xid, change_number) > ($2, $3)
  ORDER BY change_xid, change_number LIMIT $4) AS changes
""",  # noqa: S608 - the horizon is a constant of ours
)
# CSV with a delimiter and a quote that JSON never holds writes the text as it is.
_EXPORT = (
    "COPY (SELECT document FROM exchange_publication WHERE endpoint_id = {} AND NOT is_withdrawn) "
    "TO STDOUT (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')"
)
# The digest of a list of lines "mRID version", each with a line feed, in the order of the mRIDs.
_DIGEST = """
SELECT left(replace(object_mrid::text, '-', ''), %(depth)s) AS prefix, count(*),
       encode(sha256(convert_to(
         string_agg(object_mrid || ' ' || object_version || E'\\n', '' ORDER BY object_mrid), 'UTF8'
       )), 'hex')
FROM exchange_publication
WHERE endpoint_id = %(endpoint)s AND NOT is_withdrawn
  AND object_mrid BETWEEN %(first)s AND %(last)s
GROUP BY GROUPING SETS ((), (1)) ORDER BY 1 NULLS FIRST
"""
_FILTERED = {"state": "state", "feeder": "feeder_mrid", "tariff": "tariff_code"}


class CursorFromTheFuture(Exception):
    """The database is older than the cursor (it was restored): read the whole list again."""


@dataclass(frozen=True)
class Page:
    """A page of documents as a JSON array, and where the next one begins."""

    items: bytes
    count: int
    next_after: int | None


@dataclass(frozen=True)
class Changes:
    """Changed documents as a JSON array, and the cursor after them."""

    items: bytes
    count: int
    cursor: str


@dataclass(frozen=True)
class PublishedText:
    """One document as it was published."""

    body: bytes
    etag: str


@dataclass(frozen=True)
class Digest:
    """How many objects there are and the SHA-256 (hexadecimal) over their mRIDs and versions."""

    prefix: str
    count: int
    sha256: str


def read_digests(*, endpoint_id: int, prefix: str = "") -> list[Digest]:
    """M1: the digest of a slice (mRIDs that begin with a prefix), then of each part of it.

    A part has one hexadecimal digit more; parts without objects are left out. One query.
    """
    first, last = bounds_of(prefix)
    asked: dict[str, Any] = {"endpoint": endpoint_id, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(_DIGEST, {**asked, "depth": len(prefix) + 1})
        rows = cursor.fetchall()
    empty = sha256(b"").hexdigest()
    return [Digest(part or prefix, count, digest or empty) for part, count, digest in rows]


def bounds_of(prefix: str) -> tuple[UUID, UUID]:
    """The first and the last mRID that begin with some hexadecimal digits (no hyphens)."""
    return UUID(hex=prefix.ljust(32, "0")), UUID(hex=prefix.ljust(32, "f"))


def read_page(
    *, endpoint_id: int, after: int = 0, limit: int, filters: dict[str, str | UUID] | None = None
) -> Page:
    """P3, P4: the documents after a place in the list; one query, whatever the place and the size.

    ``filters`` may hold state, feeder (mRID) and tariff (code).
    """
    wanted = filters or {}
    where = "".join(f"AND {_FILTERED[name]} = %({name})s " for name in wanted)
    order = "".join(f"{_FILTERED[name]}, " for name in wanted)
    sql = _PAGE.format(filters=where, order=order)
    row = _one(sql, {"endpoint": endpoint_id, "after": after, "limit": limit, **wanted})
    text, last, count = row
    return Page(_array(text), count, last if count == limit else None)


def read_detail(*, endpoint_id: int, object_mrid: UUID) -> PublishedText | None:
    """One document, or None: there is none, it is withdrawn, or it is another endpoint's."""
    with connection.cursor() as cursor:
        cursor.execute(_DETAIL, [endpoint_id, object_mrid])
        row = cursor.fetchone()
    return PublishedText(row[0].encode(), row[1]) if row else None


def read_changes(*, endpoint_id: int, cursor: str = "", limit: int) -> Changes:
    """P5, P6: what changed after the cursor, each object once and in its latest state; one query.

    Withdrawn objects are told as such. A change is never missed and never told out of order: the
    feed shows a transaction only when no older one is still writing. Raises CursorInvalid and
    CursorFromTheFuture.
    """
    place = decode_cursor(cursor) if cursor else FEED_START
    row = _CHANGES.fetch_one([endpoint_id, place.xid, place.number, limit])
    text, count, xid, number, future = row
    if count:
        return Changes(_array(text), count, encode_cursor(Cursor(xid, number)))
    if place.xid >= future:
        raise CursorFromTheFuture
    return Changes(b"[]", 0, cursor or encode_cursor(FEED_START))


def current_cursor() -> str:
    """A cursor from which a reader of the export continues: everything before it is in there."""
    (horizon,) = _one(f"SELECT {_HORIZON}", {})
    return encode_cursor(Cursor(horizon - 1, 2**62))


def export_chunks(*, endpoint_id: int) -> Generator[bytes, None, None]:
    """P1, P2: every document as a line of JSON, in chunks of 256 kB; memory stays flat.

    One statement on a connection of its own, so that the whole export is one moment and a reader
    who goes away leaves nothing behind.
    """
    sql = _EXPORT.format(int(endpoint_id)).encode()
    with _reader() as reader, reader.cursor() as cursor, cursor.copy(sql) as copy:
        yield from _chunked(copy)


def _chunked(rows: Any) -> Generator[bytes, None, None]:
    chunk = bytearray()
    for row in rows:
        chunk += row
        if len(chunk) >= CHUNK_BYTES:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


def _reader() -> Connection[Any]:
    """A connection beside Django's, for one read-only transaction; the caller closes it."""
    reader: Connection[Any] = connection.get_new_connection(connection.get_connection_params())
    reader.isolation_level = IsolationLevel.REPEATABLE_READ
    reader.read_only = True
    return reader


def _one(sql: str, parameters: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()


def _array(text: str | None) -> bytes:
    return b"[" + (text or "").encode() + b"]"
