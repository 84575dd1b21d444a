"""A wrong clock for a Python process that has this folder in PYTHONPATH (F15).

Python imports ``sitecustomize`` before anything else. CLOCK_SHIFT_S says by how many seconds its
clock is ahead.
"""

import datetime
import os
import time

_ahead_s = float(os.environ.get("CLOCK_SHIFT_S", "0"))
_ahead = datetime.timedelta(seconds=_ahead_s)
_time, _time_ns = time.time, time.time_ns
_datetime = datetime.datetime


class _Kind(type):
    """Real moments are instances too."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _datetime)


class _Shifted(datetime.datetime, metaclass=_Kind):
    """What says "now" says it wrongly."""

    @classmethod
    def now(cls, tz=None):
        return _datetime.now(tz) + _ahead

    @classmethod
    def utcnow(cls):
        return _datetime.now(datetime.UTC).replace(tzinfo=None) + _ahead

    @classmethod
    def today(cls):
        return cls.now()


time.time = lambda: _time() + _ahead_s
time.time_ns = lambda: _time_ns() + int(_ahead_s * 1e9)
datetime.datetime = _Shifted
