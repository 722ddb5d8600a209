"""A feed's rows counted by their day, the day on which they were known, and how late that was.

One pass over the feed makes the counts; all that is said of its clocks is read from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table

from features import windows
from features.feeds import Feed
from features.imports.fields.checks import quoted

HOURS_A_DAY = 24
DAYS = 64  # the bits of one number
PERIODS = ("day", "period")  # what a row speaks of, where it is not its `event_time`
WEEKLY = ("usage", "calls")  # feeds that features read by closed weeks


@dataclass(frozen=True)
class Lateness:
    """Days from `event_time` to `known_at`, in whole hours: the median and two percentiles."""

    median: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Clocks:
    """What the two clocks of a feed's rows say.

    `after_close_share`: of the rows, those known only after their week was closed (its end plus
    the declared lag); null for feeds that are not read by weeks. `bulk_day` is the day on which
    most rows became known and `bulk_share` their share.
    """

    first_event: datetime
    last_event: datetime
    first_known: datetime
    last_known: datetime
    lateness_days: Lateness
    after_close_share: float | None
    bulk_day: date
    bulk_share: float


def tally(rows: Table, feed: Feed, lag_days: int) -> Table:
    """Counts by `day`, `known_day`, `late_hours` and `after_close`, with the clocks' ends.

    `day` is what the row speaks of: its day or period, else the day of its `event_time`.
    `after_close` is null for feeds that are not read by weeks.
    """
    named = [column for column in PERIODS if column in rows.columns]
    day = rows[named[0]] if named else rows.event_time.date()
    late_seconds = rows.known_at.epoch_seconds() - rows.event_time.epoch_seconds()
    is_weekly = feed.name in WEEKLY
    closed = rows.known_at >= windows.closes(windows.week_of(day), lag_days) if is_weekly else None
    counted = rows.group_by(
        day=day,
        known_day=rows.known_at.date(),
        late_hours=(late_seconds // 3600).cast("int64"),
        after_close=ibis.null("boolean") if closed is None else closed,
    )
    return counted.agg(
        rows=rows.count(),
        first_event=rows.event_time.min(),
        last_event=rows.event_time.max(),
        first_known=rows.known_at.min(),
        last_known=rows.known_at.max(),
    )


def clocks(counts: pd.DataFrame) -> Clocks:
    """What the counts of `tally`, not empty, say of the clocks."""
    total = int(counts["rows"].sum())
    after = counts["after_close"].notna().any()
    by_known = counts.groupby("known_day")["rows"].sum()
    most = int(by_known.to_numpy().argmax())
    return Clocks(
        first_event=_moment(counts["first_event"].min()),
        last_event=_moment(counts["last_event"].max()),
        first_known=_moment(counts["first_known"].min()),
        last_known=_moment(counts["last_known"].max()),
        lateness_days=lateness_days(counts),
        after_close_share=_share(counts, counts["after_close"] == True, total) if after else None,  # noqa: E712
        bulk_day=pd.DatetimeIndex(by_known.index)[most].date(),
        bulk_share=float(by_known.max() / total),
    )


def lateness_days(counts: pd.DataFrame) -> Lateness:
    """The percentiles of `late_hours`, each hour weighed by its rows, in days."""
    by_hours = counts.groupby("late_hours")["rows"].sum().sort_index()
    hours, rows = by_hours.index.to_numpy(dtype=float), by_hours.to_numpy(dtype=float)
    reached = np.cumsum(rows) / rows.sum()

    def percentile(share: float) -> float:
        return float(hours[np.searchsorted(reached, share - 1e-12)] / HOURS_A_DAY)

    return Lateness(percentile(0.5), percentile(0.95), percentile(0.99))


def by_day(counts: pd.DataFrame) -> dict[date, int]:
    """Rows by day, oldest first."""
    rows = counts.groupby("day")["rows"].sum().sort_index()
    days = pd.DatetimeIndex(rows.index)
    return {day.date(): int(count) for day, count in zip(days, rows.to_numpy(), strict=True)}


def _share(counts: pd.DataFrame, chosen: pd.Series, total: int) -> float:
    return float(counts.loc[chosen, "rows"].sum() / total)


def _moment(value: pd.Timestamp) -> datetime:
    moment: datetime = value.to_pydatetime()
    return moment


def corrections(connection: Any, rows: Table, feed: Feed, count: int) -> int:
    """Of `count` rows those that correct another one: rows less facts (keys of the feed).

    Usage and calls have too many keys to be held at once; their key ends with the day, so that
    `DAYS` days of one customer (and other party) are the bits of one number.
    """
    if feed.key[-1] == "day":
        facts = _facts_by_day(connection, rows, feed)
    else:
        facts = int(connection.execute(rows.select(*feed.key).distinct().count()))
    return count - facts


def _facts_by_day(connection: Any, rows: Table, feed: Feed) -> int:
    of = ", ".join(quoted(name) for name in feed.key[:-1])
    # No Ibis function counts bits.
    ((facts,),) = connection.con.execute(
        f"SELECT sum(bit_count(days)) FROM ("
        f"SELECT bit_or(1::UBIGINT << (number % {DAYS})::UBIGINT) AS days FROM ("
        f"SELECT {of}, date_diff('day', DATE '0001-01-01', day) AS number "
        f"FROM ({connection.compile(rows)})) GROUP BY {of}, number // {DAYS})"
    ).fetchall()
    return int(facts)
