"""Bills, payments and arrears, to the fen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.facts import Fact, fact, joined
from tests.serving.analyses.conftest import AUGUST, Totals, of_facts


def bill(customer: str, month: int, amount: int, known: datetime | None = None, **own: Any) -> Fact:
    """The bill of the month before, issued on the 3rd and due on the 20th."""
    at = datetime(2025, month, 3)
    period = (at.replace(day=1) - timedelta(days=1)).replace(day=1).date()
    due = own.pop("due", at.replace(day=20).date())
    return fact("bills", customer, at, known, period=period, revenue_fen=amount, due=due, **own)


def paid(customer: str, at: datetime, amount: int) -> Fact:
    return fact("payments", customer, at, payment_id=f"{customer}-{at}", amount_fen=amount)


def test_revenue_is_the_bills_issued_in_the_period_with_their_corrections(first: Totals) -> None:
    facts = [
        *joined("C1", city="A"),
        bill("C1", 5, 70_000),
        bill("C1", 6, 8_000, cost_fen=3_000),
        bill("C1", 6, 6_000, datetime(2025, 7, 9), cost_fen=3_000),
        *joined("C2", city="B"),
        bill("C2", 6, 2_001),
        paid("C2", datetime(2025, 6, 30, 23, 59), 2_001),
        paid("C2", datetime(2025, 7, 1), 5),
    ]
    assert first(of_facts(facts, "revenue")) == {
        "billed_customers": 2,
        "billed_revenue": 100.01,
        "revenue_per_bill": 50.005,
        "billed_margin": 70.01,
        "money_received": 20.01,
    }
    corrected = first(of_facts(facts, "revenue", known_at=AUGUST))
    assert (corrected["billed_revenue"], corrected["billed_margin"]) == (80.01, 50.01)
    cities = of_facts(facts, "revenue", "city")["rows"]
    assert [(row["group"], row["billed_revenue"]) for row in cities] == [("A", 80.0), ("B", 20.01)]


def test_arrears_are_what_is_overdue_at_the_end_and_since_when(first: Totals) -> None:
    facts = [
        *joined("owes"),
        bill("owes", 4, 10_000),  # due 20 April: 72 days at the end of June
        bill("owes", 6, 5_000),
        *joined("pays_late"),
        bill("pays_late", 6, 7_000),
        paid("pays_late", datetime(2025, 7, 2), 7_000),
        *joined("paid"),
        bill("paid", 6, 9_000),
        paid("paid", datetime(2025, 6, 10), 9_000),
        *joined("prepaid", payment_mode="prepaid"),
        bill("prepaid", 6, 9_000),
        *joined("left"),
        bill("left", 6, 1_000),
        fact("contracts", "left", datetime(2025, 6, 9), event="cancelled"),
    ]
    assert first(of_facts(facts, "arrears")) == {
        "customers_in_arrears": 3,
        "overdue_bills_at_end": 4,
        "overdue_at_end": 230.0,
        "overdue_long_at_end": 100.0,
        "overdue_per_customer": 76.666667,
        "share_in_arrears": 0.5,  # two of the four who are in the network
    }
    july = of_facts(facts, "arrears", until=AUGUST)["totals"][1]
    assert (july["customers_in_arrears"], july["overdue_at_end"]) == (2, 160.0)


def test_before_the_feed_begins_nothing_is_known_rather_than_nothing_billed() -> None:
    facts = [*joined("C1"), bill("C1", 7, 100)]
    months = of_facts(facts, "revenue", until=AUGUST)
    assert [row["billed_revenue"] for row in months["totals"]] == [None, 1.0]
    assert months["on_file_from"] == {"bills": "2025-07-03"}


def test_points_are_earned_by_bills_and_held_for_as_long_as_the_rule_says() -> None:
    """Points for two months, one for each whole unit billed."""
    facts = [
        *joined("C1"),
        bill("C1", 3, 9_999),  # issued 3 March: too old at the end of June
        bill("C1", 5, 1_050),
        bill("C1", 6, 1_050),
        *joined("C2"),
        bill("C2", 6, 99),
    ]
    june, july = of_facts(facts, "points", until=AUGUST)["totals"]
    assert (june["points_earned"], june["points_held"], june["point_holders"]) == (10, 21, 1)
    assert (july["points_earned"], july["points_held"]) == (0, 10)
