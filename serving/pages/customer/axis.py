"""The axis that all lanes of a customer's time line share: months of equal width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MONTH = 100.0  # of a lane's width


@dataclass(frozen=True)
class Axis:
    """So many months, the first of them `first` (counted from year 0), the last with the night.

    What happened after these months, such as a visit today, stands in one more column, `until` its
    end; it is null where nothing did.
    """

    first: int
    months: int
    until: datetime | None

    @property
    def width(self) -> float:
        return MONTH * (self.months + (self.until is not None))

    @property
    def labels(self) -> list[tuple[int, int]]:
        """Year and month of each column."""
        return [
            ((self.first + one) // 12, (self.first + one) % 12 + 1) for one in range(self.months)
        ]

    @property
    def begin(self) -> datetime:
        return datetime(self.first // 12, self.first % 12 + 1, 1)

    def place(self, moment: datetime) -> float:
        """Where the moment is, from 0 to `width`; before the axis below 0.

        >>> Axis(2026 * 12, 3, None).place(datetime(2026, 2, 15))
        150.0
        """
        month = _month(moment) - self.first
        if month < self.months:
            days = (_begin(_month(moment) + 1) - _begin(_month(moment))).days
            passed = (moment - _begin(_month(moment))).total_seconds() / 86_400
            return round(MONTH * (month + passed / days), 1)
        end = _begin(self.first + self.months)
        if self.until is None or self.until <= end:
            return self.width
        share = (moment - end) / (self.until - end)
        return round(MONTH * (self.months + min(0.94, max(0.06, share))), 1)


def axis_of(night: datetime, months: int, moments: Sequence[datetime], now: datetime) -> Axis:
    """The axis of so many months up to the night's; `moments` are those after it."""
    first = _month(night) - months + 1
    is_later = any(moment >= _begin(first + months) for moment in moments)
    return Axis(first, months, max(now, *moments) if is_later else None)


def _month(moment: datetime) -> int:
    return 12 * moment.year + moment.month - 1


def _begin(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1)
