"""What a feature does with a stream: the aggregates that a declaration may name.

An aggregate sees a stream (rows with `age` in weeks, 1 the latest, and integer measures) and
a window of `weeks`. It works on integers and divides once, at the end, so that the order of
the rows cannot change the result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import ibis
from ibis.expr.types import IntegerColumn, IntegerScalar, NumericScalar, NumericValue, Table

Expression = Callable[[Table, str, int], NumericScalar]

# Larger weekly totals count as this in a sum of squares, which then holds 36 weeks in an int64:
# 500 GB, or 15 years of calling in a week.
MAX_SQUARED = 5 * 10**8


ALWAYS = 10_000  # weeks: a window without end
CHANGE = "±%"  # percent more or less than before; a share is plain "%"


@dataclass(frozen=True)
class Aggregate:
    """An aggregate: its name's ending, its words, its expression, and what it needs.

    `en` and `zh` wrap the measure's meaning `{what}`. `unit` overrides the measure's (a change
    is in percent). `empty` is the value of a customer without any row in the stream: 0 where
    nothing happened, null where there is nothing to speak of. `scaled` says whether the result
    is in the measure's stored unit and must be brought to the unit people read.
    `weeks_needed` times the window is the tenure below which the feature is null: a customer
    of three weeks has no change against the month before. `parameters` are those of the
    expression.
    """

    ending: str
    expression: Expression
    en: str = "{what}"
    zh: str = "{what}"
    unit: str | None = None
    empty: int | None = None
    scaled: bool = True
    weeks_needed: int = 0
    parameters: tuple[str | int, ...] = ()

    def definition(self) -> list[object]:
        """All of it that can change the numbers."""
        how = [self.expression.__name__, *self.parameters]
        return [how, self.empty, self.scaled, self.weeks_needed]


def _inside(rows: Table, measure: str, weeks: int) -> IntegerColumn:
    # A value or null costs the engine a third of what a filter on each aggregate does.
    return (rows.age <= weeks).ifelse(rows[measure], None)


def _within(rows: Table, measure: str, weeks: int) -> IntegerScalar:
    return _inside(rows, measure, weeks).sum().cast("int64")


def _total(rows: Table, measure: str, weeks: int) -> NumericScalar:
    return _within(rows, measure, weeks).fill_null(0)


def _change(rows: Table, measure: str, weeks: int) -> NumericScalar:
    now = _within(rows, measure, weeks).fill_null(0)
    before = _within(rows, measure, 2 * weeks).fill_null(0) - now
    return 100.0 * (now - before).cast("float64") / before.nullif(0).cast("float64")


def _usual_change(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """The window against the mean of the four such windows before it, in percent."""
    now = _within(rows, measure, weeks).fill_null(0)
    before = _within(rows, measure, 5 * weeks).fill_null(0) - now
    return 100.0 * (4 * now - before).cast("float64") / before.nullif(0).cast("float64")


def _trend(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """Least-squares slope of the weekly totals, a week without rows being 0."""
    # x runs from 1 (oldest) to `weeks` (latest), so x = weeks + 1 - age.
    weighted = (rows.age <= weeks).ifelse((weeks + 1 - rows.age) * rows[measure], None)
    xy = weighted.sum().cast("int64").fill_null(0)
    y = _within(rows, measure, weeks).fill_null(0)
    x = weeks * (weeks + 1) // 2
    xx = weeks * (weeks + 1) * (2 * weeks + 1) // 6
    return (weeks * xy - x * y).cast("float64") / float(weeks * xx - x * x)


def _mean(rows: Table, measure: str, weeks: int) -> NumericScalar:
    count = _inside(rows, measure, weeks).count().nullif(0)
    return _within(rows, measure, weeks).cast("float64") / count.cast("float64")


def _highest(rows: Table, measure: str, weeks: int) -> NumericScalar:
    return _inside(rows, measure, weeks).max()


def _nearest(rows: Table, measure: str, weeks: int) -> NumericScalar:
    return _inside(rows, measure, weeks).min()


def _latest(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """The value of the latest row that has one, the largest where several are of one moment."""
    place = ibis.struct({"at": rows["at"], "value": rows[measure]})
    return rows[measure].argmax(place, where=(rows.age <= weeks) & rows[measure].notnull())


def _latest_change(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """The latest value against the mean of the earlier ones in the window, in percent."""
    latest = _latest(rows, measure, weeks)
    earlier = _within(rows, measure, weeks) - latest
    count = _inside(rows, measure, weeks).count() - 1
    usual = earlier.cast("float64") / count.nullif(0).cast("float64")
    return 100.0 * (latest.cast("float64") - usual) / usual.nullif(0.0)


def _variation(rows: Table, measure: str, weeks: int, count: NumericValue) -> NumericScalar:
    """Standard deviation over mean of `count` values, those without a row being 0, in percent."""
    inside = (rows.age <= weeks) & rows[measure].notnull()
    values = inside.ifelse(ibis.least(rows[measure], MAX_SQUARED), None)
    total = values.sum().cast("int64").cast("float64")
    squares = (values * values).sum().cast("int64").cast("float64")
    # Of equal values the difference may come out just below 0.
    return 100.0 * (count * squares - total * total).abs().sqrt() / total.nullif(0.0)


def _weekly_variation(rows: Table, measure: str, weeks: int) -> NumericScalar:
    return _variation(rows, measure, weeks, ibis.literal(float(weeks)))


def _row_variation(rows: Table, measure: str, weeks: int) -> NumericScalar:
    count = _inside(rows, measure, weeks).count()
    several = (count > 1).ifelse(count, None).cast("float64")
    return _variation(rows, measure, weeks, several)


def _peak_share(rows: Table, measure: str, weeks: int) -> NumericScalar:
    all_of_it = _within(rows, measure, weeks).nullif(0).cast("float64")
    return 100.0 * _highest(rows, measure, weeks).cast("float64") / all_of_it


def _gap(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """The mean distance between neighbours, of values that are distances from the moment."""
    span = _highest(rows, measure, weeks) - _nearest(rows, measure, weeks)
    count = _inside(rows, measure, weeks).count() - 1
    return span.cast("float64") / count.nullif(0).cast("float64")


def _wait_share(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """The distance of the nearest value, over the mean distance of neighbours, in percent."""
    nearest = _nearest(rows, measure, weeks)
    span = _highest(rows, measure, weeks) - nearest
    count = _inside(rows, measure, weeks).count() - 1
    return 100.0 * (nearest * count).cast("float64") / span.nullif(0).cast("float64")


def _longest_gap(rows: Table, measure: str, weeks: int) -> NumericScalar:
    """The longest run of weeks without anything above zero, rounded down to 0, 1, 2, 4 or 8.

    A week without a row is one without anything.
    """
    used = (rows[measure] > 0) & (rows.age <= weeks)
    # One bit a week; laid over itself, shifted by one, two and four, a run of 8 leaves one.
    bits = (1 << (rows.age.clip(1, weeks) - 1)).cast("int64")
    one = (1 << weeks) - 1 - used.ifelse(bits, 0).bit_or()
    two = one & (one >> 1)
    four = two & (two >> 2)
    eight = four & (four >> 4)
    weights = ((one, 1), (two, 1), (four, 2), (eight, 4))
    return sum(
        ((run > 0).cast("int64") * weeks_more for run, weeks_more in weights),
        ibis.literal(0, "int64"),
    )


def share_of(whole: str) -> Aggregate:
    """The window's total over that of the stream's column `whole`, in percent; null over 0."""

    def share(rows: Table, measure: str, weeks: int) -> NumericScalar:
        part = _within(rows, measure, weeks).cast("float64")
        return 100.0 * part / _within(rows, whole, weeks).nullif(0).cast("float64")

    return Aggregate("share", share, unit="%", scaled=False, parameters=(whole,))


def per(base: str, times: int = 1) -> Aggregate:
    """`times` the window's total, over that of the stream's column `base`; null over 0."""

    def ratio(rows: Table, measure: str, weeks: int) -> NumericScalar:
        part = (times * _within(rows, measure, weeks)).cast("float64")
        return part / _within(rows, base, weeks).nullif(0).cast("float64")

    return Aggregate("", ratio, parameters=(base, times))


def rows_with(least: int) -> Aggregate:
    """How many rows of the window (of weekly cells: weeks) have at least that much."""

    def count(rows: Table, measure: str, weeks: int) -> NumericScalar:
        enough = ((rows.age <= weeks) & (rows[measure] >= least)).fill_null(False)
        return enough.cast("int64").sum()

    return Aggregate("", count, empty=0, scaled=False, parameters=(least,))


total = Aggregate("", _total, empty=0)
known_total = Aggregate("", _within)  # null, not 0, where no row of the window has a value
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
    unit=CHANGE,
    scaled=False,
    weeks_needed=2,
)
latest_change = Aggregate(
    "change",
    _latest_change,
    en="latest {what}, against the earlier ones of the last {window}",
    zh="最近一次{what}（与近{window}此前各次相比）",
    unit=CHANGE,
    scaled=False,
)
usual_change = Aggregate(
    "usual_change",
    _usual_change,
    en="{what}, against the mean of the four before",
    zh="{what}（与此前4个同长时段的均值相比）",
    unit=CHANGE,
    scaled=False,
    weeks_needed=5,
)
weekly_variation = Aggregate(
    "variation",
    _weekly_variation,
    en="{what}, how it varies from week to week",
    zh="{what}的周间波动",
    unit="%",
    scaled=False,
    weeks_needed=1,
)
row_variation = Aggregate(
    "variation",
    _row_variation,
    en="{what}, how it varied in the last {window}",
    zh="近{window}{what}的波动",
    unit="%",
    scaled=False,
)
peak_share = Aggregate(
    "peak_share",
    _peak_share,
    en="{what}, share of the strongest week",
    zh="{what}中最高一周所占比例",
    unit="%",
    scaled=False,
    weeks_needed=1,
)
gap = Aggregate("", _gap)
wait_share = Aggregate("share", _wait_share, unit="%", scaled=False)
# Without any week of use eight in a row are empty, in the windows of eight weeks and more.
longest_gap = Aggregate("", _longest_gap, empty=8, scaled=False, weeks_needed=1)
