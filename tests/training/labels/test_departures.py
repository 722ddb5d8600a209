"""Who left in a period: days are counted from `AS_OF`; the period is day 0 to 60, known on 120."""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd
import pytest

from training.labels.departures import departures

DAILY = range(-28, 120)


def found(told: Any, mode: str = "postpaid", known: float = 120) -> pd.DataFrame:
    people = pd.DataFrame({"customer_id": list(told.customers), "payment_mode": mode})
    histories = told.histories()
    return departures(histories, people, told.at(0), told.at(60), told.at(known), told.rules)


def left(told: Any, mode: str = "postpaid", known: float = 120) -> list[tuple[str, float, str]]:
    """Customer, day and kind of each departure."""
    rows = found(told, mode, known)
    days = (rows["event_at"] - pd.Timestamp(told.at(0))) / pd.Timedelta(days=1)
    return list(zip(rows["customer_id"], days, rows["kind"], strict=True))


def joined(told: Any, *customers: str, day: float = -300) -> None:
    for customer in customers:
        told.contract(customer, "started", day)


def test_the_period_holds_its_first_instant_and_not_its_last(told: Any) -> None:
    joined(told, "before", "first", "last", "after")
    for customer, day in (("before", -0.01), ("first", 0), ("last", 59.5), ("after", 60)):
        told.contract(customer, "ported", day)
    assert left(told) == [("first", 0, "ported"), ("last", 59.5, "ported")]


def test_the_formal_end_of_a_pre_cancellation_is_no_second_departure(told: Any) -> None:
    joined(told, "asked in it", "asked before")
    told.contract("asked in it", "pre_cancelled", 5)
    told.contract("asked in it", "cancelled", 50)
    told.contract("asked before", "pre_cancelled", -60)
    told.contract("asked before", "cancelled", 30)
    assert left(told) == [("asked in it", 5, "cancelled")]


def test_who_joined_within_the_period_and_left_again_is_counted(told: Any) -> None:
    joined(told, "N", day=10)
    told.contract("N", "ported", 40)
    assert left(told) == [("N", 40, "ported")]


def test_who_stays_away_long_enough_may_leave_twice(told: Any) -> None:
    joined(told, "twice", "at once")
    told.contract("twice", "ported", 5)
    told.contract("twice", "started", 45)
    told.contract("twice", "ported", 55)
    told.contract("at once", "cancelled", 5)
    told.contract("at once", "started", 6)
    assert left(told) == [("twice", 5, "ported"), ("twice", 55, "ported")]


def test_a_withdrawn_request_is_a_departure_and_so_is_the_next_one(told: Any) -> None:
    joined(told, "W")
    told.contract("W", "pre_cancelled", 5)
    told.contract("W", "restored", 20)
    told.contract("W", "pre_cancelled", 50)
    assert left(told) == [("W", 5, "cancelled"), ("W", 50, "cancelled")]


def test_competing_events_are_no_departures(told: Any) -> None:
    for customer, event, reason in (
        ("handed over", "transferred", None),
        ("died", "cancelled", "death"),
        ("other brand", "cancelled", "brand_change"),
        ("owes", "suspended", "arrears"),
    ):
        joined(told, customer)
        told.used(customer, *DAILY)
        told.contract(customer, event, 20, reason=reason)
    told.contract("owes", "cancelled", 40, reason="arrears")
    assert left(told) == []


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_every_cut_off_is_judged_by_the_use_before_it(told: Any, mode: str) -> None:
    joined(told, "C")
    told.used("C", *range(-28, 10), *range(12, 30))
    told.contract("C", "suspended", 10.5, reason="arrears")
    told.contract("C", "restored", 12)
    told.contract("C", "suspended", 45, reason="arrears")
    assert left(told, mode) == [("C", 29, "silent")]


def test_a_prepaid_silence_is_the_last_day_of_use(told: Any) -> None:
    joined(told, "quiet", "busy", "away a while")
    told.used("quiet", *range(-28, 21))
    told.used("busy", *DAILY)
    told.used("away a while", *range(-28, 21), *range(45, 120))
    assert left(told, "prepaid") == [("quiet", 20, "silent")]
    assert left(told, "postpaid") == []


def test_the_formal_end_of_a_silence_is_no_second_departure(told: Any) -> None:
    joined(told, "in it", "before it")
    told.used("in it", *range(-28, 6))
    told.contract("in it", "cancelled", 55, reason="silent")
    told.used("before it", -28)
    told.contract("before it", "cancelled", 30, reason="silent")
    assert left(told, "prepaid") == [("in it", 5, "silent")]


def test_a_silence_after_leaving_is_the_same_departure(told: Any) -> None:
    joined(told, "ported", "asked", "suspended")
    for customer in ("ported", "asked", "suspended"):
        told.used(customer, *range(-28, 21))
    told.contract("ported", "ported", 20.4)
    told.contract("asked", "pre_cancelled", 12)
    told.contract("suspended", "suspended", 10)
    assert left(told, "prepaid") == [("asked", 12, "cancelled"), ("ported", 20.4, "ported")]


def test_what_was_learned_later_counts_as_it_is_known_now(told: Any) -> None:
    joined(told, "L")
    told.contract("L", "ported", 10, known=100)
    assert left(told) == [("L", 10, "ported")]
    assert left(told, known=99) == []


def test_reason_and_start_come_along(told: Any) -> None:
    joined(told, "R", day=-40)
    told.contract("R", "pre_cancelled", 10, reason="price")
    told.contract("R", "cancelled", 55, reason="formal")
    row = found(told).iloc[0]
    assert (row["reason"], row["started"]) == ("price", pd.Timestamp(told.at(-40)))
    assert pd.isna(row["rival"])


@pytest.mark.parametrize("mode", ["postpaid", "prepaid"])
def test_none_churned(told: Any, mode: str) -> None:
    joined(told, "stays")
    told.used("stays", *DAILY)
    rows = found(told, mode)
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
def test_the_first_departure_is_the_labels(told: Any, mode: str) -> None:
    """Of customers eligible on the first day, label and archive tell the same departures."""
    for number, (event, day) in enumerate(
        [("ported", 3), ("pre_cancelled", 30), ("cancelled", 59), ("transferred", 8), ("none", 0)]
    ):
        customer = f"C{number}"
        joined(told, customer)
        told.used(customer, *range(-28, day or 120))
        if event != "none":
            told.contract(customer, event, day)
    joined(told, "quiet")
    told.used("quiet", *range(-28, 30))
    told.rules = dataclasses.replace(told.rules, lead_days=0, horizon_days=60)
    labels = told.labels(mode)
    labels = labels[labels["outcome"] == "left"].sort_index()
    rows = found(told, mode).set_index("customer_id")
    assert list(rows.index) == list(labels.index)
    assert rows["kind"].tolist() == labels["kind"].tolist()
    assert rows["event_at"].tolist() == labels["event_at"].tolist()
