"""How days, months, names and numbers are said in the doctor's words, and the text of a finding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from features.doctor.gaps import Month
from features.doctor.orphans import Orphans
from features.words import say

MAX_NAMES = 3
MAX_SPANS = 5
DAY = timedelta(days=1)


@dataclass(frozen=True)
class FindingText:
    """One finding in words; `expected` and `advice` are empty where there is nothing to say."""

    found: str
    expected: str = ""
    advice: str = ""


def spans(days: Sequence[date], language: str) -> str:
    """Days as stretches, the first few of them.

    >>> spans([date(2025, 3, 1), date(2025, 3, 2), date(2025, 4, 9)], "en")
    '3 days (2025-03-01 to 2025-03-02, 2025-04-09)'
    """
    starts = [days[0], *(day for before, day in pairwise(days) if day - before > DAY)]
    ends = [*(before for before, day in pairwise(days) if day - before > DAY), days[-1]]
    stretches = [
        f"{start:%F}"
        if start == end
        else say("doctor", "span", language, first=f"{start:%F}", last=f"{end:%F}")
        for start, end in zip(starts, ends, strict=True)
    ]
    return stretches[0] if len(days) == 1 else _listed(len(days), "day", stretches, language)


def months_of(months: Sequence[Month], language: str) -> str:
    """Months, the first few of them.

    >>> months_of([(2025, 3), (2025, 4)], "en")
    '2 months (2025-03, 2025-04)'
    """
    names = [f"{year}-{month:02}" for year, month in months]
    return names[0] if len(names) == 1 else _listed(len(names), "month", names, language)


def features_of(names: Sequence[str], language: str) -> str:
    found = counted(len(names), "feature", language)
    return say("doctor", "listed", language, what=found, names=first_of(names, MAX_NAMES, language))


def first_of(names: Sequence[str], most: int, language: str) -> str:
    more = len(names) - most
    first = joined(names[:most], "between", language)
    return say("doctor", "more", language, names=first, count=more) if more > 0 else first


def joined(parts: Sequence[str], by: str, language: str) -> str:
    """The parts with the word `by` between them: between, semicolon, and, or."""
    return say("doctor", by, language).join(parts)


def counted(number: int, what: str, language: str) -> str:
    """A number of days, months or features.

    >>> counted(1, "day", "en"), counted(2, "month", "en"), counted(2, "month", "zh")
    ('1 day', '2 months', '2个月')
    """
    return say("doctor", f"{what}_1" if number == 1 else what, language, count=number)


def of_customers(found: Orphans, language: str) -> str:
    return say(
        "doctor", "of_customers", language,
        orphans=found.orphans, customers=found.customers, example=found.example,
    )  # fmt: skip


def _listed(number: int, what: str, names: Sequence[str], language: str) -> str:
    return say(
        "doctor", "listed", language,
        what=counted(number, what, language), names=first_of(names, MAX_SPANS, language),
    )  # fmt: skip
