"""P6: four writers with random pauses, a poller that is killed and starts again: nothing is lost.

The naive cursor (number above the last one) reads the same rows and must lose some: otherwise the
run has proved nothing. Two versions of one DER must come in order.
"""

import argparse
import json
import multiprocessing
import random
import tempfile
import time
import uuid
from pathlib import Path

from .harness import Bench, running

WRITE = """
INSERT INTO exchange_publication AS old
  (endpoint_id, object_mrid, object_version, document, etag, is_withdrawn, state, tariff_code,
   change_xid, change_number, listing_number)
VALUES (%(e)s, %(m)s, %(v)s, %(d)s, '', false, 'active', '', 0, 0, 0)
ON CONFLICT (endpoint_id, object_mrid) DO UPDATE
SET object_version = excluded.object_version, document = excluded.document
"""


def write(bench: Bench, number: int, until: float, told: multiprocessing.Queue) -> None:
    chance, versions = random.Random(number), {}
    with bench.connect(autocommit=True) as connection:
        while time.time() < until:
            batch = []
            with connection.transaction():
                for _ in range(chance.randint(1, 8)):
                    again = versions and chance.random() < 0.3
                    mrid = chance.choice(list(versions)[-200:]) if again else str(uuid.uuid4())
                    versions[mrid] = versions.get(mrid, 0) + 1
                    document = json.dumps({"mrid": mrid, "version": versions[mrid]})
                    facts = {"e": bench.endpoint_id, "m": mrid, "v": versions[mrid], "d": document}
                    connection.execute(WRITE, facts)
                    batch.append((mrid, versions[mrid]))
                    time.sleep(chance.random() * 0.002)
            told.put(batch)
    told.put(None)


def poll_naive(bench: Bench, until: float, found: multiprocessing.Queue) -> None:
    last, seen = 0, set()
    with bench.connect(autocommit=True) as connection:
        while time.time() < until:
            rows = connection.execute(
                "SELECT change_number, object_mrid::text, object_version FROM exchange_publication "
                "WHERE endpoint_id = %s AND change_number > %s ORDER BY change_number",
                [bench.endpoint_id, last],
            ).fetchall()
            for last, mrid, version in rows:  # noqa: B007
                seen.add((mrid, version))
    found.put(seen)


def poll_ours(bench: Bench, journal: str, until: float) -> None:
    """Over HTTP; stores each answer with its cursor before it asks again, as a DERMS would."""
    cursor = replay(journal)[0]
    wire = bench.wire
    with Path(journal).open("a") as store:
        store.write("\n")
        while time.time() < until:
            query = f"&cursor={cursor}" if cursor else ""
            status, body = bench.get(wire, f"/api/v1/der/changes/?limit=1000{query}")
            assert status == 200, body
            cursor = json.loads(body)["cursor"]
            store.write(body.decode() + "\n")
            store.flush()


def replay(journal: str) -> tuple[str, dict[str, int], int]:
    """What the journal says: the last cursor, the newest version of each DER, order faults."""
    cursor, seen, reordered = "", {}, 0
    for line in Path(journal).read_text().splitlines():
        if not line.endswith("}"):
            continue  # the poller was killed while it wrote
        answer = json.loads(line)
        cursor = answer["cursor"]
        for item in answer["items"]:
            reordered += item["version"] < seen.get(item["mrid"], 0)
            seen[item["mrid"]] = item["version"]
    return cursor, seen, reordered


def collect(told: multiprocessing.Queue, written: dict[str, int]) -> tuple[int, int]:
    """Take what the writers committed; returns how many changes, and how many writers ended."""
    changes = ended = 0
    while not told.empty():
        batch = told.get()
        ended += batch is None
        for mrid, version in batch or []:
            written[mrid] = version
            changes += 1
    return changes, ended


def run(bench: Bench, duration_s: float, journal: str) -> None:
    until = time.time() + duration_s
    told, found = multiprocessing.Queue(), multiprocessing.Queue()
    start = multiprocessing.Process
    others = [start(target=write, args=[bench, number, until, told]) for number in range(4)]
    others.append(start(target=poll_naive, args=[bench, until + 2, found]))
    for process in others:
        process.start()
    written: dict[str, int] = {}
    kills = changes = ended = 0
    while ended < 4 or time.time() < until + 5:
        poller = start(target=poll_ours, args=[bench, journal, until + 60])
        poller.start()
        stop = time.time() + random.uniform(1, 4)
        while time.time() < stop:
            more = collect(told, written)
            changes, ended = changes + more[0], ended + more[1]
            time.sleep(0.01)
        poller.kill()
        poller.join()
        kills += 1
    naive = found.get()
    _, seen, reordered = replay(journal)
    lost = [mrid for mrid, version in written.items() if seen.get(mrid) != version]
    lost_naively = set(written.items()) - naive
    print(f"{changes:,} committed changes of {len(written):,} DER; poller killed {kills} times")
    print(f"ours: lost {len(lost)}, reordered {reordered}")
    print(f"naive cursor: lost {len(lost_naively):,} DER in their last version")
    assert (len(lost), reordered) == (0, 0)
    assert lost_naively, "the run could not have seen a loss"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    options = parser.parse_args()
    with running(0, 1) as bench, tempfile.NamedTemporaryFile() as journal:
        run(bench, options.seconds, journal.name)


if __name__ == "__main__":
    main()
