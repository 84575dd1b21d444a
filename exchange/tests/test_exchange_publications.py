"""Published documents: versions, tombstones, pages, export, and a feed that loses nothing."""

import json
import random
import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from exchange.cursors import (
    Cursor,
    CursorInvalid,
    decode_cursor,
    decode_place,
    encode_cursor,
    encode_place,
)
from exchange.models import Publication
from exchange.services import StalePublication, publish, publish_many, rendered, withdraw
from exchange.streams import (
    CursorFromTheFuture,
    current_cursor,
    export_chunks,
    read_changes,
    read_detail,
    read_page,
)

from .factories import make_documents, make_endpoint


def put(endpoint, mrid: UUID, version: int = 1, *, state: str = "active", **document) -> None:
    publish(
        endpoint=endpoint,
        object_mrid=mrid,
        object_version=version,
        document={"mrid": mrid, "version": version, **document},
        state=state,
        feeder_mrid=None,
        tariff_code="T-1",
    )


def eventually(question, wanted) -> None:
    """The feed waits for every transaction of the whole server, also those of other tests."""
    deadline = time.monotonic() + 100
    while (answer := question()) != wanted and time.monotonic() < deadline:
        time.sleep(0.05)
    assert answer == wanted


def walk(endpoint, limit: int, **filters) -> list[dict[str, object]]:
    items, after = [], 0
    while True:
        page = read_page(endpoint_id=endpoint.pk, after=after, limit=limit, filters=filters)
        items += json.loads(page.items)
        assert page.count == len(json.loads(page.items)) <= limit
        if page.next_after is None:
            return items
        after = page.next_after


@pytest.mark.django_db
class TestPublishing:
    def test_the_document_is_stored_as_text_with_its_hash(self):
        endpoint, mrid = make_endpoint(), uuid4()
        put(endpoint, mrid, 2, b=Decimal("5.00"), a=Decimal("0.25"), name="Größe\n")
        row = Publication.objects.get()
        assert row.document == (f'{{"a":0.25,"b":5,"mrid":"{mrid}","name":"Größe\\n","version":2}}')
        assert row.etag == sha256(row.document.encode()).hexdigest()

    def test_an_older_version_is_refused_and_changes_nothing(self):
        endpoint, mrid = make_endpoint(), uuid4()
        put(endpoint, mrid, 5)
        before = Publication.objects.values().get()
        with pytest.raises(StalePublication):
            put(endpoint, mrid, 4)
        with pytest.raises(StalePublication):
            withdraw(endpoint=endpoint, object_mrid=mrid, object_version=4)
        assert Publication.objects.values().get() == before

    def test_the_same_document_again_is_no_change(self):
        endpoint, mrid = make_endpoint(), uuid4()
        put(endpoint, mrid)
        before = Publication.objects.values().get()
        put(endpoint, mrid)
        assert Publication.objects.values().get() == before
        put(endpoint, mrid, note="mended")
        after = Publication.objects.values().get()
        assert after["change_number"] > before["change_number"]
        assert after["listing_number"] == before["listing_number"]

    def test_a_withdrawn_document_says_only_that(self):
        endpoint, mrid = make_endpoint(), uuid4()
        put(endpoint, mrid, secret="gone")
        withdraw(endpoint=endpoint, object_mrid=mrid, object_version=2)
        row = Publication.objects.get()
        assert json.loads(row.document) == {"mrid": str(mrid), "version": 2, "withdrawn": True}
        assert read_detail(endpoint_id=endpoint.pk, object_mrid=mrid) is None
        assert walk(endpoint, 10) == []
        put(endpoint, mrid, 3)
        assert [item["version"] for item in walk(endpoint, 10)] == [3]

    def test_many_are_published_with_few_queries(self, django_assert_max_num_queries):
        endpoint = make_endpoint()
        documents = make_documents(1_200)
        with django_assert_max_num_queries(4):
            assert publish_many(endpoint=endpoint, documents=documents) == 1_200
        assert publish_many(endpoint=endpoint, documents=documents) == 0
        assert Publication.objects.count() == 1_200

    def test_what_is_no_plain_value_is_refused(self):
        assert rendered({"at": datetime(2026, 1, 2, tzinfo=UTC), "on": date(2026, 1, 2)}) == (
            '{"at":"2026-01-02T00:00:00Z","on":"2026-01-02"}'
        )
        for bad in (float("nan"), float("inf"), object(), b"bytes", Decimal("NaN")):
            with pytest.raises((TypeError, ValueError)):
                rendered({"x": bad})


@pytest.mark.django_db
class TestPages:
    def test_pages_hold_every_document_once_in_a_fixed_order(self):
        endpoint, other = make_endpoint(), make_endpoint("other")
        documents = make_documents(103)
        publish_many(endpoint=endpoint, documents=documents)
        publish_many(endpoint=other, documents=make_documents(10))
        wanted = {str(document.object_mrid) for document in documents}
        for limit in (1, 10, 103, 500):
            found = [item["mrid"] for item in walk(endpoint, limit)]
            assert len(found) == 103
            assert set(found) == wanted
        assert walk(endpoint, 10) == walk(endpoint, 500)

    def test_filters_can_be_combined(self):
        endpoint, feeder = make_endpoint(), uuid4()
        publish_many(endpoint=endpoint, documents=make_documents(40, feeder_mrid=feeder))
        publish_many(endpoint=endpoint, documents=make_documents(20, feeder_mrid=uuid4()))
        assert len(walk(endpoint, 7, feeder=feeder)) == 40
        assert len(walk(endpoint, 7, state="active")) == 45
        assert len(walk(endpoint, 7, tariff="T-0", feeder=feeder)) == 14
        assert len(walk(endpoint, 7, tariff="T-0", feeder=feeder, state="decommissioned")) == 4
        assert walk(endpoint, 7, state="no such state") == []

    @pytest.mark.parametrize("filters", [{}, {"state": "active"}, {"tariff": "T-1"}])
    def test_a_page_reads_its_own_index_wherever_it_is(self, filters):
        """The plan must not walk through another endpoint's rows, whatever the statistics say."""
        big, small = make_endpoint("big"), make_endpoint("small")
        publish_many(endpoint=big, documents=make_documents(3_000))
        publish_many(endpoint=small, documents=make_documents(60))
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE exchange_publication")
        for endpoint in (big, small):
            for after in (0, 10**9):
                assert _rows_read(endpoint, after, filters) <= 200


def _rows_read(endpoint, after: int, filters: dict[str, str]) -> int:
    plans = []

    def explain(execute, sql, params, many, context):
        with connection.connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql, params)
            plans.append(cursor.fetchone()[0][0]["Plan"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        read_page(endpoint_id=endpoint.pk, after=after, limit=50, filters=filters)

    def count(node) -> int:
        own = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
        return max([own, *map(count, node.get("Plans", []))])

    return count(plans[0])


class TestCursors:
    @pytest.mark.parametrize("place", [Cursor(0, 0), Cursor(1, 2), Cursor(2**62, 2**62)])
    def test_a_cursor_comes_back_as_it_was(self, place):
        assert decode_cursor(encode_cursor(place)) == place

    def test_changed_cut_and_foreign_cursors_are_refused(self):
        text = encode_cursor(Cursor(7, 9))
        swapped = text[:5] + ("A" if text[5] != "A" else "B") + text[6:]
        for bad in ("x", "!", text[:-2], text + "AAAA", swapped, "ü", text.lower(), " " + text):
            with pytest.raises(CursorInvalid):
                decode_cursor(bad)
        with pytest.raises(CursorInvalid, match="range"):
            decode_cursor(encode_cursor(Cursor(2**63, 0)))
        with pytest.raises(CursorInvalid, match="feed"):
            decode_place(text)
        assert decode_place(encode_place(12)) == 12


@pytest.mark.django_db(transaction=True)
@pytest.mark.locking
class TestFeed:
    def test_the_export_is_all_rows_and_its_cursor_continues_in_the_feed(self):
        endpoint, other = make_endpoint(), make_endpoint("other")
        documents = make_documents(3_000)
        publish_many(endpoint=endpoint, documents=documents)
        publish_many(endpoint=other, documents=make_documents(5))
        withdraw(endpoint=endpoint, object_mrid=documents[0].object_mrid, object_version=2)
        cursor = current_cursor()
        chunks = list(export_chunks(endpoint_id=endpoint.pk))
        lines = b"".join(chunks).splitlines()
        assert len(lines) == 2_999
        assert sorted(map(json.loads, lines), key=str) == sorted(
            (json.loads(rendered(document.document)) for document in documents[1:]), key=str
        )
        assert all(len(chunk) >= 256 * 1024 for chunk in chunks[:-1])
        mrid, reader = uuid4(), _Ours(endpoint, cursor)
        put(endpoint, mrid)
        eventually(lambda: str(mrid) in reader.poll(), True)

    def test_a_reader_who_leaves_in_the_middle_leaves_no_connection(self):
        endpoint = make_endpoint()
        publish_many(endpoint=endpoint, documents=make_documents(20_000))
        chunks = export_chunks(endpoint_id=endpoint.pk)
        next(chunks)
        chunks.close()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY%%'"
                " AND state <> 'idle' AND datname = current_database()"
            )
            assert cursor.fetchone() == (0,)

    def test_each_object_is_told_once_in_its_latest_state_with_withdrawals(self):
        endpoint, kept, gone = make_endpoint(), uuid4(), uuid4()
        put(endpoint, kept)
        put(endpoint, gone)
        put(endpoint, kept, 2)
        withdraw(endpoint=endpoint, object_mrid=gone, object_version=2)
        eventually(lambda: _items(endpoint, "")[0], [str(kept), str(gone)])
        changes = read_changes(endpoint_id=endpoint.pk, limit=1)
        assert [item["version"] for item in json.loads(changes.items)] == [2]
        rest = read_changes(endpoint_id=endpoint.pk, cursor=changes.cursor, limit=5)
        assert json.loads(rest.items) == [{"mrid": str(gone), "version": 2, "withdrawn": True}]
        end = read_changes(endpoint_id=endpoint.pk, cursor=rest.cursor, limit=5)
        assert (end.items, end.cursor) == (b"[]", rest.cursor)

    def test_a_cursor_from_a_restored_future_is_told(self):
        endpoint = make_endpoint()
        with pytest.raises(CursorFromTheFuture):
            read_changes(endpoint_id=endpoint.pk, cursor=encode_cursor(Cursor(2**60, 1)), limit=5)

    def test_p6_four_writers_the_naive_cursor_loses_rows_and_ours_loses_none(self):
        endpoint = make_endpoint()
        written: set[str] = set()
        stop = time.monotonic() + 3
        writers = [
            threading.Thread(target=_write_until, args=[endpoint, stop, written]) for _ in range(4)
        ]
        for writer in writers:
            writer.start()
        ours, naive = _Ours(endpoint), _Naive(endpoint)
        while any(writer.is_alive() for writer in writers):
            ours.poll()
            naive.poll()
        naive.poll()
        eventually(lambda: written - ours.poll(), set())
        assert ours.seen == written
        assert len(written) > 100
        assert written - naive.seen, "the test must be able to see a loss"


def _items(endpoint, cursor: str) -> tuple[list[str], str]:
    changes = read_changes(endpoint_id=endpoint.pk, cursor=cursor, limit=1_000)
    return [item["mrid"] for item in json.loads(changes.items)], changes.cursor


class _Ours:
    def __init__(self, endpoint, cursor: str = "") -> None:
        self.endpoint, self.cursor, self.seen = endpoint, cursor, set[str]()

    def poll(self) -> set[str]:
        mrids, self.cursor = _items(self.endpoint, self.cursor)
        self.seen.update(mrids)
        return self.seen


class _Naive:
    """The usual feed: everything with a number above the last one."""

    def __init__(self, endpoint) -> None:
        self.endpoint, self.last, self.seen = endpoint, 0, set[str]()

    def poll(self) -> None:
        rows = Publication.objects.filter(endpoint=self.endpoint, change_number__gt=self.last)
        for number, mrid in rows.order_by("change_number").values_list(
            "change_number", "object_mrid"
        ):
            self.last = number
            self.seen.add(str(mrid))


def _write_until(endpoint, stop: float, written: set[str]) -> None:
    chance = random.Random(threading.get_ident())
    try:
        while time.monotonic() < stop:
            mrids = [uuid4() for _ in range(chance.randint(1, 3))]
            with transaction.atomic():
                for mrid in mrids:
                    put(endpoint, mrid)
                time.sleep(chance.random() * 0.02)
            written.update(map(str, mrids))
    finally:
        connection.close()
