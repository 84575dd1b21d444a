"""Messages to start from: one file each in ``messages/``, named like the page shows it.

``{{message_id}}``, ``{{correlation_id}}``, ``{{timestamp}}`` and ``{{new}}`` get fresh values,
``{{later}}`` is a day in two months, ``{{mrid}}`` is the object that the message is about.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from uuid import uuid4

from cim.elements import write_time

_FOLDER = Path(__file__).parent / "messages"
_LATER = timedelta(days=60)
_PLACE = re.compile(r"\{\{(\w+)\}\}")
TEMPLATES = {path.stem.replace("_", " "): path for path in sorted(_FOLDER.glob("*.xml"))}
FIRST = "get EndDeviceConfig"


def filled(name: str, mrid: str = "") -> str:
    """The message with its places filled. Raises KeyError for a template that does not exist."""
    values: dict[str, Callable[[], str]] = {
        "message_id": lambda: str(uuid4()),
        "correlation_id": lambda: str(uuid4()),
        "new": lambda: str(uuid4()),
        "timestamp": lambda: write_time(datetime.now(UTC)),
        "later": lambda: (datetime.now(UTC) + _LATER).date().isoformat(),
        "mrid": lambda: escape(mrid) or str(uuid4()),
    }
    text = TEMPLATES[name].read_text(encoding="utf-8")
    return _PLACE.sub(lambda place: values[place[1]](), text)
