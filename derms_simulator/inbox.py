"""The inbox of one endpoint: every POST is a record, kept in memory and in a journal file."""

import json
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from cim.envelope import Verb
from cim.messages import read
from derms_simulator.picture import Change, Picture

SHOWN = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One POST. ``raw`` and ``reply`` are the XML as text; ``changes`` are the effects it had.

    ``fault`` is the mode of a fault that was told, ``sent`` what went out in place of ``reply``.
    """

    arrived_at: datetime
    verdict: str
    detail: str = ""
    verb: str = ""
    noun: str = ""
    message_id: str = ""
    sequence: int | None = None
    digest: str = ""
    raw: str = ""
    reply: str = ""
    changes: tuple[Change, ...] = ()
    fault: str = ""
    sent: str = ""


@dataclass(slots=True)
class Inbox:
    """Records, first replies and the picture of one endpoint; survives a restart."""

    journal: Path
    picture: Picture = field(default_factory=Picture)
    records: deque[Record] = field(default_factory=lambda: deque(maxlen=SHOWN))
    first: dict[str, Record] = field(default_factory=dict)
    duplicates: int = 0

    def load(self) -> None:
        """Replay the journal; a line cut off by a crash ends it."""
        if not self.journal.exists():
            return
        with self.journal.open(encoding="utf-8") as lines:
            for line in lines:
                if not line.endswith("\n"):
                    break
                self._take(_read(line))

    def add(self, record: Record) -> None:
        """Journal the record first, then believe it."""
        with self.journal.open("a", encoding="utf-8") as lines:
            lines.write(_written(record))
        self._take(record)

    def _take(self, record: Record) -> None:
        self.records.append(record)
        if record.verdict == "duplicate":
            self.duplicates += 1
        elif record.reply and record.digest and record.message_id:
            self.first[record.message_id] = record
        for change in record.changes:
            self.picture.apply(change)

    def reset(self) -> None:
        self.journal.unlink(missing_ok=True)
        self.picture = Picture()
        self.records.clear()
        self.first.clear()
        self.duplicates = 0

    def payload(self, noun: str, mrid: str) -> etree._Element | None:
        """What was last told of an object, as it came; None once it has ended."""
        for record in reversed(self.records):
            for change in record.changes:
                if (change.noun, change.mrid) == (noun, mrid):
                    ended = change.verb is Verb.DELETED
                    return None if ended else read(record.raw.encode()).payload
        return None

    def message(self, message_id: str) -> Record | None:
        """The latest record of a message that still has its text."""
        return next(
            (each for each in reversed(self.records) if each.message_id == message_id), None
        )


def for_json(value: object) -> str:
    """Times and decimals as JSON strings."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} is not for JSON")


def _written(record: Record) -> str:
    return json.dumps(asdict(record), default=for_json, ensure_ascii=False) + "\n"


def _read(line: str) -> Record:
    fields: dict[str, Any] = json.loads(line)
    fields["arrived_at"] = datetime.fromisoformat(fields["arrived_at"])
    # Journals of the first release hold one change or none.
    changes = fields.pop("changes", None) or filter(None, [fields.pop("change", None)])
    fields["changes"] = tuple(Change(**{**each, "verb": Verb(each["verb"])}) for each in changes)
    return Record(**fields)
