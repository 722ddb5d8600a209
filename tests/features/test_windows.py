"""Which facts a moment sees, how old they are, and weeks as they were known."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS
from features.histories.bills import plans
from tests.facts import LAG_DAYS, MONDAY, Fact, Row, day, fact, operator, stream, used

ROOT = Path(__file__).parents[2]
MICROSECOND = timedelta(microseconds=1)


def known(facts: Table, as_of: Any) -> Table:
    return windows.known(windows.versions(facts, FEEDS["payments"].key), as_of)


def payment(
    happened: datetime, learned: datetime | None = None, amount: int = 1, payment_id: str = "P1"
) -> Fact:
    return fact("payments", "C1", happened, learned, payment_id=payment_id, amount_fen=amount)


def seen(*facts: Fact, as_of: datetime = MONDAY) -> list[Row]:
    return stream(known, "payments", facts, (as_of,))


def ages(*facts: Fact) -> list[int]:
    return [row["age"] for row in seen(*facts)]


def test_a_window_holds_its_first_instant_and_not_its_last() -> None:
    assert ages(payment(day(-7))) == [1]
    assert ages(payment(day(-7) - MICROSECOND)) == [2]
    assert ages(payment(MONDAY - MICROSECOND)) == [1]
    assert ages(payment(MONDAY)) == []
    assert ages(payment(day(-28))) == [4]
    assert ages(payment(day(-28) - MICROSECOND)) == [5]


@pytest.mark.parametrize("fraction", [0.1, 0.5, 0.9])
def test_parts_of_a_second_move_no_fact_into_another_window(fraction: float) -> None:
    assert ages(payment(day(-7) - timedelta(seconds=fraction))) == [2]
    assert ages(payment(day(-7) + timedelta(seconds=fraction))) == [1]


def test_a_fact_counts_after_the_moment_it_is_known_at() -> None:
    assert ages(payment(day(-3), MONDAY - MICROSECOND)) == [1]
    assert ages(payment(day(-3), MONDAY)) == []
    assert ages(payment(day(-3), day(1))) == []


def test_days_are_whole_days_gone_by() -> None:
    moments = (MONDAY - MICROSECOND, day(-1) + MICROSECOND, day(-1), day(-2) - MICROSECOND)
    assert [seen(payment(moment))[0]["days"] for moment in moments] == [0, 0, 1, 2]


@pytest.mark.parametrize(("corrected", "amount"), [(-1, 60), (0, 80), (1, 80)])
def test_a_correction_counts_after_the_moment_it_is_known_at(corrected: int, amount: int) -> None:
    rows = seen(payment(day(-9), day(-8), 80), payment(day(-9), day(corrected), 60))
    assert [row["amount_fen"] for row in rows] == [amount]


def test_a_correction_may_move_a_fact_in_time() -> None:
    rows = seen(payment(day(-9), day(-8)), payment(day(-20), day(-1)))
    assert [row["age"] for row in rows] == [3]


def test_facts_are_ordered_in_time_to_the_microsecond() -> None:
    moments = [
        day(-3) + timedelta(seconds=seconds)
        for seconds in (0, 0.000001, 0.4, 0.6, 0.999999, 1, 1.1, 2, 61.5)
    ]
    order = [seen(payment(moment))[0]["at"] for moment in moments]
    assert order == sorted(set(order))
    assert all(type(at) is int for at in order)


def test_at_one_moment_the_same_facts_are_known_by_a_filter_alone() -> None:
    facts = [
        payment(day(-9), day(-8), 1), payment(day(-9), day(-2), 2), payment(day(-9), day(2), 3),
        payment(day(-1), day(1), 4, "P2"), payment(day(-3), day(-3), 5, "P3"),
        payment(day(1), day(-4), 6, "P4"),
    ]  # fmt: skip
    moments = (day(-10), day(-8), day(-2), day(-2) + MICROSECOND, MONDAY, day(3))
    filtered = {
        moment: stream(partial(_known_once, moment=moment), "payments", facts) for moment in moments
    }
    for moment, rows in filtered.items():
        assert [row["amount_fen"] for row in rows] == [
            row["amount_fen"] for row in seen(*facts, as_of=moment)
        ]
    assert sum(map(len, filtered.values())) > len(moments)


def _known_once(facts: Table, _: Any, moment: datetime) -> Table:
    own = windows.versions(facts, FEEDS["payments"].key)
    own = own.filter(windows.is_known_once(own, moment))
    return own.mutate(as_of=own.event_time)


def test_each_moment_sees_for_itself() -> None:
    facts = [payment(day(-9), day(-8), 80), payment(day(-9), day(-1), 60)]
    rows = stream(known, "payments", facts, (MONDAY, day(-4), day(-8), MONDAY))
    assert [(row["as_of"], row["amount_fen"], row["age"]) for row in rows] == [
        (day(-4), 80, 1),
        (MONDAY, 60, 2),
    ]


def test_a_week_runs_from_monday_to_sunday() -> None:
    facts = [used("C1", number) for number in (-8, -7, -1, 0)]
    loaded = operator()
    loaded.load(facts)
    rows = loaded.query("days", lambda: loaded.histories.tables["days"])
    weeks = {row["day"]: row["week"] for row in rows}
    assert weeks[day(-7).date()] == weeks[day(-1).date()]
    assert weeks[day(-8).date()] + 1 == weeks[day(-7).date()] == weeks[day(0).date()] - 1
    assert windows.week_end(weeks[day(-1).date()]) == MONDAY


@pytest.mark.parametrize(
    ("as_of", "lag_days", "ended"),
    [(0, 0, 0), (0, 2, -7), (2, 2, 0), (1, 2, -7), (6, 6, 0), (5, 6, -7)],
)
def test_a_week_is_closed_once_its_lag_is_over(as_of: int, lag_days: int, ended: int) -> None:
    assert windows.week_end(windows.last_closed_week(day(as_of), lag_days)) == day(ended)


# Use of some days, each with its versions: hours after the day began, and how much.
versions = st.lists(
    st.tuples(st.integers(0, 100).map(lambda quarter: 6 * quarter), st.integers(0, 9)),
    min_size=1, max_size=3, unique_by=lambda version: version[0],
)  # fmt: skip
months = st.dictionaries(st.integers(-35, -1), versions, max_size=10)
EVERY_DAY = tuple(day(number) for number in range(-28, 28))
WEEKS = 3


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(months, min_size=2, max_size=4))
def test_stored_weeks_are_the_weeks_as_they_were_known(customers: list[Any]) -> None:
    facts = [
        used(f"C{number}", began, began + hours / 24, ended=0, data_kb=data_kb)
        for number, month in enumerate(customers)
        for began, learned in month.items()
        for hours, data_kb in learned
    ]
    loaded = operator()
    loaded.load(facts)
    tables = loaded.histories.tables
    rows = loaded.query(
        "weeks",
        lambda: windows.known_weeks(tables["cells"], tables["late"], EVERY_DAY, WEEKS, LAG_DAYS),
    )
    stored = {
        (row["customer_id"], row["as_of"], row["age"]): (row["data_kb_sum"], row["day_count"])
        for row in rows
    }
    by_hand = {
        key: cell for as_of in EVERY_DAY for key, cell in _weeks_by_hand(facts, as_of).items()
    }
    assert len(stored) == len(rows)
    assert stored == by_hand
    cells, late = (tables[name].to_pyarrow().to_pylist() for name in ("cells", "late"))
    for customer in {row["customer_id"] for row in cells}:
        own = [[row for row in some if row["customer_id"] == customer] for some in (cells, late)]
        for as_of in EVERY_DAY:
            weeks = windows.known_weeks_of(own[0], own[1], as_of, WEEKS, LAG_DAYS)
            cut = [(row["data_kb_sum"], row["day_count"]) for row in weeks]
            ages = sorted(key[2] for key in by_hand if key[:2] == (customer, as_of))
            assert cut == [by_hand[customer, as_of, age] for age in reversed(ages)]


def _weeks_by_hand(facts: list[Fact], as_of: datetime) -> dict[Any, Any]:
    """The cells of the latest closed weeks, from the daily rows as known at `as_of`."""
    known: dict[tuple[str, date], tuple[datetime, int]] = {}
    for _, row in facts:
        key, version = (row["customer_id"], row["day"]), (row["known_at"], row["data_kb"])
        if row["known_at"] < as_of and (key not in known or known[key] < version):
            known[key] = version
    closed = as_of - timedelta(days=LAG_DAYS)
    monday = closed.date() - timedelta(days=closed.weekday())
    weeks: dict[tuple[str, datetime, int], list[tuple[date, int]]] = {}
    for (customer, used_on), (_, data_kb) in known.items():
        age = (monday - used_on - timedelta(days=1)).days // 7 + 1
        if 1 <= age <= WEEKS:
            weeks.setdefault((customer, as_of, age), []).append((used_on, data_kb))
    return {key: (sum(kb for _, kb in days), len(days)) for key, days in weeks.items()}


def later(*facts: Fact) -> list[Row]:
    def known_later(facts: Table, as_of: Any) -> Table:
        return windows.known_later(facts, FEEDS["payments"].key, as_of, timedelta(days=10))

    return stream(known_later, "payments", facts)


def test_what_is_known_later_says_whether_it_happened_and_was_learned_after_the_moment() -> None:
    rows = later(
        payment(day(-3), payment_id="before"),
        payment(day(-3), day(4), payment_id="learned after"),
        payment(day(2), day(4), payment_id="happened after"),
        payment(day(2), day(11), payment_id="not known yet"),
    )
    found = {row["payment_id"]: (row["happened_after"], row["learned_after"]) for row in rows}
    assert found == {
        "before": (False, False),
        "learned after": (False, True),
        "happened after": (True, True),
    }
    assert {row["as_of"] for row in rows} == {MONDAY}


def test_a_correction_of_a_fact_known_at_the_moment_was_not_learned_after_it() -> None:
    (row,) = later(payment(day(-3), amount=1), payment(day(-3), day(4), amount=2))
    assert (row["amount_fen"], row["learned_after"]) == (2, False)


def test_a_month_is_the_mean_calendar_month() -> None:
    assert windows.MONTH_DAYS == 30.4375
    assert (plans.MONTHS_NUMERATOR, plans.MONTHS_DENOMINATOR) == (487, 448)


RULES = r"superseded_at *[<>=]|superseded_at\.|\.lead\(\)\.over\([^)]*known_at|365\.25|[=/] *30\.4"


def test_no_other_module_has_a_rule_of_lifetimes_or_the_length_of_a_month() -> None:
    for package in ("features", "training", "serving"):
        for path in (ROOT / package).rglob("*.py"):
            if path.name == "windows.py" or "simulate" in path.parts:
                continue
            code = re.sub(r'"""[\s\S]*?"""', "", path.read_text("utf-8"))
            assert not re.search(RULES, code), f"{path}: use features.windows"
