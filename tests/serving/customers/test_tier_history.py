"""Every change of tier, dated by the bill that made it and with its cause."""

from __future__ import annotations

from typing import Any

from serving.customers.tier_history import tier_history
from tests.facts import Fact, day, fact, joined, operator

BOUNDS = (10_000, 20_000, 40_000)


def bill(month: int, revenue_fen: int, known: float | None = None, customer: str = "C1") -> Fact:
    """The bill of 30 days that are over `month` times 30 days after the Monday; known at once."""
    known_at = None if known is None else day(known)
    return fact(
        "bills",
        customer,
        day(30 * month),
        known_at,
        period=day(30 * month - 30).date(),
        revenue_fen=revenue_fen,
    )


def changes(*facts: Fact, until: float = 400, customers: list[str] | None = None) -> list[Any]:
    """(day of the change, before, after, cause) of each change, in order."""
    small = operator()
    small.load([*joined("C1"), *facts])
    found = tier_history(small.histories, BOUNDS, day(until), customers)
    return [
        ((row["changed_at"] - day(0)).days, row["before"], row["after"], row["cause"])
        for row in found.to_dict("records")
    ]


def test_the_history_begins_with_the_first_bill() -> None:
    assert changes(bill(1, 5_000)) == [(30, None, "standard", "first_bill")]
    assert changes(bill(1, 40_000)) == [(30, None, "diamond", "first_bill")]


def test_a_change_is_dated_by_the_day_on_which_its_bill_was_known() -> None:
    assert changes(bill(1, 5_000), bill(2, 30_000, known=75)) == [
        (30, None, "standard", "first_bill"),
        (75, "standard", "silver", "bill_rose"),
    ]


def test_a_bill_in_the_same_tier_is_not_a_change() -> None:
    assert len(changes(bill(1, 15_000), bill(2, 16_000), bill(3, 14_000))) == 1


def test_the_fourth_bill_pushes_out_the_first() -> None:
    bills = [bill(1, 30_000), bill(2, 9_000), bill(3, 9_000), bill(4, 9_000)]
    assert changes(*bills)[-1] == (120, "silver", "standard", "bill_fell")


def test_after_a_change_of_plan_the_plan_is_the_cause() -> None:
    changed = fact("contracts", "C1", day(40), event="plan_changed", plan="P2")
    bills = [bill(1, 5_000), bill(2, 30_000)]
    assert changes(*bills, changed)[-1] == (60, "standard", "silver", "plan_changed")
    early = fact("contracts", "C1", day(-10), event="plan_changed", plan="P2")
    assert changes(*bills, early)[-1][-1] == "bill_rose"
    learned_later = fact("contracts", "C1", day(40), day(61), event="plan_changed", plan="P2")
    assert changes(*bills, learned_later)[-1][-1] == "bill_rose"


def test_a_renewal_of_the_plan_is_not_a_cause() -> None:
    renewed = fact("contracts", "C1", day(40), event="plan_changed", plan="P1")
    assert changes(bill(1, 5_000), bill(2, 30_000), renewed)[-1][-1] == "bill_rose"


def test_a_corrected_bill_is_the_cause_though_a_new_one_is_learned_with_it() -> None:
    bills = [bill(1, 5_000), bill(1, 90_000, known=60), bill(2, 5_000, known=60)]
    assert changes(*bills)[-1] == (60, "standard", "diamond", "bill_corrected")


def test_a_corrected_bill_is_the_cause_of_what_it_changes() -> None:
    assert changes(bill(1, 5_000), bill(1, 25_000, known=50)) == [
        (30, None, "standard", "first_bill"),
        (50, "standard", "gold", "bill_corrected"),
    ]


def test_what_was_learned_later_is_not_recorded() -> None:
    facts = (bill(1, 5_000), bill(2, 90_000))
    assert len(changes(*facts, until=60)) == 1
    assert len(changes(*facts, until=60.001)) == 2


def test_two_bills_learned_at_one_moment_change_the_tier_once() -> None:
    assert changes(bill(1, 5_000, known=70), bill(2, 100_000, known=70)) == [
        (70, None, "diamond", "first_bill")
    ]


def test_one_customer_may_be_requested() -> None:
    facts = [bill(1, 5_000), *joined("C2"), bill(1, 90_000, customer="C2")]
    assert len(changes(*facts)) == 2
    assert changes(*facts, customers=["C2"]) == [(30, None, "diamond", "first_bill")]


def test_without_the_bills_feed_there_is_no_history() -> None:
    small = operator(frozenset({"bills"}))
    small.load(joined("C1"))
    assert tier_history(small.histories, BOUNDS, day(0)).empty
