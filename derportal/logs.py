"""One log record, one line of JSON.

What a record carries can never start a line of its own (log injection).
"""

import json
import logging
from datetime import UTC, datetime


class JsonLineFormatter(logging.Formatter):
    """Time, level, logger and message; with an exception, its traceback inside the same line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True)
