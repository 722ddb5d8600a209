"""Each aggregate against plain Python, on small random streams."""

from __future__ import annotations

from statistics import linear_regression, mean

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import aggregates
from features.aggregates import Aggregate
from tests.facts import Row

WINDOWS = (1, 4, 12)
Stream = list[tuple[int, int | None]]  # (age, value), the latest first
Value = float | None


NAMED: dict[str, Aggregate] = {
    name: value for name, value in vars(aggregates).items() if isinstance(value, Aggregate)
}
ASKED = [(name, weeks) for name in NAMED for weeks in WINDOWS if (name, weeks) != ("trend", 1)]


def by_hand(rows: Stream, weeks: int) -> dict[str, Value]:
    """What each aggregate makes of the rows in a window of `weeks`."""
    inside = [value for age, value in rows if age <= weeks and value is not None]
    before = sum(value or 0 for age, value in rows if weeks < age <= 2 * weeks)
    usual = mean(inside[1:]) if len(inside) > 1 else 0
    weekly = [sum(v or 0 for a, v in rows if a == age) for age in range(weeks, 0, -1)]
    return {
        "total": sum(inside),
        "mean": mean(inside) if inside else None,
        "highest": max(inside, default=None),
        "farthest": max(inside, default=None),
        "nearest": min(inside, default=None),
        "latest": inside[0] if inside else None,
        "change": 100 * (sum(inside) - before) / before if before else None,
        "latest_change": 100 * (inside[0] - usual) / usual if usual else None,
        "trend": linear_regression(range(weeks), weekly).slope if weeks > 1 else None,
    }


class Engine:
    """All aggregates over all windows, compiled once."""

    def __init__(self) -> None:
        self.connection = ibis.duckdb.connect(threads=1)
        columns = {name: "int64" for name in ("customer", "age", "at", "value")}
        rows = self.connection.create_table("stream", schema=ibis.schema(columns))
        self.query = self.connection.compile(
            rows.group_by("customer").agg(
                {
                    f"{name}_{weeks}": NAMED[name].expression(rows, "value", weeks)
                    for name, weeks in ASKED
                }
            )
        )

    def __call__(self, streams: list[Stream]) -> list[Row]:
        listed = [
            {"customer": customer, "age": age, "at": -place, "value": value}
            for customer, stream in enumerate(streams)
            for place, (age, value) in enumerate(stream)
        ]
        raw = self.connection.con
        raw.execute("DELETE FROM stream")
        schema = pa.schema([(n, pa.int64()) for n in ("customer", "age", "at", "value")])
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
        for name, weeks in ASKED:
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


def test_every_aggregate_is_tried() -> None:
    assert set(by_hand([(1, 1)], 4)) == set(NAMED)
