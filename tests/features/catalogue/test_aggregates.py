"""Each aggregate against plain Python, on small random streams."""

from __future__ import annotations

import math
from itertools import groupby
from statistics import linear_regression, mean, pstdev

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.catalogue import aggregates
from features.catalogue.aggregates import Aggregate
from tests.facts import Row

pytestmark = pytest.mark.slow

WINDOWS = (1, 4, 12)
COLUMNS = ("customer", "age", "at", "value", "other")
Stream = list[tuple[int, int | None]]  # (age, value), the latest first
Value = float | None


NAMED: dict[str, Aggregate] = {
    name: value for name, value in vars(aggregates).items() if isinstance(value, Aggregate)
}
# Those that have a parameter; the stream's column `other` is twice the value and one.
NAMED |= {
    "share_of": aggregates.share_of("other"),
    "per": aggregates.per("other", 60),
    "rows_with": aggregates.rows_with(3),
}
REQUESTED = [(name, weeks) for name in NAMED for weeks in WINDOWS if (name, weeks) != ("trend", 1)]


def by_hand(rows: Stream, weeks: int) -> dict[str, Value]:
    """What each aggregate makes of the rows in a window of `weeks`."""
    inside = [value for age, value in rows if age <= weeks and value is not None]
    before = sum(value or 0 for age, value in rows if weeks < age <= 2 * weeks)
    usual = mean(inside[1:]) if len(inside) > 1 else 0
    weekly = [sum(v or 0 for a, v in rows if a == age) for age in range(weeks, 0, -1)]
    now, four = total(rows, 0, weeks), total(rows, weeks, 5 * weeks) / 4
    other = sum(2 * (value or 0) + 1 for age, value in rows if age <= weeks)
    # Sums of squares stop at a bound; no value between lies in these streams.
    bounded = [min(value, aggregates.MAX_SQUARED) for value in inside]
    spread = math.sqrt(abs(weeks * sum(x * x for x in bounded) - sum(bounded) ** 2))
    gap = (max(inside) - min(inside)) / (len(inside) - 1) if len(inside) > 1 else None
    silent = [len(list(run)) for idle, run in groupby(map(bool, weekly)) if not idle]
    return {
        "total": sum(inside),
        "known_total": sum(inside) if inside else None,
        "mean": mean(inside) if inside else None,
        "highest": max(inside, default=None),
        "farthest": max(inside, default=None),
        "nearest": min(inside, default=None),
        "latest": inside[0] if inside else None,
        "change": 100 * (sum(inside) - before) / before if before else None,
        "latest_change": 100 * (inside[0] - usual) / usual if usual else None,
        "lowest": min(inside, default=None),
        "trend": linear_regression(range(weeks), weekly).slope if weeks > 1 else None,
        "usual_change": 100 * (now - four) / four if four else None,
        "row_variation": 100 * pstdev(bounded) / mean(bounded) if several(bounded) else None,
        "weekly_variation": 100 * spread / sum(bounded) if any(bounded) else None,
        "peak_share": 100 * max(inside) / sum(inside) if any(inside) else None,
        "gap": gap,
        "wait_share": 100 * min(inside) / gap if gap else None,
        "longest_gap": max((k for k in (1, 2, 4, 8) if k <= max(silent, default=0)), default=0),
        "share_of": 100 * sum(inside) / other if inside else None,
        "per": 60 * sum(inside) / other if inside else None,
        "rows_with": sum(value >= 3 for value in inside),
    }


def total(rows: Stream, after: int, until: int) -> int:
    return sum(value or 0 for age, value in rows if after < age <= until)


def several(values: list[int]) -> bool:
    return len(values) > 1 and any(values)


class Engine:
    """All aggregates over all windows, compiled once."""

    def __init__(self) -> None:
        self.connection = ibis.duckdb.connect(threads=1)
        columns = dict.fromkeys(COLUMNS, "int64")
        rows = self.connection.create_table("stream", schema=ibis.schema(columns))
        self.query = self.connection.compile(
            rows.group_by("customer").agg(
                {
                    f"{name}_{weeks}": NAMED[name].expression(rows, "value", weeks)
                    for name, weeks in REQUESTED
                }
            )
        )

    def __call__(self, streams: list[Stream]) -> list[Row]:
        listed = [
            {
                "customer": customer,
                "age": age,
                "at": -place,
                "value": value,
                "other": 2 * (value or 0) + 1,
            }
            for customer, stream in enumerate(streams)
            for place, (age, value) in enumerate(stream)
        ]
        raw = self.connection.con
        raw.execute("DELETE FROM stream")
        schema = pa.schema([(name, pa.int64()) for name in COLUMNS])
        raw.register("incoming", pa.Table.from_pylist(listed, schema=schema))
        raw.execute("INSERT INTO stream SELECT * FROM incoming")
        cursor = raw.execute(f"SELECT * FROM ({self.query}) ORDER BY customer")
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine()


values = st.none() | st.integers(0, 5) | st.integers(0, 10**12)
streams = st.lists(st.tuples(st.integers(1, 30), values), min_size=1, max_size=12).map(
    lambda stream: sorted(stream, key=lambda row: row[0])
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(streams, min_size=1, max_size=5))
def test_aggregates_are_what_they_say(engine: Engine, many: list[Stream]) -> None:
    found = engine(many)
    assert len(found) == len(many)
    for row, stream in zip(found, many, strict=True):
        for name, weeks in REQUESTED:
            value, expected = row[f"{name}_{weeks}"], by_hand(stream, weeks)[name]
            assert type(value) in (int, float, type(None)), name
            near = expected if expected is None else pytest.approx(expected, rel=1e-9, abs=1e-9)
            assert value == near, name


def test_a_window_ends_at_its_last_week(engine: Engine) -> None:
    (row,) = engine([[(4, 10), (5, 100)]])
    assert (row["total_4"], row["total_12"]) == (10, 110)
    assert row["change_4"] == -90.0


def test_a_week_without_rows_is_nought_in_a_trend(engine: Engine) -> None:
    # 0, 0, 0, 10 over four weeks: the slope is 3.
    assert engine([[(1, 10)]])[0]["trend_4"] == 3


def test_against_nothing_there_is_no_change(engine: Engine) -> None:
    (row,) = engine([[(1, 10), (13, 7)]])
    assert row["change_4"] is row["latest_change_4"] is None
    assert row["change_12"] == pytest.approx(100 * 3 / 7)


def test_the_latest_bill_is_compared_with_the_mean_of_the_others(engine: Engine) -> None:
    (row,) = engine([[(1, 90), (5, 50), (9, 70)]])
    assert row["latest_change_12"] == pytest.approx(50.0)


def test_steady_use_does_not_vary(engine: Engine) -> None:
    (row,) = engine([[(age, 70_000) for age in range(1, 13)]])
    assert row["weekly_variation_12"] == row["row_variation_12"] == 0
    (row,) = engine([[(1, 10), (2, 0), (3, 10), (4, 0)]])
    assert row["weekly_variation_4"] == row["row_variation_4"] == 100
    # Over twelve weeks eight more are empty, where weeks are counted.
    assert row["weekly_variation_12"] == pytest.approx(100 * math.sqrt(5))
    assert row["row_variation_12"] == 100


def test_the_longest_silence_is_counted_in_weeks(engine: Engine) -> None:
    (row,) = engine([[(1, 5), (5, 5), (6, 0), (12, 5)]])
    # Three of the latest four, and six of the twelve: rounded down.
    assert (row["longest_gap_4"], row["longest_gap_12"]) == (2, 4)
    assert engine([[(13, 5)]])[0]["longest_gap_12"] == 8
    assert engine([[(age, 5) for age in range(1, 13)]])[0]["longest_gap_12"] == 0


def test_the_last_week_is_held_against_the_four_before(engine: Engine) -> None:
    (row,) = engine([[(1, 15), (2, 20), (3, 30), (4, 30), (5, 40), (6, 999)]])
    assert row["usual_change_1"] == -50


def test_the_wait_is_held_against_the_usual_gap(engine: Engine) -> None:
    (row,) = engine([[(1, 45), (2, 75), (3, 105)]])
    assert (row["gap_12"], row["wait_share_12"]) == (30, 150)


def test_every_aggregate_is_tried() -> None:
    assert set(by_hand([(1, 1)], 4)) == set(NAMED)
