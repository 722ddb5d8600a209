"""A row poisoned with the future changes nothing before it was known, and something after."""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from features.feeds import FEEDS
from tests.facts import MOMENTS, WORDS, Fact, Rows, day, fact, joined, rows, used

APRIL, MAY = date(2025, 4, 1), date(2025, 5, 1)


def said(customer: str, event: str, at: float, known: float, **own: object) -> Fact:
    own = {"complaint_id": f"K-{customer}", "event": event, **own}
    return fact("complaints", customer, day(at), day(known), **own)


def signed(customer: str, event: str, at: float, known: float, **own: object) -> Fact:
    return fact("contracts", customer, day(at), day(known), event=event, **own)


def billed(
    customer: str, period: date, at: float, known: float, revenue_fen: int, due: float | None = None
) -> Fact:
    own = {"period": period, "revenue_fen": revenue_fen, "due": due and day(due).date()}
    return fact("bills", customer, day(at), day(known), **own)


def priced(plan: str, at: float, known: float, fee_fen: int) -> Fact:
    return fact("plans", plan, day(at), day(known), fee_fen=fee_fen)


def paid(customer: str, at: float, known: float, amount_fen: int) -> Fact:
    own = {"payment_id": f"P-{customer}", "amount_fen": amount_fen}
    return fact("payments", customer, day(at), day(known), **own)


def answered(customer: str, at: float, known: float, score: int) -> Fact:
    own = {"survey_id": f"S-{customer}", "score": score}
    return fact("surveys", customer, day(at), day(known), **own)


def contacted(customer: str, event: str, at: float, known: float, **own: object) -> Fact:
    own = {"contact_id": f"O-{customer}", "event": event, **own}
    return fact("contacts", customer, day(at), day(known), **own)


def called(customer: str, number: int, known: float, other_id: str = "X1", calls: int = 1) -> Fact:
    own = {"other_id": other_id, "day": day(number).date(), "calls": calls}
    return fact("calls", customer, day(number + 0.999), day(known), **own)


def called_five(customer: str) -> list[Fact]:
    return [called(customer, -20, -18, f"X{number}") for number in range(1, 6)]


# By name: what is there before, and the poison. Each name is a customer of its own.
CASES: dict[str, tuple[list[Fact], Fact]] = {
    "a complaint opened tomorrow": ([], said("a complaint opened tomorrow", "opened", 1, 1)),
    "a complaint known next week": ([], said("a complaint known next week", "opened", -3, 7)),
    "a closing dated back": (
        [said("a closing dated back", "opened", -9, -9)],
        said("a closing dated back", "closed", -5, 2),
    ),
    "a reopening dated back": (
        [said("a reopening dated back", "opened", -9, -9),
         said("a reopening dated back", "closed", -8, -8)],
        said("a reopening dated back", "reopened", -5, 2),
    ),
    "a rating known later": (
        [said("a rating known later", "opened", -9, -9)],
        said("a rating known later", "rated", -5, 2.5, rating=1),
    ),
    "a severity corrected": (
        [said("a severity corrected", "opened", -9, -9, severity=1)],
        said("a severity corrected", "opened", -9, 2, severity=5),
    ),
    "a bill known next week": (
        [billed("a bill known next week", APRIL, -32, -32, 5_000)],
        billed("a bill known next week", MAY, -1, 7, 9_000),
    ),
    "a bill corrected": (
        [billed("a bill corrected", APRIL, -32, -32, 5_000)],
        billed("a bill corrected", APRIL, -32, 1, 100),
    ),
    "an overdue bill paid, as is known later": (
        [billed("an overdue bill paid, as is known later", APRIL, -32, -32, 5_000, -12)],
        paid("an overdue bill paid, as is known later", -13, 1.5, 5_000),
    ),
    "an overdue bill corrected": (
        [billed("an overdue bill corrected", APRIL, -32, -32, 5_000, -12),
         paid("an overdue bill corrected", -13, -13, 4_000)],
        billed("an overdue bill corrected", APRIL, -32, 2, 4_000, -12),
    ),
    # All of plans is known on one day, since the cheapest plan is everyone's.
    "a fee known later": (
        [signed("a fee known later", "plan_changed", -99, -99, plan="PX"),
         priced("PX", -300, -300, 5_000)],
        priced("PX", -3, 2, 6_000),
    ),
    "a fee corrected": (
        [signed("a fee corrected", "plan_changed", -99, -99, plan="PY"),
         priced("PY", -300, -300, 7_000)],
        priced("PY", -300, 2, 8_000),
    ),
    "a cheaper plan known later": (
        [signed("a cheaper plan known later", "plan_changed", -99, -99, plan="PX")],
        priced("PZ", -3, 2, 100),
    ),
    "a payment known later": ([], paid("a payment known later", -3, 1.5, 5_000)),
    "a payment corrected": (
        [paid("a payment corrected", -3, -3, 5_000)],
        paid("a payment corrected", -3, 2, 100),
    ),
    "a departure dated back": ([], signed("a departure dated back", "cancelled", -30, 2)),
    "a port-out tomorrow": ([], signed("a port-out tomorrow", "ported", 1, 1)),
    "a cut-off dated back": ([], signed("a cut-off dated back", "suspended", -3, 0.5)),
    "a plan change known later": (
        [], signed("a plan change known later", "plan_changed", -3, 1, plan="P9"),
    ),
    "a rejoining known later": (
        [signed("a rejoining known later", "cancelled", -20, -20)],
        signed("a rejoining known later", "started", -3, 1),
    ),
    "a start corrected": (
        [], signed("a start corrected", "started", -200, 1, plan="P9"),
    ),
    "recent use known later": ([], used("recent use known later", -3, 1.5, data_kb=4096)),
    "use of a closed week known later": (
        [], used("use of a closed week known later", -20, 0, data_kb=4096),
    ),
    "use of a closed week corrected": (
        [used("use of a closed week corrected", -20, data_kb=4096)],
        used("use of a closed week corrected", -20, 2.9, data_kb=1),
    ),
    "trouble in the city known later": (
        joined("a townsman", city="trouble in the city known later"),
        used("a townsman", -3, 1.5, dropped_calls=5),
    ),
    "use tomorrow": ([], used("use tomorrow", 1, data_kb=4096)),
    "a profile known later": (
        [], fact("customers", "a profile known later", day(-9), day(1), city="Z"),
    ),
    "a profile corrected": (
        [], fact("customers", "a profile corrected", day(-200), day(2), consent=False),
    ),
    "consent withdrawn tomorrow": (
        [], fact("customers", "consent withdrawn tomorrow", day(1), consent=False),
    ),
    "a text corrected": (
        [said("a text corrected", "opened", -9, -9, text=WORDS[0])],
        said("a text corrected", "opened", -9, 2, text=WORDS[1]),
    ),
    "a survey known later": ([], answered("a survey known later", -3, 2.5, 1)),
    "a survey corrected": (
        [answered("a survey corrected", -3, -3, 9)], answered("a survey corrected", -3, 1, 2),
    ),
    "a contact known later": ([], contacted("a contact known later", "sent", -3, 1)),
    "an acceptance known later": (
        [contacted("an acceptance known later", "sent", -3, -3)],
        contacted("an acceptance known later", "accepted", -2, 2.5),
    ),
    "a contact tomorrow": ([], contacted("a contact tomorrow", "sent", 1, 1)),
    "a contact moved to the controls": (
        [contacted("a contact moved to the controls", "sent", -3, -3)],
        contacted("a contact moved to the controls", "sent", -3, 2, arm="control"),
    ),
    "a call of a closed week known later": (
        [], called("a call of a closed week known later", -20, 0.5),
    ),
    "calls corrected": (
        called_five("calls corrected"), called("calls corrected", -20, 1.5, calls=9),
    ),
    "a call of an open week": ([], called("a call of an open week", 0, 1)),
    "a colleague's departure known later": (
        [*joined("a colleague", group_id="G"),
         fact("customers", "a colleague's departure known later", day(-190), group_id="G")],
        signed("a colleague", "ported", -9, 1),
    ),
    "a neighbour's departure known later": (
        [*joined("a neighbour"), *called_five("a neighbour's departure known later"),
         called("a neighbour's departure known later", -20, -18, "a neighbour")],
        signed("a neighbour", "ported", -9, 1),
    ),
    "a customer known later": (
        [], fact("contracts", "a customer known later", day(-30), day(1), event="started"),
    ),
}  # fmt: skip


@cache
def found(poisoned: bool) -> Rows:
    facts: list[Fact] = []
    for name, (before, poison) in CASES.items():
        # A city of its own, since what a city meets with all its customers feel.
        start = joined(name, city=name)
        facts += start[:1] if name == "a customer known later" else start
        facts += [*before, poison] if poisoned else before
    return rows(facts)


def changed(name: str) -> set[object]:
    clean, poisoned = found(False), found(True)
    return {
        moment for moment in MOMENTS if clean.get((name, moment)) != poisoned.get((name, moment))
    }


@pytest.mark.parametrize("name", CASES)
def test_the_future_changes_nothing_before_it_is_known(name: str) -> None:
    _, (_, poison) = CASES[name]
    assert not {moment for moment in MOMENTS if moment <= poison["known_at"]} & changed(name)


@pytest.mark.parametrize("name", CASES)
def test_once_known_it_does_change_something(name: str) -> None:
    assert changed(name)


def test_every_feed_is_poisoned() -> None:
    # No feature is computed from offers.
    assert {poison[0] for _, poison in CASES.values()} == set(FEEDS) - {"offers"}
    assert all(poison[1]["known_at"] >= day(0) for _, poison in CASES.values())
