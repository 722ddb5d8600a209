"""The calendar of the simulation: weeks from Monday to Sunday and the months they close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import pi, sin

import numpy as np

# The last day on which a bill that is on time is known: issued by the 3rd, known 3 days later.
BILL_KNOWN_DAY = 6


@dataclass(frozen=True)
class Week:
    """One week. `days_before_first`: its days before a month's first day, None if it has none;
    `bill_arrives`: its end finds the last month's bill known; `season`: -1 to 1 over the year."""

    number: int
    monday: date
    days_before_first: int | None
    bill_arrives: bool
    season: float

    @property
    def closed_month(self) -> date:
        """The first day of the month that ends in this week."""
        if self.days_before_first is None:
            raise ValueError(f"no month ends in the week of {self.monday}")
        return (self.next_month - timedelta(days=1)).replace(day=1)

    @property
    def next_month(self) -> date:
        """The first day of the month that begins in this week."""
        if self.days_before_first is None:
            raise ValueError(f"no month begins in the week of {self.monday}")
        return self.monday + timedelta(days=self.days_before_first)


def week_of(first_day: date, number: int) -> Week:
    """The week `number`; week 0 begins on `first_day`.

    >>> week_of(date(2024, 12, 2), 4).days_before_first
    2
    """
    monday = first_day + timedelta(weeks=number)
    days = [monday + timedelta(days=i) for i in range(7)]
    return Week(
        number=number,
        monday=monday,
        days_before_first=next((i for i, day in enumerate(days) if day.day == 1), None),
        bill_arrives=any(day.day == BILL_KNOWN_DAY for day in days),
        season=sin(2 * pi * monday.timetuple().tm_yday / 365.25),
    )


def weeks_of(months: int) -> int:
    """Whole weeks nearest to that many mean months.

    >>> weeks_of(15)
    65
    """
    return round(months * 30.4375 / 7)


def microseconds(day: date) -> np.datetime64:
    """The day's midnight in the lake's resolution."""
    return np.datetime64(day, "us")
