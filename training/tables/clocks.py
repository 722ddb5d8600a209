"""Times of day and durations, as seconds."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import numpy as np
import pandas as pd

from training.tables.texts import ascii_digits, text_of

CLOCK = "clock"  # the style of a column of them
_CLOCK = re.compile(
    r"(?P<minus>-)?(?:(?P<days>[0-9]+) days?,? )?(?P<hours>[0-9]{1,3}):(?P<minutes>[0-5][0-9])"
    r"(?::(?P<seconds>[0-5][0-9](?:\.[0-9]+)?))?(?: ?(?P<half>[AaPp])[Mm])?"
)


def clock_of(value: Any) -> float | None:
    """Seconds of a time of day or a duration, as text or typed; null where it is neither.

    >>> clock_of("10:30"), clock_of("10:30 PM"), clock_of("1 days 00:00:05"), clock_of("16.9")
    (37800.0, 81000.0, 86405.0, None)
    """
    if isinstance(value, dt.timedelta | np.timedelta64):
        return pd.Timedelta(value).total_seconds()
    found = _CLOCK.fullmatch(ascii_digits(text_of(value)))
    if found is None:
        return None
    parts = (found["days"], found["hours"], found["minutes"], found["seconds"])
    seconds = sum(
        float(part or 0) * size for part, size in zip(parts, (86400, 3600, 60, 1), strict=True)
    )
    if found["half"]:  # 12 AM is midnight, 12 PM noon
        seconds = seconds % 43200 + 43200 * (found["half"] in "pP")
    return -seconds if found["minus"] else seconds
