"""Bills and payments as they were known."""

from __future__ import annotations

from datetime import date

from features.histories.bills import billing
from tests.facts import MOMENTS, MONDAY, Fact, Row, day, fact, joined, rows, stream

OF = ("bills", "payments")
APRIL, MAY = date(2025, 4, 1), date(2025, 5, 1)


def bill(period: date, issued: float, known: float, revenue_fen: int) -> Fact:
    return fact("bills", "C1", day(issued), day(known), period=period, revenue_fen=revenue_fen)


def paid(payment_id: str, customer_id: str, at: float, known: float, amount_fen: int) -> Fact:
    own = {"payment_id": payment_id, "amount_fen": amount_fen}
    return fact("payments", customer_id, day(at), day(known), **own)


def values(facts: list[Fact], name: str, customer: str = "C1") -> list[float | None]:
    """The feature at the moments from a week before MONDAY to a week after it."""
    found = rows([*joined("C1"), *joined("C2"), *facts], of=OF)
    return [found[customer, moment][name] for moment in MOMENTS[2:-1]]


def test_a_late_bill_does_not_change_the_past() -> None:
    facts = [bill(APRIL, -30, -30, 8_000), bill(MAY, -2.5, 1.5, 6_000)]
    assert values(facts, "bill_cny_13w_latest") == [80, 80, 80, 80, 80, 60, 60, 60]


def test_a_corrected_bill_counts_from_its_correction() -> None:
    facts = [bill(APRIL, -30, -30, 8_000), bill(APRIL, -30, 0, 6_000)]
    assert values(facts, "bill_cny_13w_latest") == [80, 80, 80, 80, 60, 60, 60, 60]
    assert values(facts, "bill_cny_13w_max") == [80, 80, 80, 80, 60, 60, 60, 60]


def test_of_bills_issued_at_one_moment_the_later_period_is_the_latest() -> None:
    for facts in (
        [bill(APRIL, -9, -9, 8_000), bill(MAY, -9, -9, 6_000)],
        [bill(MAY, -9, -9, 6_000), bill(APRIL, -9, -9, 8_000)],
        [bill(MAY, -9, -9, 8_000), bill(APRIL, -9, -9, 6_000)],
    ):
        may = next(row["revenue_fen"] for _, row in facts if row["period"] == MAY)
        assert values(facts, "bill_cny_13w_latest") == [may / 100] * 8


def test_a_bill_is_aged_by_its_issue() -> None:
    found: list[Row] = stream(billing.bills, "bills", [bill(MAY, -8, -1, 100)])
    assert [(row["age"], row["days"]) for row in found] == [(2, 8)]


def test_a_payment_counts_from_the_day_it_is_known() -> None:
    facts = [paid("P1", "C1", -3, 1.5, 500), paid("P2", "C1", -10, -10, 700)]
    assert values(facts, "payment_cny_4w") == [7, 7, 7, 7, 7, 12, 12, 12]
    assert values(facts, "days_since_payment") == [3, 8, 9, 10, 11, 5, 6, 10]


def test_a_payment_booked_to_the_wrong_customer_moves_when_that_is_known() -> None:
    facts = [paid("P1", "C1", -9, -9, 500), paid("P1", "C2", -9, 0, 500)]
    assert values(facts, "payment_cny_4w") == [5, 5, 5, 5, 0, 0, 0, 0]
    assert values(facts, "payment_cny_4w", "C2") == [0, 0, 0, 0, 5, 5, 5, 5]


def test_a_payment_that_moved_is_not_found_with_the_wrong_customer_alone() -> None:
    facts = [paid("P1", "C1", -9, -9, 500), paid("P1", "C2", -9, 0, 500)]
    facts += [*joined("C1"), *joined("C2")]
    base = rows(facts, of=OF)
    alone = rows(facts, customers=["C1"], of=OF)
    assert alone == {key: row for key, row in base.items() if key[0] == "C1"}
    assert alone["C1", day(1)]["payment_cny_4w"] == 0
    assert MONDAY in MOMENTS


def test_a_rise_is_over_the_bill_before() -> None:
    facts = [
        bill(date(2025, 2, 1), -90, -90, 5_000),
        bill(date(2025, 3, 1), -60, -60, 9_000),
        bill(APRIL, -30, -30, 6_000),
        bill(MAY, -1.5, 1.5, 8_000),
    ]
    assert values(facts, "bill_rise_cny_13w_latest") == [-30, -30, -30, -30, -30, 20, 20, 20]
    assert values(facts, "bill_rise_cny_13w_max") == [40] * 8
    assert values(facts[:1], "bill_rise_cny_13w_max") == [None] * 8


def test_the_margin_is_revenue_less_cost() -> None:
    facts = [fact("bills", "C1", day(-30), period=APRIL, revenue_fen=8_000, cost_fen=9_000)]
    assert values(facts, "bill_margin_cny_13w_latest") == [-10] * 8


def test_a_top_up_is_awaited_by_its_usual_interval() -> None:
    facts = [paid(f"P{at}", "C1", at, at, 500) for at in (-110, -80, -50)]
    found = rows([*joined("C1"), *facts], of=OF)["C1", day(0)]
    assert (found["days_between_payments_26w"], found["payment_wait_26w_share"]) == (
        30,
        100 * 50 / 30,
    )
    assert (found["payments_12w"], found["payments_26w"]) == (2, 3)
    assert found["payment_size_cny_26w_mean"] == 5
