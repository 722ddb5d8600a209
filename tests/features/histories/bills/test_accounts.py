"""Which bills are paid, which are overdue, and from which day that is known."""

from __future__ import annotations

from datetime import date

import pytest

from tests.facts import MOMENTS, Fact, Row, day, fact, joined, operator, rows

OF = ("accounts", "bills")
MARCH, APRIL, MAY = date(2025, 3, 1), date(2025, 4, 1), date(2025, 5, 1)


def bill(
    period: date,
    issued: float,
    due: float | None,
    fen: int,
    known: float | None = None,
    customer: str = "C1",
) -> Fact:
    own = {"period": period, "revenue_fen": fen, "due": None if due is None else day(due).date()}
    return fact("bills", customer, day(issued), day(issued if known is None else known), **own)


def paid(
    at: float, fen: int, known: float | None = None, name: str = "P1", customer: str = "C1"
) -> Fact:
    known_at = day(at if known is None else known)
    return fact("payments", customer, day(at), known_at, payment_id=name, amount_fen=fen)


def row(*facts: Fact, at: float = 0, mode: str = "postpaid", customer: str = "C1") -> Row:
    start = [*joined("C1", payment_mode=mode), *joined("C2", payment_mode=mode)]
    return rows([*start, *facts], of=OF)[customer, day(at)]


def test_a_bill_is_overdue_from_the_day_after_it_was_due() -> None:
    facts = [*joined("C1"), bill(APRIL, -30, 0, 8_000)]
    found = rows(facts, of=OF)
    overdue = {moment: found["C1", moment]["overdue_bills"] for moment in MOMENTS}
    assert [moment for moment, count in overdue.items() if count] == [day(1), *MOMENTS[7:]]
    later = found["C1", day(7)]
    assert (later["overdue_cny"], later["days_overdue"], later["late_payments_26w"]) == (80, 7, 1)
    assert (later["unpaid_26w_share"], later["days_to_pay_26w_mean"]) == (100, None)


def test_the_oldest_bill_is_paid_first() -> None:
    facts = [bill(MARCH, -70, -50, 5_000), bill(APRIL, -40, -20, 8_000), paid(-10, 6_000)]
    found = row(*facts)
    assert (found["overdue_bills"], found["overdue_cny"], found["days_overdue"]) == (1, 80, 20)
    assert found["days_to_pay_26w_latest"] == 60
    assert found["late_payments_26w"] == 2


def test_parts_settle_a_bill_together() -> None:
    facts = [bill(APRIL, -40, -20, 8_000), paid(-30, 5_000), paid(-25, 3_000, name="P2")]
    found = row(*facts)
    assert (found["overdue_bills"], found["late_payments_26w"]) == (0, 0)
    assert (found["days_to_pay_26w_latest"], found["unpaid_26w_share"]) == (15, 0)


@pytest.mark.parametrize(("at", "late"), [(-20.5, 0), (-19.5, 0), (-18.5, 1)])
def test_a_payment_on_the_day_it_is_due_is_in_time(at: float, late: int) -> None:
    assert row(bill(APRIL, -40, -20, 8_000), paid(at, 8_000))["late_payments_26w"] == late


def test_a_payment_counts_from_the_day_it_is_known() -> None:
    facts = [*joined("C1"), bill(APRIL, -40, -20, 8_000), paid(-21, 8_000, known=1.5)]
    found = rows(facts, of=OF)
    overdue = [found["C1", moment]["overdue_bills"] for moment in MOMENTS]
    assert overdue == [moment > day(-20) and moment <= day(1.5) for moment in MOMENTS]
    assert found["C1", day(2)]["late_payments_26w"] == 0


def test_what_was_paid_before_the_first_bill_settles_nothing() -> None:
    """A prepaid customer's top-ups, before a change to a contract with bills."""
    found = row(paid(-90, 9_000), bill(APRIL, -40, -20, 8_000), bill(MARCH, -70, None, 8_000))
    assert found["overdue_bills"] == 1


def test_what_is_paid_beyond_the_bill_settles_the_next() -> None:
    found = row(bill(APRIL, -40, -20, 5_000), paid(-30, 9_000), bill(MAY, -15, -5, 4_000))
    assert (found["overdue_bills"], found["days_to_pay_26w_latest"]) == (0, 0)


def test_bills_of_the_prepaid_are_never_overdue() -> None:
    found = row(bill(APRIL, -40, -20, 5_000), mode="prepaid")
    assert (found["overdue_bills"], found["overdue_cny"]) == (0, 0)
    assert found["days_overdue"] is found["unpaid_26w_share"] is None


def test_a_bill_corrected_downwards_needs_less_to_be_paid() -> None:
    facts = [bill(APRIL, -40, -20, 8_000), paid(-30, 5_000)]
    corrected = bill(APRIL, -40, -20, 5_000, known=-3)
    assert row(*facts)["overdue_bills"] == 1
    assert row(*facts, corrected)["overdue_bills"] == 0
    assert row(*facts, corrected, at=-7)["overdue_bills"] == 1


def test_a_bill_corrected_upwards_is_owed_the_difference() -> None:
    facts = [bill(APRIL, -40, -20, 5_000), paid(-30, 5_000)]
    corrected = bill(APRIL, -40, -20, 5_600, known=-3)
    assert row(*facts, corrected, at=-7)["overdue_cny"] == 0
    assert row(*facts, corrected)["overdue_cny"] == 6
    assert row(*facts, corrected, paid(-2, 600, name="P2"))["overdue_cny"] == 0


def test_a_corrected_bill_is_one_bill() -> None:
    facts = [bill(APRIL, -40, -20, 5_000), bill(APRIL, -40, -20, 6_000, known=-30)]
    found = row(*facts)
    assert (found["overdue_bills"], found["overdue_cny"], found["late_payments_26w"]) == (1, 60, 1)
    found = row(*facts, paid(-25, 5_000))
    assert (found["overdue_bills"], found["overdue_cny"]) == (1, 10)
    assert found["days_to_pay_26w_latest"] is None
    found = row(*facts, paid(-25, 5_000), paid(-22, 1_000, name="P2"))
    assert (found["overdue_bills"], found["late_payments_26w"]) == (0, 0)
    assert (found["days_to_pay_26w_latest"], found["days_to_pay_26w_mean"]) == (18, 18)


def test_the_due_date_is_the_latest_known() -> None:
    facts = [bill(APRIL, -40, -20, 5_000), bill(APRIL, -40, -2, 5_000, known=-5)]
    assert row(*facts, at=-7)["days_overdue"] == 13
    assert row(*facts)["days_overdue"] == 2
    assert row(*facts, paid(-3, 5_000))["late_payments_26w"] == 0


def test_a_payment_booked_to_the_wrong_customer_moves_when_that_is_known() -> None:
    facts = [
        bill(APRIL, -40, -20, 8_000),
        bill(APRIL, -40, -20, 8_000, customer="C2"),
        bill(MAY, -10, -5, 1_000),
        paid(-30, 8_000),
        paid(-30, 8_000, known=-3, customer="C2"),
    ]
    before = [row(*facts, at=-7, customer=customer)["overdue_cny"] for customer in ("C1", "C2")]
    after = [row(*facts, customer=customer)["overdue_cny"] for customer in ("C1", "C2")]
    # The bill that was settled stays so, and what was taken back is owed behind those known.
    assert (before, after) == ([0, 80], [10, 0])
    assert row(*facts, paid(-1, 1_000, name="P2"))["overdue_cny"] == 0
    june = bill(date(2025, 6, 1), -2, -1, 500)
    assert row(*facts, june, paid(-1, 8_900, name="P2"))["overdue_cny"] == 5


def test_only_half_a_year_is_looked_at_but_for_what_is_overdue() -> None:
    long_ago = bill(date(2024, 6, 1), -330, -310, 7_000)
    assert row(long_ago)["days_overdue"] == 310
    found = row(long_ago, paid(-320, 7_000))
    assert (found["days_overdue"], found["days_to_pay_26w_mean"]) == (None, None)


def test_without_a_due_date_there_are_no_accounts() -> None:
    names = {feature.name for feature in operator().histories.features}
    assert {"overdue_bills", "days_to_pay_26w_mean", "unpaid_26w_share"} <= names
    fewer = operator(frozenset({"bills.due"}))
    assert not {"overdue_bills", "unpaid_26w_share"} & {f.name for f in fewer.histories.features}
