"""What is said of a finding, and how days, months and names are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from features.doctor.gaps import Month
from features.doctor.orphans import Orphans

MAX_NAMES = 3
MAX_SPANS = 5
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """One finding in words; `expected` and `advice` are empty where there is nothing to say."""

    found: str
    expected: str = ""
    advice: str = ""


def spans(days: Sequence[date]) -> str:
    """Days as stretches, the first few of them.

    >>> spans([date(2025, 3, 1), date(2025, 3, 2), date(2025, 4, 9)])
    '3 days (2025-03-01 to 2025-03-02, 2025-04-09)'
    """
    starts = [days[0], *(day for before, day in pairwise(days) if day - before > DAY)]
    ends = [*(before for before, day in pairwise(days) if day - before > DAY), days[-1]]
    told = [
        f"{start:%F}" if start == end else f"{start:%F} to {end:%F}"
        for start, end in zip(starts, ends, strict=True)
    ]
    return told[0] if len(days) == 1 else f"{len(days):,} days ({first_of(told, MAX_SPANS)})"


def months_of(months: Sequence[Month]) -> str:
    """Months, the first few of them.

    >>> months_of([(2025, 3), (2025, 4)])
    '2 months (2025-03, 2025-04)'
    """
    told = [f"{year}-{month:02}" for year, month in months]
    return told[0] if len(told) == 1 else f"{len(told):,} months ({first_of(told, MAX_SPANS)})"


def features_of(names: Sequence[str]) -> str:
    return f"{counted(len(names), 'feature')} ({first_of(names, MAX_NAMES)})"


def first_of(told: Sequence[str], most: int) -> str:
    more = len(told) - most
    return ", ".join(told[:most]) + (f", and {more} more" if more > 0 else "")


def counted(number: int, what: str) -> str:
    return f"{number:,} {what}" + ("" if number == 1 else "s")


def of_customers(found: Orphans) -> str:
    return f"{found.orphans:,} of {found.customers:,} customers (such as {found.example})"
