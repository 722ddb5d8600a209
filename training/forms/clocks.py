"""Times of day and durations, as seconds."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd

from training.forms.texts import ascii_digits, text_of

CLOCK = "clock"  # the style of a column of them
_CLOCK = re.compile(
    r"(?P<minus>-)?(?:(?P<days>[0-9]+) days?,? )?(?P<hours>[0-9]{1,3}):(?P<minutes>[0-5][0-9])"
    r"(?::(?P<seconds>[0-5][0-9](?:\.[0-9]+)?))?(?: ?(?P<half>[AaPp])[Mm])?"
)
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_NUMBER = r"[0-9]+(?:\.[0-9]+)?) ?"
_PARTS = re.compile(
    r"(?P<minus>-)?P?"
    rf"(?:(?P<days>{_NUMBER}(?:d|days?|天|日))?,? ?T?"
    rf"(?:(?P<hours>{_NUMBER}(?:h|hrs?|hours?|小时|小\u6642|时|\u6642|시간))?,? ?"
    rf"(?:(?P<minutes>{_NUMBER}(?:m|mins?|minutes?|分|分钟|分\u9418|분))?,? ?"
    rf"(?:(?P<seconds>{_NUMBER}(?:s|secs?|seconds?|秒|秒钟|초))?",
    re.IGNORECASE,
)


def clock_of(value: Any) -> float | None:
    """Seconds of a time of day or a duration, as text or typed; null where it is neither.

    >>> clock_of("10:30"), clock_of("10:30 PM"), clock_of("1 days 00:00:05"), clock_of("16.9")
    (37800.0, 81000.0, 86405.0, None)
    >>> clock_of("2分37秒"), clock_of("1h 2m"), clock_of("PT2H37M"), clock_of("37秒")
    (157.0, 3720.0, 9420.0, 37.0)
    """
    if isinstance(value, dt.timedelta | np.timedelta64):
        return pd.Timedelta(value).total_seconds()
    text = ascii_digits(text_of(value))
    found = _CLOCK.fullmatch(text)
    if found is None:
        return _in_units(text)
    seconds = sum(float(found[part] or 0) * size for part, size in _SECONDS.items())
    if found["half"]:  # 12 AM is midnight, 12 PM noon
        seconds = seconds % 43200 + 43200 * (found["half"] in "pP")
    return -seconds if found["minus"] else seconds


def _in_units(text: str) -> float | None:
    """Seconds of a duration whose parts name their units, as 2分37秒 or 1h 2m."""
    found = _PARTS.fullmatch(text)
    if found is None or not any(found[part] for part in _SECONDS):
        return None
    seconds = sum(float(found[part] or 0) * size for part, size in _SECONDS.items())
    return -seconds if found["minus"] else seconds
