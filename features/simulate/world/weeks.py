"""The calendar of the simulation: weeks from Monday to Sunday and the months they close."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from math import pi, sin

import numpy as np

# A bill is known by this day of the next month, and its payment is due by the other.
BILL_KNOWN_DAY = 6
BILL_DUE_DAY = 22
# Spring Festival falls between 21 January and 20 February; the weeks around it are full of it.
FESTIVAL_MIDDLE, FESTIVAL_DAYS = 36, 14


@dataclass(frozen=True)
class Week:
    """One week.

    `days_before_first`: its days before a month's first day, None if it has none. `bill_day`,
    `due_day`: the day (0 to 6) by which the last month's bill is known, and is due, None where
    that is in another week. `season`: -1 to 1 over the year. `festival`: 0 to 1. `new_month`:
    its Monday is a month's first one.
    """

    number: int
    monday: date
    days_before_first: int | None
    bill_day: int | None
    due_day: int | None
    season: float
    festival: float
    new_month: bool

    @property
    def bill_month(self) -> date:
        """The first day of the month whose bill becomes known in this week."""
        if self.bill_day is None:
            raise ValueError(f"no bill arrives in the week of {self.monday}")
        known = self.monday + timedelta(days=self.bill_day)
        return (known.replace(day=1) - timedelta(days=1)).replace(day=1)

    @property
    def bill_issue_month(self) -> date:
        """The first day of the month in which that bill is issued."""
        return (self.bill_month + timedelta(days=31)).replace(day=1)


def week_of(first_day: date, number: int) -> Week:
    """The week `number`; week 0 begins on `first_day`.

    >>> week_of(date(2024, 12, 2), 4).days_before_first
    2
    """
    monday = first_day + timedelta(weeks=number)
    days = {(monday + timedelta(days=i)).day: i for i in range(7)}
    year_day = monday.timetuple().tm_yday
    return Week(
        number=number,
        monday=monday,
        days_before_first=days.get(1),
        bill_day=days.get(BILL_KNOWN_DAY),
        due_day=days.get(BILL_DUE_DAY),
        season=sin(2 * pi * year_day / 365.25),
        festival=max(0.0, 1 - abs(year_day + 3 - FESTIVAL_MIDDLE) / FESTIVAL_DAYS),
        new_month=monday.day <= 7,
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
