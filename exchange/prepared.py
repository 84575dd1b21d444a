"""Prepared statements for the two questions of every poll: planning them costs as much as asking.

A statement is prepared once on each database connection, and lives as long as it. Behind a
connection pooler use session pooling.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Statement:
    """A query with $1, $2 … and the name under which the server keeps its plan."""

    name: str
    sql: str

    def fetch_one(self, parameters: Sequence[Any]) -> Any:
        """The first row, or None; one round trip once it is prepared."""
        places = ", ".join(["%s"] * len(parameters))
        with connection.cursor() as cursor:
            prepared = _known.setdefault(connection.connection, set())
            if self.name not in prepared:
                cursor.execute(f"PREPARE {self.name} AS {self.sql}")
                prepared.add(self.name)
            cursor.execute(f"EXECUTE {self.name} ({places})", parameters)
            return cursor.fetchone()
