"""Days and months for which a feed has no rows, or far fewer than it usually has.

A day is compared with the same weekday of the weeks around it, since weekends differ from
working days and an operator grows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from statistics import median

WEEKS_AROUND = 4  # before a day, and after it
MIN_WEEKS = 3  # of those around, for a comparison
MIN_BEFORE = 2  # of them before the day: an operator's first weeks are below all that follow
MIN_ROWS = 100  # below this a day is thin by chance
THIN_SHARE = 0.5  # of what is usual
MIN_A_MONTH = 10.0  # an empty month is not chance where so many are usual

Month = tuple[int, int]


def missing_days(rows: Mapping[date, int]) -> list[date]:
    """The days without any row between the first and the last.

    >>> missing_days({date(2025, 3, 1): 9, date(2025, 3, 3): 9})
    [datetime.date(2025, 3, 2)]
    """
    if not rows:
        return []
    first, last = min(rows), max(rows)
    span = (first + timedelta(days=number) for number in range((last - first).days))
    return [day for day in span if day not in rows]


def thin_days(rows: Mapping[date, int], until: date) -> list[date]:
    """The days before `until` with some rows, but fewer than `THIN_SHARE` of what is usual.

    Usual is the median of the same weekday in the `WEEKS_AROUND` weeks before and after.
    """
    # By number, since the weeks around the first of all dates are none.
    counts = {day.toordinal(): count for day, count in rows.items()}
    return [day for day in sorted(rows) if day < until and _is_thin(counts, day.toordinal())]


def _is_thin(counts: Mapping[int, int], day: int) -> bool:
    days = [day + 7 * week for week in range(-WEEKS_AROUND, WEEKS_AROUND + 1) if week]
    around = [counts[other] for other in days if other in counts]
    before = sum(other in counts for other in days if other < day)
    if len(around) < MIN_WEEKS or before < MIN_BEFORE:
        return False
    usual = median(around)
    return usual >= MIN_ROWS and counts[day] < THIN_SHARE * usual


def last_days_missing(rows: Mapping[date, int], until: date, count: int = 7) -> list[date]:
    """Of the `count` days before `until` those without any row, oldest first."""
    days = [until - timedelta(days=back) for back in range(count, 0, -1)]
    return [day for day in days if day not in rows]


def missing_months(rows: Mapping[date, int], until: date, since: date | None = None) -> list[Month]:
    """The whole months without any row between `since`, or the first row, and `until`.

    Nothing is missing from a feed that usually has fewer than `MIN_A_MONTH` rows a month.

    >>> missing_months({date(2025, 1, 9): 17, date(2025, 3, 9): 18, date(2025, 4, 1): 19}, date(2025, 5, 2))
    [(2025, 2)]
    """  # noqa: E501
    counts: dict[Month, int] = {}
    for day, count in rows.items():
        counts[_month(day)] = counts.get(_month(day), 0) + count
    if not counts or median(counts.values()) < MIN_A_MONTH:
        return []
    first = min(counts)
    if since is not None:
        # The next month, but for a first day: where only a part is covered, few rows mean nothing.
        first = min(first, _month(since if since.day == 1 else since + timedelta(32 - since.day)))
    return [month for month in months(first, _month(until)) if month not in counts]


def months(first: Month, until: Month) -> Sequence[Month]:
    """The months from `first` to the one before `until`."""
    numbers = range(_number(first), _number(until))
    return [(number // 12, number % 12 + 1) for number in numbers]


def _month(day: date) -> Month:
    return (day.year, day.month)


def _number(month: Month) -> int:
    return month[0] * 12 + month[1] - 1
