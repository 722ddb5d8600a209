"""The only place that joins on time.

A fact becomes a *version* with a lifetime: known from `known_at` on, until a later version of
the same key supersedes it. What was known at `as_of` is then one filter:

    event_time < as_of,  known_at < as_of <= superseded_at

    March bill, first 80.00, corrected to 60.00

        issued       known           corrected
          |            |                 |
    ------+------------[=== 80.00 ======)[=== 60.00 ===...
          ^ as_of here: no bill   ^ here: 80.00    ^ here: 60.00

What comes out is a *stream*: the known facts with their `age` in weeks, 1 being the latest,
so that a window of k weeks is `age <= k`. Aggregates see streams and nothing else; they never
see a clock. For facts the window of w is `[as_of - w, as_of)`; for usage it is the k latest
closed weeks.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import ibis
from ibis.expr.types import IntegerValue, Table

SECONDS_A_DAY = 86_400
SECONDS_A_WEEK = 7 * SECONDS_A_DAY

# A Monday; weeks are counted from it, so that a week is one integer in every engine.
FIRST_MONDAY = datetime(1970, 1, 5)


def versions(facts: Table, key: tuple[str, ...]) -> Table:
    """The facts with `superseded_at`: when a later version of the same key was known, or null."""
    later = ibis.window(group_by=list(key), order_by="known_at")
    return facts.mutate(superseded_at=facts.known_at.lead().over(later))


def known(facts: Table, as_of: datetime) -> Table:
    """The versions known at `as_of`, of facts that had happened by then.

    `facts` comes from `versions`. Adds `age` (weeks, 1 = the last seven days), `days` (whole
    days since it happened) and `at` (an integer that orders the facts in time).
    """
    seen = facts.filter(
        facts.event_time < as_of,
        facts.known_at < as_of,
        facts.superseded_at.isnull() | (facts.superseded_at >= as_of),
    )
    seconds = epoch_seconds(as_of) - seen.event_time.epoch_seconds()
    return seen.mutate(
        age=((seconds + SECONDS_A_WEEK - 1) // SECONDS_A_WEEK).cast("int64"),
        days=(seconds // SECONDS_A_DAY).cast("int64"),
        at=seen.event_time.epoch_seconds() * 1_000_000 + seen.event_time.microsecond(),
    )


def known_weeks(cells: Table, late: Table, as_of: datetime, weeks: int, lag_days: int) -> Table:
    """The `weeks` latest closed weeks at `as_of`, each as it was known then.

    `cells` holds one row a customer and week, as known when the week closed (its end plus
    `lag_days`); `late` one row a customer, week and `known_day` on which something about the
    closed week was learned. Of a week the latest late cell with `known_day` before `as_of`
    counts, else the on-time one. Adds `age` (1 = the latest closed week).
    """
    last = last_closed_week(as_of, lag_days)
    first = last - weeks + 1
    on_time = cells.filter(cells.week.between(first, last))
    learned = late.filter(late.week.between(first, last), late.known_day < as_of.date())
    newest = ibis.row_number().over(
        group_by=["customer_id", "week"], order_by=ibis.desc("known_day")
    )
    learned = learned.mutate(newest=newest)
    learned = learned.filter(learned.newest == 0).drop("newest", "known_day")
    kept = on_time.anti_join(learned, ["customer_id", "week"])
    chosen = ibis.union(kept, learned.select(*kept.columns))
    return chosen.mutate(age=(last + 1 - chosen.week).cast("int64"))


def week_of(day: ibis.Value) -> IntegerValue:
    """The number of a local day's week, Monday to Sunday, counted from `FIRST_MONDAY`."""
    days = day.cast("timestamp").epoch_seconds() // SECONDS_A_DAY
    return ((days - epoch_seconds(FIRST_MONDAY) // SECONDS_A_DAY) // 7).cast("int64")


def week_end(week: int) -> datetime:
    """The instant at which the week is over (its first excluded instant)."""
    return FIRST_MONDAY + timedelta(weeks=week + 1)


def last_closed_week(as_of: datetime, lag_days: int) -> int:
    """The number of the latest week whose end plus `lag_days` is not after `as_of`.

    >>> week_end(last_closed_week(datetime(2026, 3, 2), lag_days=2))
    datetime.datetime(2026, 2, 23, 0, 0)
    >>> week_end(last_closed_week(datetime(2026, 3, 4), lag_days=2))
    datetime.datetime(2026, 3, 2, 0, 0)
    """
    return (as_of - timedelta(days=lag_days) - FIRST_MONDAY) // timedelta(weeks=1) - 1


def epoch_seconds(moment: datetime) -> int:
    """Seconds from 1970-01-01 00:00 on the same (local, offset-free) clock.

    >>> epoch_seconds(datetime(1970, 1, 2))
    86400
    """
    return (moment - datetime(1970, 1, 1)) // timedelta(seconds=1)
