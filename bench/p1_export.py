"""P1: export over HTTP against bare psycopg dict rows + orjson, and bare COPY of the bytes."""

import hashlib
from statistics import median

import orjson
from psycopg.rows import dict_row

from .data import PLAIN_TABLE
from .harness import Bench, arguments, compare, running, seconds, spread, verdict


def product(bench: Bench) -> float:
    def work() -> None:
        wire = bench.wire
        wire.request(
            "GET", "/api/v1/der/export/", headers={"Authorization": f"Bearer {bench.token}"}
        )
        answer = wire.getresponse()
        lines = 0
        while chunk := answer.read(1 << 18):
            lines += chunk.count(b"\n")
        assert lines == bench.count, f"{lines} lines"

    return seconds(work)


def bare_rows(bench: Bench) -> float:
    def work() -> None:
        rows = 0
        with bench.connect(row_factory=dict_row) as connection, connection.cursor("c") as cursor:
            cursor.itersize = 2_000
            cursor.execute(f"SELECT * FROM {PLAIN_TABLE} ORDER BY id")
            while some := cursor.fetchmany(2_000):
                rows += len(some)
                orjson.dumps(some, default=float)
        assert rows == bench.count

    return seconds(work)


def bare_copy(bench: Bench) -> float:
    def work() -> None:
        sql = "COPY (SELECT document FROM exchange_publication) TO STDOUT"
        with bench.connect() as connection, connection.cursor().copy(sql) as copy:
            assert sum(1 for _ in copy) == bench.count

    return seconds(work)


def check(bench: Bench) -> None:
    """The lines are the documents, byte for byte, in whatever order."""
    _, body = bench.get(bench.wire, "/api/v1/der/export/")
    with bench.connect() as connection:
        stored = connection.execute("SELECT document FROM exchange_publication").fetchall()
    ours = hashlib.sha256("\n".join(sorted(body.decode().splitlines())).encode())
    theirs = hashlib.sha256("\n".join(sorted(row[0] for row in stored)).encode())
    assert ours.digest() == theirs.digest()


def main() -> None:
    options = arguments(__doc__)
    with running(options.count, options.rounds) as bench:
        if options.count <= 200_000:
            check(bench)
        rows = compare(bench.rounds, lambda: product(bench), lambda: bare_rows(bench))
        copies = compare(bench.rounds, lambda: product(bench), lambda: bare_copy(bench))
        print(f"product: {bench.count / product(bench):,.0f} DER/s over HTTP")
        print(f"bare psycopg dict + orjson: {bench.count / bare_rows(bench):,.0f} DER/s")
        print(f"bare COPY of the same bytes: {bench.count / bare_copy(bench):,.0f} DER/s")
        print(f"P1 product / bare rows: {spread(rows)}; product / bare COPY: {spread(copies)}")
        verdict("P1 against bare rows", median(rows), 3)
        verdict("P1 against bare COPY", median(copies), 0.5)


if __name__ == "__main__":
    main()
