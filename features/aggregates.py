"""What a feature does with a stream: the aggregates that a declaration may name.

An aggregate sees a stream (rows with `age` in weeks, 1 the latest, and integer measures) and
a window of `weeks`. It works on integers and divides once, at the end, so that the order of
the rows cannot change the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ibis.expr.types import IntegerColumn, NumericScalar, Table

Expression = Callable[[Table, str, int], NumericScalar]


@dataclass(frozen=True)
class Aggregate:
    """An aggregate: its name's ending, its words, its expression, and what it needs.

    `en` and `zh` wrap the measure's meaning `{what}`. `unit` overrides the measure's (a change
    is in percent). `empty` is the value of a customer without any row in the stream: 0 where
    nothing happened, null where there is nothing to speak of. `scaled` says whether the result
    is in the measure's stored unit and must be brought to the unit people read.
    `weeks_needed` times the window is the tenure below which the feature is null: a customer
    of three weeks has no change against the month before.
    """

    ending: str
    expression: Expression
    en: str = "{what}"
    zh: str = "{what}"
    unit: str | None = None
    empty: int | None = None
    scaled: bool = True
    weeks_needed: int = 0

    def definition(self) -> list[object]:
        """All of it that can change the numbers."""
        return [self.expression.__name__, self.empty, self.scaled, self.weeks_needed]


def _within(rows: Table, measure: str, weeks: int) -> IntegerColumn:
    return rows[measure].sum(where=rows.age <= weeks).cast("int64")


def _total(rows: Table, measure: str, weeks: int) -> NumericScalar:
    return _within(rows, measure, weeks).fill_null(0)


def _change(rows: Table, measure: str, weeks: int) -> NumericScalar:
    now = _within(rows, measure, weeks).fill_null(0)
    before = _within(rows, measure, 2 * weeks).fill_null(0) - now
    return 100.0 * (now - before).cast("float64") / before.nullif(0).cast("float64")


def _trend(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """Least-squares slope of the weekly totals, a week without rows being 0."""
    # x runs from 1 (oldest) to `weeks` (latest), so x = weeks + 1 - age.
    inside = rows.age <= weeks
    xy = ((weeks + 1 - rows.age) * rows[measure]).sum(where=inside).cast("int64").fill_null(0)
    y = _within(rows, measure, weeks).fill_null(0)
    x = weeks * (weeks + 1) // 2
    xx = weeks * (weeks + 1) * (2 * weeks + 1) // 6
    return (weeks * xy - x * y).cast("float64") / float(weeks * xx - x * x)


def _mean(rows: Table, measure: str, weeks: int) -> NumericScalar:
    inside = rows.age <= weeks
    count = rows[measure].count(where=inside).nullif(0)
    return _within(rows, measure, weeks).cast("float64") / count.cast("float64")


def _highest(rows: Table, measure: str, weeks: int) -> NumericScalar:
    return rows[measure].max(where=rows.age <= weeks)


def _latest(rows: Table, measure: str, weeks: int) -> NumericScalar:
    return rows[measure].argmax(rows["at"], where=(rows.age <= weeks) & rows[measure].notnull())


def _latest_change(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """The latest value against the mean of the earlier ones in the window, in percent."""
    inside = rows.age <= weeks
    latest = _latest(rows, measure, weeks)
    earlier = _within(rows, measure, weeks) - latest
    count = rows[measure].count(where=inside) - 1
    usual = earlier.cast("float64") / count.nullif(0).cast("float64")
    return 100.0 * (latest.cast("float64") - usual) / usual.nullif(0.0)


def _nearest(rows: Table, measure: str, weeks: int) -> NumericScalar:
    return rows[measure].min(where=rows.age <= weeks)


total = Aggregate("", _total, empty=0)
mean = Aggregate("mean", _mean, en="mean {what} of the last {window}", zh="近{window}平均{what}")
highest = Aggregate(
    "max", _highest, en="highest {what} in the last {window}", zh="近{window}最高{what}"
)
lowest = Aggregate(
    "lowest", _nearest, en="lowest {what} in the last {window}", zh="近{window}最低{what}"
)
latest = Aggregate("latest", _latest, en="latest {what}", zh="最近一次{what}")
nearest = Aggregate("", _nearest)
farthest = Aggregate("", _highest)
trend = Aggregate(
    "trend", _trend, en="{what}, trend a week", zh="{what}的每周趋势", empty=0, weeks_needed=1
)
change = Aggregate(
    "change",
    _change,
    en="{what}, against the {window} before",
    zh="{what}（与此前{window}相比）",
    unit="%",
    scaled=False,
    weeks_needed=2,
)
latest_change = Aggregate(
    "change",
    _latest_change,
    en="latest {what}, against the earlier ones of the last {window}",
    zh="最近一次{what}（与近{window}此前各次相比）",
    unit="%",
    scaled=False,
)
