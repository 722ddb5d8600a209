"""Who left in a period: days are counted from `AS_OF`; the period is day 0 to 60, known on 120."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest

from training.labels.departures import departures

DAILY = range(-28, 120)


def found(operator: Any, mode: str = "postpaid", known: float = 120) -> pd.DataFrame:
    people = pd.DataFrame({"customer_id": list(operator.customers), "payment_mode": mode})
    histories = operator.histories()
    return departures(
        histories, people, operator.at(0), operator.at(60), operator.at(known), operator.rules
    )


def left(operator: Any, mode: str = "postpaid", known: float = 120) -> list[tuple[str, float, str]]:
    """Customer, day and kind of each departure."""
    rows = found(operator, mode, known)
    days = (rows["event_at"] - pd.Timestamp(operator.at(0))) / pd.Timedelta(days=1)
    return list(zip(rows["customer_id"], days, rows["kind"], strict=True))


def joined(operator: Any, *customers: str, day: float = -300) -> None:
    for customer in customers:
        operator.contract(customer, "started", day)


def test_the_period_holds_its_first_instant_and_not_its_last(operator: Any) -> None:
    joined(operator, "before", "first", "last", "after")
    for customer, day in (("before", -0.01), ("first", 0), ("last", 59.5), ("after", 60)):
        operator.contract(customer, "ported", day)
    assert left(operator) == [("first", 0, "ported"), ("last", 59.5, "ported")]


def test_the_formal_end_of_a_pre_cancellation_is_not_counted_again(
    operator: Any,
) -> None:
    joined(operator, "requested in it", "requested before")
    operator.contract("requested in it", "pre_cancelled", 5)
    operator.contract("requested in it", "cancelled", 50)
    operator.contract("requested before", "pre_cancelled", -60)
    operator.contract("requested before", "cancelled", 30)
    assert left(operator) == [("requested in it", 5, "cancelled")]


def test_who_joined_within_the_period_and_left_again_is_counted(operator: Any) -> None:
    joined(operator, "N", day=10)
    operator.contract("N", "ported", 40)
    assert left(operator) == [("N", 40, "ported")]


def test_who_stays_away_long_enough_may_leave_twice(operator: Any) -> None:
    joined(operator, "twice", "at once")
    operator.contract("twice", "ported", 5)
    operator.contract("twice", "started", 45)
    operator.contract("twice", "ported", 55)
    operator.contract("at once", "cancelled", 5)
    operator.contract("at once", "started", 6)
    assert left(operator) == [("twice", 5, "ported"), ("twice", 55, "ported")]


def test_a_withdrawn_request_is_a_departure_and_so_is_the_next_one(operator: Any) -> None:
    joined(operator, "W")
    operator.contract("W", "pre_cancelled", 5)
    operator.contract("W", "restored", 20)
    operator.contract("W", "pre_cancelled", 50)
    assert left(operator) == [("W", 5, "cancelled"), ("W", 50, "cancelled")]


def test_competing_events_do_not_count_as_departures(operator: Any) -> None:
    for customer, event, reason in (
        ("handed over", "transferred", None),
        ("died", "cancelled", "death"),
        ("other brand", "cancelled", "brand_change"),
        ("owes", "suspended", "arrears"),
    ):
        joined(operator, customer)
        operator.used(customer, *DAILY)
        operator.contract(customer, event, 20, reason=reason)
    operator.contract("owes", "cancelled", 40, reason="arrears")
    assert left(operator) == []


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_every_cut_off_is_judged_by_the_use_before_it(operator: Any, mode: str) -> None:
    joined(operator, "C")
    operator.used("C", *range(-28, 10), *range(12, 30))
    operator.contract("C", "suspended", 10.5, reason="arrears")
    operator.contract("C", "restored", 12)
    operator.contract("C", "suspended", 45, reason="arrears")
    assert left(operator, mode) == [("C", 29, "silent")]


def test_a_prepaid_silence_is_the_last_day_of_use(operator: Any) -> None:
    joined(operator, "quiet", "busy", "away a while")
    operator.used("quiet", *range(-28, 21))
    operator.used("busy", *DAILY)
    operator.used("away a while", *range(-28, 21), *range(45, 120))
    assert left(operator, "prepaid") == [("quiet", 20, "silent")]
    assert left(operator, "postpaid") == []


def test_the_formal_end_of_a_silence_does_not_count_as_a_second_departure(operator: Any) -> None:
    joined(operator, "in it", "before it")
    operator.used("in it", *range(-28, 6))
    operator.contract("in it", "cancelled", 55, reason="silent")
    operator.used("before it", -28)
    operator.contract("before it", "cancelled", 30, reason="silent")
    assert left(operator, "prepaid") == [("in it", 5, "silent")]


def test_a_silence_after_leaving_is_the_same_departure(operator: Any) -> None:
    joined(operator, "ported", "requested", "suspended")
    for customer in ("ported", "requested", "suspended"):
        operator.used(customer, *range(-28, 21))
    operator.contract("ported", "ported", 20.4)
    operator.contract("requested", "pre_cancelled", 12)
    operator.contract("suspended", "suspended", 10)
    assert left(operator, "prepaid") == [("ported", 20.4, "ported"), ("requested", 12, "cancelled")]


def test_what_was_learned_later_counts_as_it_is_known_now(operator: Any) -> None:
    joined(operator, "L")
    operator.contract("L", "ported", 10, known=100)
    assert left(operator) == [("L", 10, "ported")]
    assert left(operator, known=99) == []


def test_reason_and_start_come_along(operator: Any) -> None:
    joined(operator, "R", day=-40)
    operator.contract("R", "pre_cancelled", 10, reason="price")
    operator.contract("R", "cancelled", 55, reason="formal")
    row = found(operator).iloc[0]
    assert (row["reason"], row["started"]) == ("price", pd.Timestamp(operator.at(-40)))
    assert pd.isna(row["rival"])


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_none_churned(operator: Any, mode: str) -> None:
    joined(operator, "stays")
    operator.used("stays", *DAILY)
    rows = found(operator, mode)
    assert rows.empty
    assert list(rows.columns) == [
        "customer_id",
        "event_at",
        "kind",
        "started",
        "reason",
        "rival",
    ]


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_the_first_departure_is_the_labels(operator: Any, mode: str) -> None:
    """Of customers eligible on the first day, label and archive have the same departures."""
    for number, (event, day) in enumerate(
        [("ported", 3), ("pre_cancelled", 30), ("cancelled", 59), ("transferred", 8), ("none", 0)]
    ):
        customer = f"C{number}"
        joined(operator, customer)
        operator.used(customer, *range(-28, day or 120))
        if event != "none":
            operator.contract(customer, event, day)
    joined(operator, "quiet")
    operator.used("quiet", *range(-28, 30))
    operator.rules = dataclasses.replace(operator.rules, lead_days=0, horizon_days=60)
    labels = operator.labels(mode)
    labels = labels[labels["outcome"] == "left"].sort_index()
    rows = found(operator, mode).set_index("customer_id")
    assert list(rows.index) == list(labels.index)
    assert rows["kind"].tolist() == labels["kind"].tolist()
    assert rows["event_at"].tolist() == labels["event_at"].tolist()
