"""What the desk draws: reasons as bars, and times that tick down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from serving.http.contract.schemas import Reason
from serving.scoring.reasons import without_meaning

HALF = 50.0  # a bar begins in the middle of a hundred and may reach either end


@dataclass(frozen=True)
class Bar:
    """One reason: its text, where its bar points and begins, and how long it is, of a hundred."""

    text: str
    direction: str
    start: float
    length: float


def bars(reasons: Sequence[Reason], language: str) -> list[Bar]:
    """The reasons for leaving first, then those for staying, each by its strength.

    The longest bar fills its half: towards leaving the right one.
    """
    longest = max((abs(one.effect) for one in reasons), default=0.0) or 1.0
    ordered = sorted(reasons, key=lambda one: (one.effect < 0, -abs(one.effect)))
    found = []
    for one in ordered:
        length = round(HALF * abs(one.effect) / longest, 1)
        text = without_meaning(one.text, one.direction, language)
        start = HALF if one.effect >= 0 else round(HALF - length, 1)
        found.append(Bar(text, one.direction, start, length))
    return found


def seconds_until(moment: str | None, now: datetime) -> int:
    """Whole seconds from now to a local time of an answer; below 0 it is over, 0 without one.

    >>> seconds_until("2026-03-02T10:01:00", datetime(2026, 3, 2, 10))
    60
    """
    if moment is None:
        return 0
    return int((datetime.fromisoformat(moment) - now).total_seconds())


def late_complaints(broken: int, promises: Sequence[Mapping[str, Any]]) -> int:
    """How many complaints are past the time promised for their answer.

    `broken` counts them together with the overdue promises of desks.

    >>> late_complaints(2, [{"seconds": -60}, {"seconds": 60}])
    1
    """
    overdue = sum(bool(own["seconds"] < 0) for own in promises)
    return max(0, broken - overdue)
