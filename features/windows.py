"""The only place that joins on time.

A fact becomes a *version* with a lifetime: known from `known_at` on, until a later version of
the same key supersedes it. What was known at `as_of` is then one filter:

    event_time < as_of,  known_at < as_of <= superseded_at

    March bill, first 80.00, corrected to 60.00

        issued       known           corrected
          |            |                 |
    ------+------------[=== 80.00 ======)[=== 60.00 ===...
          ^ as_of here: no bill   ^ here: 80.00    ^ here: 60.00

That rule and every other rule of time stands here and nowhere else: when a week is closed, what
was known then, what was learned later, how long a month is.

What comes out is a *stream*: the known facts with their `age` in weeks, 1 being the latest,
so that a window of k weeks is `age <= k`. Aggregates see streams and nothing else; they never
see a clock. For facts the window of w is `[as_of - w, as_of)`; for usage it is the k latest
closed weeks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import (
    BooleanColumn,
    IntegerColumn,
    IntegerValue,
    Table,
    TimestampColumn,
    TimestampValue,
)

SECONDS_A_DAY = 86_400
SECONDS_A_WEEK = 7 * SECONDS_A_DAY
MICROSECONDS_A_DAY = 1_000_000 * SECONDS_A_DAY
MICROSECONDS_A_WEEK = 7 * MICROSECONDS_A_DAY

YEAR_DAYS = 365.25
MONTH_DAYS = YEAR_DAYS / 12  # the mean calendar month: what is billed, or has a margin, a month
# Rates of churn a month are over 30 days, as the labels' horizon is, so that both can be compared.
RATE_MONTH_DAYS = 30

# Of the tables that list what a moment looks back on.
AS_OF = pa.field("as_of", pa.timestamp("us"))
TYPES = {"as_of": "timestamp", "day": "date", "week": "int64", "age": "int64"}

# A Monday; weeks are counted from it, so that a week is one integer in every engine.
FIRST_MONDAY = datetime(1970, 1, 5)


def versions(facts: Table, key: tuple[str, ...]) -> Table:
    """The facts with `superseded_at`: when a later version of the same key was known, or null.

    Facts that have it already (see `tables.VERSIONS`) are left as they are.
    """
    if is_versioned(facts):
        return facts
    later = ibis.window(group_by=list(key), order_by="known_at")
    return facts.mutate(superseded_at=facts.known_at.lead().over(later))


def never_superseded(facts: Table) -> Table:
    """The facts as versions of which none is superseded."""
    return facts.mutate(superseded_at=ibis.null(facts.schema()["known_at"]))


def is_versioned(facts: Table) -> bool:
    """Whether the facts are versions: they have lifetimes."""
    return "superseded_at" in facts.columns


def alive(facts: Table, moment: TimestampValue) -> tuple[BooleanColumn, BooleanColumn]:
    """The rule of lifetimes, as filters: the versions that were known at `moment`."""
    return (
        facts.known_at < moment,
        facts.superseded_at.isnull() | (facts.superseded_at >= moment),
    )


def moments(as_of: Sequence[datetime]) -> Table:
    """The requested moments, as a table of one column, `as_of`."""
    return _in_memory(_moments(as_of))


def _moments(as_of: Sequence[datetime]) -> pa.Table:
    return pa.table({"as_of": _in_order(as_of)}, pa.schema([AS_OF]))


def _in_order(as_of: Sequence[datetime]) -> list[datetime]:
    return sorted(set(as_of))


def _in_memory(rows: pa.Table) -> Table:
    return ibis.memtable(
        rows, schema=ibis.schema({own.name: TYPES[own.name] for own in rows.schema})
    )


def known(facts: Table, as_of: Sequence[datetime], weeks: int | None = None) -> Table:
    """For each moment the versions known at it, of facts that had happened by then.

    `facts` comes from `versions`; with `weeks`, only those of so many weeks before. Adds
    `as_of`, `age` (weeks, 1 = the last seven days), `days` (whole days since it happened) and
    `at` (an integer that orders the facts in time).
    """
    # The moments bound the scan; the join decides.
    facts = facts.filter(facts.event_time < max(as_of))
    if weeks is None:
        return _known(facts.cross_join(moments(as_of)))
    facts = facts.filter(facts.event_time >= min(as_of) - timedelta(weeks=weeks))
    seen = _known(facts.cross_join(moments(as_of)))
    return seen.filter(seen.age <= weeks)


def is_known_once(facts: Table, moment: datetime) -> BooleanColumn:
    """Whether `known` has the version at this one moment, as a filter that is planned in no time.

    `facts` comes from `versions`.
    """
    own = ibis.literal(moment, "timestamp(6)")
    known, lives = alive(facts, own)
    found: BooleanColumn = (facts.event_time < own) & known & lives
    return found


def _known(pairs: Table) -> Table:
    """Of pairs of version and moment those in which the version was known at the moment."""
    seen = pairs.filter(pairs.event_time < pairs.as_of, *alive(pairs, pairs.as_of))
    gone = _microseconds(seen.event_time, seen.as_of)
    return seen.mutate(
        age=((gone + MICROSECONDS_A_WEEK - 1) // MICROSECONDS_A_WEEK).cast("int64"),
        days=(gone // MICROSECONDS_A_DAY).cast("int64"),
        at=_microseconds(ibis.literal(FIRST_MONDAY), seen.event_time),
    )


def in_hindsight(
    facts: Table, key: tuple[str, ...], moment: datetime, happened: str = "event_time"
) -> Table:
    """The facts as known at `moment`, as versions that were known from when they happened on.

    At each `as_of` before `moment` they are what is known by now of what had happened by then.
    `happened` is the column that says when, such as the day of use.
    """
    seen = versions(facts, key)
    seen = seen.filter(*alive(seen, ibis.literal(moment, "timestamp(6)")))
    at = seen[happened].cast("timestamp(6)")
    return never_superseded(seen.mutate(event_time=at, known_at=at))


def in_periods(facts: Table, edges: Sequence[datetime]) -> Table:
    """The facts that happened in the half-open periods between the edges, which ascend.

    `as_of` is the end of the fact's period.
    """
    facts = facts.filter(facts.event_time >= edges[0], facts.event_time < edges[-1])
    ends = ((facts.event_time < end, ibis.literal(end, "timestamp(6)")) for end in edges[1:])
    return facts.mutate(as_of=ibis.cases(*ends))


def known_later(
    facts: Table, key: tuple[str, ...], as_of: Sequence[datetime], wait: timedelta
) -> Table:
    """For each moment the versions known `wait` after it, for labels; `as_of` is the moment.

    `happened_after`: the fact is of the moment or later. `learned_after`: no version of it was
    known at the moment, so that a fact known before and corrected since is not a new one. `age`,
    `days` and `at` are missing: they would count from another moment.
    """
    first_known_at = facts.known_at.min().over(group_by=list(key))
    facts = versions(facts.mutate(first_known_at=first_known_at), key)
    seen = known(facts, [moment + wait for moment in as_of])
    seen = without(seen, "age", "days", "at")
    seen = seen.mutate(as_of=seen.as_of - ibis.interval(wait))
    return seen.mutate(
        happened_after=seen.event_time >= seen.as_of,
        learned_after=seen.first_known_at >= seen.as_of,
    ).drop("first_known_at")


def known_days(days: Table, as_of: Sequence[datetime], weeks: int) -> Table:
    """For each moment the days of the last `weeks` times seven days, as they were known then.

    `days` are versions (see `versions`) with the local `day` that they are about, which ends at
    their `event_time` or holds it; a day that is not over at the moment does not count. Adds what
    `known` adds.
    """
    # As `known`, with the days listed: an equal day finds far fewer pairs to look at.
    seen = _known(days.inner_join(_in_memory(_days(as_of, weeks)), "day"))
    return seen.filter(seen.age <= weeks)


def _days(as_of: Sequence[datetime], weeks: int) -> pa.Table:
    """The days that each moment looks back on: as_of, day."""
    rows = [
        (moment, (moment - timedelta(days=back)).date())
        for moment in _in_order(as_of)
        for back in range(1, 7 * weeks + 2)
    ]
    return pa.table(list(zip(*rows, strict=True)), pa.schema([AS_OF, ("day", pa.date32())]))


def on_time(versions: Table, lag_days: int) -> Table:
    """The versions known when their `week` closed."""
    return versions.filter(*alive(versions, closes(versions.week, lag_days)))


def changed_later(versions: Table, of: Sequence[str], lag_days: int) -> Table:
    """The versions of weeks that changed after they had closed, once for each day of change.

    For each customer (or whatever else `of` names), `week` and `known_day` on which something
    about the closed week was learned: the versions known at the end of that day.
    """
    late = versions.filter(versions.known_at >= closes(versions.week, lag_days))
    changes = late.select(*of, "week", known_day=late.known_at.date()).distinct()
    rows = versions.join(changes, [*of, "week"])
    day_is_over = rows.known_day.cast("timestamp") + ibis.interval(days=1)
    return rows.filter(*alive(rows, day_is_over))


def closed_weeks(cells: Table, as_of: Sequence[datetime], weeks: int, lag_days: int) -> Table:
    """For each moment the cells of the `weeks` latest weeks closed by then.

    `cells` hold what was known of a `week` when it closed (its end plus `lag_days`). Adds
    `as_of` and `age` (1 = the latest closed week).
    """
    return cells.inner_join(_in_memory(_closed_weeks(as_of, weeks, lag_days)), "week")


def known_weeks(
    cells: Table,
    late: Table,
    as_of: Sequence[datetime],
    weeks: int,
    lag_days: int,
    of: Sequence[str] = ("customer_id",),
) -> Table:
    """For each moment the `weeks` latest weeks closed by then, each as it was known then.

    `cells` holds one row a customer (or whatever else `of` names) and week, as known when the
    week closed (its end plus `lag_days`); `late` one row a customer, week and `known_day` on
    which something about the closed week was learned. Of a week the latest late cell with
    `known_day` before `as_of` counts, else the on-time one. Adds `as_of` and `age` (1 = the
    latest closed week).
    """
    on_time = closed_weeks(cells, as_of, weeks, lag_days)
    learned = closed_weeks(late, as_of, weeks, lag_days)
    learned = learned.filter(learned.known_day < learned.as_of.date())
    newest = ibis.row_number().over(
        group_by=[*of, "week", "as_of"], order_by=ibis.desc("known_day")
    )
    learned = learned.mutate(newest=newest)
    learned = without(learned.filter(learned.newest == 0), "newest", "known_day")
    kept = on_time.anti_join(learned, [*of, "week", "as_of"])
    return ibis.union(kept, learned.select(*kept.columns))


def known_weeks_of(
    cells: Iterable[Mapping[str, Any]],
    late: Iterable[Mapping[str, Any]],
    as_of: datetime,
    weeks: int,
    lag_days: int,
) -> list[dict[str, Any]]:
    """The rows of `known_weeks` at one moment, of one customer's rows, in time.

    Without `as_of` and `age`. For a page that shows a customer: the query would be planned longer
    than it reads.
    """
    last = last_closed_week(as_of, lag_days)
    closed = range(last + 1 - weeks, last + 1)
    found = {row["week"]: dict(row) for row in cells if row["week"] in closed}
    for row in sorted(late, key=lambda own: own["known_day"]):
        if row["week"] in closed and row["known_day"] < as_of.date():
            found[row["week"]] = {name: own for name, own in row.items() if name != "known_day"}
    return [found[week] for week in sorted(found)]


def without(table: Table, *columns: str) -> Table:
    """The table without the columns, by the same SQL in every process.

    Ibis writes the columns of one `drop` in the order of a set, and what is compiled is kept.
    """
    return table.select([name for name in table.columns if name not in columns])


def _microseconds(since: TimestampValue, moment: TimestampValue) -> IntegerValue:
    """Microseconds from one moment to the other on the same clock, as an integer."""
    return moment.delta(since, unit="microsecond").cast("int64")


def _closed_weeks(as_of: Sequence[datetime], weeks: int, lag_days: int) -> pa.Table:
    """The closed weeks that each moment looks back on: as_of, week, age."""
    rows = [
        (moment, last_closed_week(moment, lag_days) + 1 - age, age)
        for moment in _in_order(as_of)
        for age in range(1, weeks + 1)
    ]
    schema = pa.schema([AS_OF, ("week", pa.int64()), ("age", pa.int64())])
    return pa.table(list(zip(*rows, strict=True)), schema)


def listed(kind: str, as_of: Sequence[datetime], weeks: int, lag_days: int) -> pa.Table:
    """What an expression lists of its moments: `moments`, or the `weeks` or `days` before each."""
    if kind == "weeks":
        return _closed_weeks(as_of, weeks, lag_days)
    return _days(as_of, weeks) if kind == "days" else _moments(as_of)


def closes(week: IntegerColumn, lag_days: int) -> TimestampColumn:
    """The instant from which weeks count as complete: their end plus `lag_days`."""
    end = (week + 1) * SECONDS_A_WEEK + epoch_seconds(FIRST_MONDAY)
    return (end + lag_days * SECONDS_A_DAY).as_timestamp("s")


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


def tenure_needed_days(weeks: int, lag_days: int) -> int:
    """The tenure that covers the latest `weeks` closed weeks, wherever in a week the moment lies.

    The latest closed week may have ended `lag_days` and six days before the moment.

    >>> tenure_needed_days(4, lag_days=2)
    36
    """
    return 7 * weeks + lag_days + 6


def epoch_seconds(moment: datetime) -> int:
    """Seconds from 1970-01-01 00:00 on the same (local, offset-free) clock.

    >>> epoch_seconds(datetime(1970, 1, 2))
    86400
    """
    return (moment - datetime(1970, 1, 1)) // timedelta(seconds=1)
