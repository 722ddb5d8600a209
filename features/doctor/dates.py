"""Dates that cannot be true, and days that stand out as what systems write for want of a date.

The import quarantines the first kind; a lake that was filled before it did, or by hand, has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ibis.expr.types import Table

from features.feeds import CLOCKS, Column, Feed
from features.imports.fields.checks import bounds, literal, quoted

# Zeros of clocks and usual defaults that may be true of a few rows, but not of many.
DEFAULT_DAYS = ("1960-01-01", "1980-01-01", "1980-01-06", "1990-01-01", "2000-01-01")
DEFAULT_YEARS = (1910, 1911, 1950, 1960, 1970, 1980, 1990, 2000)
MIN_ROWS = 5
MIN_SHARE = 0.005
TIMES_THE_NEXT = 4  # a default year has so many times the customers of the years beside it
BEGINNINGS = ("customers", "contracts")  # feeds whose rows may be older than the operator's systems


@dataclass(frozen=True)
class Untrue:
    """Rows of which a column cannot be true: `words` say why, `first` is the least such value."""

    words: str
    rows: int
    first: str


@dataclass(frozen=True)
class Default:
    """Rows of which a column is a usual default; `share` is that of the rows that have a value."""

    column: str
    value: str
    rows: int
    share: float


def untrue(connection: Any, rows: Table, feed: Feed, as_of: datetime) -> tuple[Untrue, ...]:
    """What the contract would not let in today of dates, clocks and years."""
    tests = [
        (column.name, *case)
        for column in _dated(feed)
        if column.name in rows.columns
        for case in bounds(column, f"TIMESTAMP {literal(str(as_of))}")
    ]
    counted = ", ".join(
        f"count(*) FILTER ({test}), CAST(min({quoted(name)}) FILTER ({test}) AS VARCHAR)"
        for name, test, _ in tests
    )
    ((*found,),) = connection.con.execute(
        f"SELECT {counted} FROM ({connection.compile(rows)})"
    ).fetchall()
    pairs = zip(found[::2], found[1::2], strict=True)
    return tuple(
        Untrue(words, count, first)
        for (_, _, words), (count, first) in zip(tests, pairs, strict=True)
        if count
    )


def defaults(connection: Any, rows: Table, feed: Feed) -> tuple[Default, ...]:
    """Usual defaults that stand out among the days of beginnings and the years of birth."""
    found: list[Default] = []
    if feed.name in BEGINNINGS:
        days = _counts(connection, rows, "CAST(event_time AS DATE)")
        found += _standing_out("event_time", days, {day: 0 for day in DEFAULT_DAYS})
    for column in feed.columns:
        if column.is_year and column.name in rows.columns:
            years = _counts(connection, rows, quoted(column.name))
            beside = {
                str(year): max(years.get(str(year + way), 0) for way in (-1, 1))
                for year in DEFAULT_YEARS
            }
            found += _standing_out(column.name, years, beside)
    return tuple(found)


def _standing_out(column: str, counts: dict[str, int], beside: dict[str, int]) -> list[Default]:
    total = max(sum(counts.values()), 1)
    return [
        Default(column, value, counts[value], counts[value] / total)
        for value, others in beside.items()
        if counts.get(value, 0) >= max(MIN_ROWS, MIN_SHARE * total, TIMES_THE_NEXT * others)
    ]


def _counts(connection: Any, rows: Table, value: str) -> dict[str, int]:
    found = connection.con.execute(
        f"SELECT CAST({value} AS VARCHAR), count(*) FROM ({connection.compile(rows)}) "
        f"WHERE {value} IS NOT NULL GROUP BY ALL"
    ).fetchall()
    return dict(found)


def _dated(feed: Feed) -> list[Column]:
    clocks = [Column(clock, "timestamp") for clock in CLOCKS]
    return [one for one in feed.columns if one.type == "date" or one.is_year] + clocks
