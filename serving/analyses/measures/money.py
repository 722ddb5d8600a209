"""What was billed, paid and is owed, by customer and period."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from features.histories import people
from features.histories.bills.accounts import accounts, settlements
from serving.analyses.lake import Lake
from serving.analyses.measures.source import Source, one_if, sums_by_customer
from serving.customers.standing.rules import earned, points_held

LONG_DAYS = 60
POINTS = ("points_earned", "points_held", "holders")


def _billed(lake: Lake) -> Table:
    bills = lake.happened("bills")
    measures = {"bills": 1, "revenue_fen": bills.revenue_fen}
    if "cost_fen" in bills.columns:
        measures["margin_fen"] = bills.revenue_fen - bills.cost_fen
    rows = bills.select("customer_id", "as_of", **measures)
    return sums_by_customer(rows, tuple(measures)).mutate(billed=1)


def _received(lake: Lake) -> Table:
    payments = lake.happened("payments")
    return payments.select("customer_id", "as_of", received_fen="amount_fen")


def _owed(lake: Lake) -> Table:
    """What each owes at the period's end; `owing_here` only of customers in the network."""
    book = settlements(lake.tables["bills"], lake.tables["payments"])
    bills = accounts(book, people.profile(lake.tables["customers"], lake.ends), lake.ends)
    bills = bills.filter(bills.overdue == 1)
    is_long = bills.overdue_days > LONG_DAYS
    rows = bills.select(
        "customer_id",
        "as_of",
        "overdue_fen",
        overdue_bills=1,
        overdue_long_fen=is_long.ifelse(bills.overdue_fen, 0),
    )
    owed = sums_by_customer(rows, ("overdue_bills", "overdue_fen", "overdue_long_fen"))
    key = ["customer_id", "as_of"]
    here = lake.network.select(*key, here=True)
    owed = owed.left_join(here, key, rname="{name}_network")
    return owed.select(
        *key, "overdue_bills", "overdue_fen", "overdue_long_fen",
        owing=1, owing_here=one_if(owed.here),
    )  # fmt: skip


def _points(lake: Lake) -> Table:
    """The points that the period's bills bring, and those that each customer holds at its end."""
    bills = lake.happened("bills")
    sums = sums_by_customer(bills, ("revenue_fen",))
    brought = sums.select(
        "customer_id", "as_of",
        points_earned=earned(sums.revenue_fen, lake.points), points_held=0, holders=0,
    )  # fmt: skip
    held = points_held(lake.tables["bills"], lake.ends, lake.points)
    held = held.select(
        "customer_id", as_of=held.as_of.cast("timestamp(6)"),
        points_earned=0, points_held=held.points, holders=one_if(held.points > 0),
    )  # fmt: skip
    return ibis.union(
        *(own.mutate({name: own[name].cast("int64") for name in POINTS}) for own in (brought, held))
    )


SOURCES = (
    Source(("bills",), POINTS, _points, from_feed="bills"),
    Source(
        ("bills",), ("billed", "bills", "revenue_fen", "margin_fen"), _billed, from_feed="bills"
    ),
    Source(("payments",), ("received_fen",), _received, from_feed="payments"),
    Source(
        ("bills", "payments", "customers", "contracts"),
        ("owing", "owing_here", "overdue_bills", "overdue_fen", "overdue_long_fen"),
        _owed,
        from_feed="bills",
    ),
)
