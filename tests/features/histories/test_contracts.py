"""Where a customer stands after each sequence of contract events."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest

from features.feeds import CONTRACT_EVENTS
from features.histories import contracts
from tests.facts import MONDAY, Fact, Row, day, fact, stream


def event(name: str, at: float, known: float | None = None, **own: Any) -> Fact:
    return fact(
        "contracts", "C1", day(at), None if known is None else day(known), event=name, **own
    )


def standing(*facts: Fact) -> Row:
    (row,) = stream(contracts.standing, "contracts", facts)
    return row


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ("started", "active"),
        ("started plan_changed", "active"),
        ("started suspended", "suspended"),
        ("started suspended plan_changed", "suspended"),
        ("started suspended restored", "active"),
        ("started pre_cancelled", "pre_cancelled"),
        ("started pre_cancelled plan_changed", "pre_cancelled"),
        ("started pre_cancelled restored", "active"),
        ("started pre_cancelled cancelled", "left"),
        ("started suspended cancelled", "left"),
        ("started ported", "left"),
        ("started transferred", "left"),
        ("started cancelled started", "active"),
        ("started cancelled started suspended", "suspended"),
        ("plan_changed started", "active"),
    ],
)
def test_the_latest_event_that_changes_it_decides(events: str, expected: str) -> None:
    facts = [event(name, at - 20) for at, name in enumerate(events.split())]
    assert standing(*facts)["standing"] == expected
    assert standing(*reversed(facts))["standing"] == expected


def test_every_event_is_placed() -> None:
    assert {*contracts.STANDING, "plan_changed"} == set(CONTRACT_EVENTS)


def test_a_departure_dated_back_counts_once_it_is_known() -> None:
    start = event("started", -20)
    assert standing(start, event("ported", -9, known=0))["standing"] == "active"
    assert standing(start, event("ported", -9, known=-0.1))["standing"] == "left"


def test_before_a_start_is_known_there_is_no_contract() -> None:
    assert stream(contracts.standing, "contracts", [event("plan_changed", -9, plan="P2")]) == []
    late = [event("started", -9, known=1), event("suspended", -5)]
    assert stream(contracts.standing, "contracts", late) == []


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("started", "suspended", "suspended"),
        ("suspended", "restored", "active"),
        ("restored", "pre_cancelled", "pre_cancelled"),
        ("pre_cancelled", "cancelled", "left"),
        ("pre_cancelled", "ported", "left"),
    ],
)
def test_events_of_one_moment_count_in_the_order_of_a_contracts_life(
    first: str, then: str, expected: str
) -> None:
    moments = {"started": -20.0} | {first: -9.123456, then: -9.123456}
    facts = [event(name, at) for name, at in moments.items()]
    for some in itertools.permutations(facts):
        assert standing(*some)["standing"] == expected


def test_tenure_runs_from_the_latest_start() -> None:
    assert standing(event("started", -100))["tenure_days"] == 100
    again = standing(event("started", -100), event("cancelled", -50), event("started", -10.5))
    assert again["tenure_days"] == 10
    assert again["started"] == day(-10.5)


def test_the_latest_known_plan_counts() -> None:
    facts = [
        event("started", -90, plan="P1"), event("plan_changed", -30, plan="P2"),
        event("suspended", -20), event("plan_changed", -10, known=1, plan="P3"),
    ]  # fmt: skip
    row = standing(*facts)
    assert (row["plan"], row["days_since_plan_change"], row["plan_changes"]) == ("P2", 30, 1)
    row = standing(facts[0])
    assert (row["plan"], row["days_since_plan_change"], row["plan_changes"]) == ("P1", None, 0)


@pytest.mark.parametrize(("end", "days"), [((2025, 6, 12), 10), ((2025, 6, 2), 0),
                                           ((2025, 5, 30), -3)])  # fmt: skip
def test_the_days_to_the_contracts_end_are_negative_once_it_is_over(end: Any, days: int) -> None:
    row = standing(event("started", -90, contract_end=date(*end)), event("suspended", -9))
    assert row["days_to_contract_end"] == days


def test_a_renewal_moves_the_contracts_end() -> None:
    row = standing(
        event("started", -90, contract_end=date(2025, 6, 12)),
        event("plan_changed", -9, contract_end=date(2026, 6, 2)),
    )
    assert row["days_to_contract_end"] == 365


def test_without_a_contracts_end_there_are_no_days_to_it() -> None:
    assert standing(event("started", -90))["days_to_contract_end"] is None


def test_a_customer_who_rejoins_begins_again() -> None:
    row = standing(
        event("started", -90, plan="P1", contract_end=date(2025, 4, 1)),
        event("plan_changed", -80, plan="P2"),
        event("cancelled", -50),
        event("started", -10, plan="P3"),
    )
    assert (row["standing"], row["plan"], row["plan_changes"]) == ("active", "P3", 0)
    assert row["days_since_plan_change"] is row["days_to_contract_end"] is None


def test_each_moment_has_its_own_standing() -> None:
    facts = [event("started", -20), event("suspended", -9, known=-4), event("ported", -1)]
    moments = (day(-30), day(-20), day(-19), day(-4), day(-3), day(-1), MONDAY)
    found = stream(contracts.standing, "contracts", facts, moments)
    assert [(row["as_of"], row["standing"]) for row in found] == [
        (day(-19), "active"), (day(-4), "active"), (day(-3), "suspended"),
        (day(-1), "suspended"), (MONDAY, "left"),
    ]  # fmt: skip


def test_of_a_departure_and_a_start_of_one_moment_the_start_counts() -> None:
    for leaving in ("cancelled", "ported", "transferred"):
        facts = [event("started", -90, plan="P1"), event(leaving, -9), event("started", -9)]
        for some in itertools.permutations(facts):
            row = standing(*some)
            assert (row["standing"], row["tenure_days"], row["times_rejoined"]) == ("active", 9, 1)


def test_a_withdrawn_cancellation_is_remembered() -> None:
    facts = [event("started", -90), event("pre_cancelled", -30)]
    pending = standing(*facts)
    assert (pending["withdrawn_cancellations"], pending["days_since_pre_cancelled"]) == (0, 30)
    row = standing(*facts, event("restored", -20))
    assert (row["withdrawn_cancellations"], row["days_since_restored"]) == (1, 20)
    again = standing(*facts, event("restored", -20), event("pre_cancelled", -5))
    assert (again["withdrawn_cancellations"], again["standing"]) == (1, "pre_cancelled")


def test_suspensions_are_counted() -> None:
    row = standing(event("started", -90), event("suspended", -30), event("restored", -28))
    assert (row["suspensions"], row["days_since_restored"]) == (1, 28)
    row = standing(event("started", -90))
    assert (row["suspensions"], row["days_since_restored"]) == (0, None)


def test_a_renewal_of_the_plan_does_not_count_as_a_change() -> None:
    facts = [
        event("started", -300, plan="P1"),
        event("plan_changed", -200, plan="P2"),
        event("suspended", -100),
        event("plan_changed", -30, plan="P2"),
    ]
    row = standing(*facts)
    assert (row["plan"], row["previous_plan"], row["plan_changes"]) == ("P2", "P1", 1)
    assert (row["days_since_plan_change"], row["plan_changes_26w"]) == (200, 0)
    row = standing(facts[0], event("plan_changed", -30, plan="P1"))
    assert (row["plan_changes"], row["previous_plan"]) == (0, None)


def test_the_plan_before_the_latest_change_is_known() -> None:
    facts = [
        event("started", -300, plan="P1"),
        event("plan_changed", -200, plan="P2"),
        event("plan_changed", -30, plan="P3"),
    ]
    row = standing(*facts)
    assert (row["previous_plan"], row["plan_changes"], row["plan_changes_26w"]) == ("P2", 2, 1)
    assert standing(facts[0])["previous_plan"] is None


@pytest.mark.parametrize(("days", "just"), [(-57, 0), (-56, 1), (-1, 1), (0, 0), (30, 0)])
def test_a_contract_has_just_ended_for_eight_weeks(days: int, just: int) -> None:
    row = standing(event("started", -300, contract_end=day(days).date()))
    assert row["contract_just_ended"] == just


@pytest.mark.parametrize("end", ["9999-12-31", "2999-12-31", "2099-12-31", "2038-01-19"])
def test_an_end_that_is_far_away_is_an_open_one(end: str) -> None:
    start = event("started", -20, contract_end=date.fromisoformat(end))
    row = standing(start)
    assert (row["days_to_contract_end"], row["contract_just_ended"]) == (None, 0)


def test_an_open_end_takes_the_place_of_an_end_and_the_other_way_round() -> None:
    ended = event("started", -40, contract_end=day(-10).date())
    renewed = event("plan_changed", -5, contract_end=date(9999, 12, 31))
    bound = event("plan_changed", -2, contract_end=day(30).date())
    assert standing(ended, renewed)["days_to_contract_end"] is None
    assert standing(ended, renewed)["contract_just_ended"] == 0
    assert standing(ended, renewed, bound)["days_to_contract_end"] == 30
