"""What a plan costs, as it was known, and what the customer's own use would cost on another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.facts import MONDAY, Fact, Row, day, fact, joined, rows, used

GB = 1_000_000


def plan(name: str, known: float = -300, at: float = -300, **own: Any) -> Fact:
    """A plan without allowances at 50.00 a month, 3.00 a GB and 0.10 a minute."""
    own = {"fee_fen": 5_000, "allowance_kb": 0, "allowance_s": 0} | own
    return fact("plans", name, day(at), day(known), **own)


def row(*facts: Fact, mode: str = "postpaid", joins: float = -200) -> Row:
    return rows([*joined("C1", joins, payment_mode=mode), *facts])["C1", MONDAY]


def month(kb: int = 0, seconds: int = 0) -> list[Fact]:
    """Use in four closed weeks that makes just so much a month of 30.4375 days."""
    assert kb % 487 == seconds % 487 == 0
    return [used("C1", -10, data_kb=kb * 448 // 487, voice_out_s=seconds * 448 // 487)]


def test_a_plan_costs_its_fee_and_what_is_used_beyond_it() -> None:
    own = plan("P1", allowance_kb=487 * 1_000, allowance_s=487 * 10)
    found = row(own, *month(kb=487 * 3_000, seconds=487 * 40))
    # 0.974 GB at 3.00 and 243.5 minutes at 0.10 beyond the allowances
    assert found["plan_cost_cny"] == 77.27
    assert (found["plan_fee_cny"], found["plan_saving_cny"]) == (50, 0)
    assert (found["data_allowance_share"], found["voice_allowance_share"]) == (300, 400)


def test_the_saving_is_that_of_the_cheapest_plan_of_the_same_payment_mode() -> None:
    others = [
        plan("P2", fee_fen=4_000),
        plan("P3", fee_fen=3_000, overage_fen_gb=9_000),
        plan("P4", fee_fen=100, payment_mode="prepaid"),
    ]
    found = row(plan("P1"), *others, *month(kb=487 * 1_000))
    assert found["plan_cost_cny"] == 50 + 1.46
    assert (found["plan_saving_cny"], found["plan_saving_share"]) == (
        10,
        pytest.approx(19.43, 1e-3),
    )
    assert row(plan("P1"), *others)["plan_saving_cny"] == 20


def test_a_plan_is_what_was_known_of_it() -> None:
    found = rows(
        [
            *joined("C1"),
            plan("P1"),
            plan("P1", at=-5, known=-4, fee_fen=6_000),
            plan("P1", at=-5, known=1.5, fee_fen=5_500),
            plan("P2", at=-5, known=1.5, fee_fen=1_000),
        ]
    )
    fees = [found["C1", day(number)]["plan_fee_cny"] for number in (-7, 0, 1, 2)]
    saved = [found["C1", day(number)]["plan_saving_cny"] for number in (-7, 0, 1, 2)]
    assert (fees, saved) == ([50, 60, 60, 55], [0, 0, 0, 45])


def test_the_fee_is_held_against_that_of_the_plan_before() -> None:
    change = fact("contracts", "C1", day(-30), event="plan_changed", plan="P2")
    found = row(plan("P1"), plan("P2", fee_fen=8_000), change)
    assert (found["plan_fee_cny"], found["plan_fee_rise_cny"]) == (80, 30)
    assert row(plan("P1"))["plan_fee_rise_cny"] is None


def test_who_is_new_has_a_fee_but_no_month_to_charge() -> None:
    for joins, known in ((-35, False), (-36, True)):
        found = row(plan("P1"), joins=joins)
        assert found["plan_fee_cny"] == 50
        assert (found["plan_cost_cny"] is not None) == known
        assert (found["plan_saving_cny"] is not None) == known


def test_a_plan_without_prices_has_no_cost() -> None:
    found = row(plan("P2"))
    assert found["plan_fee_cny"] is found["plan_cost_cny"] is found["plan_saving_cny"] is None


def test_without_an_allowance_no_share_of_it_is_used() -> None:
    found = row(plan("P1"), *month(kb=487))
    assert found["data_allowance_share"] is found["voice_allowance_share"] is None


def test_bills_above_the_fee_are_counted() -> None:
    bills = [
        fact("bills", "C1", day(at), period=day(at - 30).date(), revenue_fen=fen)
        for at, fen in ((-100, 5_001), (-70, 5_000), (-40, 9_000), (-10, 4_000))
    ]
    assert row(plan("P1"), *bills)["bills_over_fee_26w"] == 2


def test_without_a_known_fee_no_bill_is_held_against_it() -> None:
    bill = fact("bills", "C1", day(-10), period=day(-40).date(), revenue_fen=4_000)
    assert row(plan("P1"), bill)["bills_over_fee_26w"] == 0
    assert row(plan("P2"), bill)["bills_over_fee_26w"] is None
    assert row(plan("P1"))["bills_over_fee_26w"] is None
