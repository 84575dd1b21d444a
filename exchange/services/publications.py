"""Published documents: what an endpoint may read, one row for each object (SR9, M1).

Access is the row. Whoever owns an object publishes its document here in the transaction of the
change; the API only reads rows.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from exchange.models import Endpoint

_SLICE = 5_000
_UPSERT = """
INSERT INTO exchange_publication AS old
  (endpoint_id, object_mrid, object_version, document, etag, is_withdrawn, state, feeder_mrid,
   tariff_code, change_xid, change_number, listing_number)
SELECT %s, new.*, 0, 0, 0
FROM unnest(%s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::bool[], %s::text[], %s::uuid[],
            %s::text[])
     AS new (object_mrid, object_version, document, etag, is_withdrawn, state, feeder_mrid,
             tariff_code)
ORDER BY new.object_mrid
ON CONFLICT (endpoint_id, object_mrid) DO UPDATE SET
  object_version = excluded.object_version, document = excluded.document, etag = excluded.etag,
  is_withdrawn = excluded.is_withdrawn, state = excluded.state,
  feeder_mrid = excluded.feeder_mrid, tariff_code = excluded.tariff_code
WHERE old.object_version < excluded.object_version
   OR (old.object_version = excluded.object_version
       AND (old.etag, old.is_withdrawn, old.state, old.feeder_mrid, old.tariff_code)
           IS DISTINCT FROM (excluded.etag, excluded.is_withdrawn, excluded.state,
                             excluded.feeder_mrid, excluded.tariff_code))
"""


class StalePublication(Exception):
    """A newer version of the object is already published; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class PublishedDocument:
    """One object as one endpoint may read it, with the columns that lists are filtered by."""

    object_mrid: UUID
    object_version: int
    document: Mapping[str, Any]
    state: str
    feeder_mrid: UUID | None = None
    tariff_code: str = ""
    is_withdrawn: bool = False


def publish(
    *,
    endpoint: Endpoint,
    object_mrid: UUID,
    object_version: int,
    document: Mapping[str, Any],
    state: str,
    feeder_mrid: UUID | None,
    tariff_code: str,
) -> None:
    """SR9, M1: let the endpoint read this document. Raises StalePublication.

    Publishing the same version again replaces its document; the same document changes nothing.
    """
    row = PublishedDocument(
        object_mrid=object_mrid,
        object_version=object_version,
        document=document,
        state=state,
        feeder_mrid=feeder_mrid,
        tariff_code=tariff_code,
    )
    _publish_one(endpoint, row)


def publish_many(*, endpoint: Endpoint, documents: Iterable[PublishedDocument]) -> int:
    """Publish in slices of 5,000, each committed (unless the caller holds a transaction).

    Returns how many rows changed: older versions and unchanged documents are passed over. The
    change feed waits for the oldest writing transaction, therefore the slices. An object may
    appear once in a slice.
    """
    rows = iter(documents)
    changed = 0
    while batch := list(islice(rows, _SLICE)):
        with transaction.atomic():
            changed += _write(endpoint, batch)
    return changed


def withdraw(*, endpoint: Endpoint, object_mrid: UUID, object_version: int) -> None:
    """SR9: the endpoint may read the object no longer. Raises StalePublication.

    The row stays and says only that it is withdrawn, so that the change feed tells it.
    """
    row = PublishedDocument(
        object_mrid=object_mrid,
        object_version=object_version,
        document={"mrid": object_mrid, "version": object_version, "withdrawn": True},
        state="withdrawn",
        is_withdrawn=True,
    )
    _publish_one(endpoint, row)


def rendered(document: Mapping[str, Any]) -> str:
    """The document's JSON: sorted, compact, on one line; Decimal as a number, time in UTC."""
    return json.dumps(
        document,
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
        default=_plain,
    )


def _publish_one(endpoint: Endpoint, row: PublishedDocument) -> None:
    if not _write(endpoint, [row]) and _published_version(endpoint, row) > row.object_version:
        raise StalePublication(f"{row.object_mrid} is published in a newer version")


def _published_version(endpoint: Endpoint, row: PublishedDocument) -> int:
    published = endpoint.publications.get(object_mrid=row.object_mrid)
    return int(published.object_version)


def _write(endpoint: Endpoint, rows: list[PublishedDocument]) -> int:
    columns = [list(column) for column in zip(*map(_columns, rows), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, [endpoint.pk, *columns])
        return int(cursor.rowcount)


def _columns(row: PublishedDocument) -> Iterator[Any]:
    text = rendered(row.document)
    yield row.object_mrid
    yield row.object_version
    yield text
    yield sha256(text.encode()).hexdigest()
    yield row.is_withdrawn
    yield row.state
    yield row.feeder_mrid
    yield row.tariff_code


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not belong into a document")
