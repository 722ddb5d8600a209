"""Billing: the bills and payments known at a moment, as streams for the aggregates.

A bill is one fact per customer and period. It exists for a feature from the day on which it
was known, not from the day printed on it, and a corrected amount replaces the first one from
the day of the correction on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS


def bills(facts: Table, as_of: Sequence[datetime], weeks: int | None = None) -> Table:
    """The bills known at each moment: one row a customer and period, with `age`, `days`, `at`.

    `at` orders them by issue, then by period. With `weeks`, only those issued in so many weeks
    before.
    """
    seen = windows.known(windows.versions(facts, FEEDS["bills"].key), as_of, weeks)
    issued_ms = (seen["at"] // 1000).cast("int64")
    period = (seen.period.cast("timestamp").epoch_seconds() // windows.SECONDS_A_DAY).cast("int64")
    return seen.mutate(at=issued_ms * 2**16 + period)


def compared(bills: Table) -> Table:
    """The stream `bills` with `rise_fen`, `bills` (1), and `margin_fen` where costs are known.

    `rise_fen` is the amount less that of the bill before it, null for the first one.
    """
    before = bills.revenue_fen.lag().over(
        ibis.window(group_by=["customer_id", "as_of"], order_by="at")
    )
    columns = {"rise_fen": bills.revenue_fen - before, "bills": ibis.literal(1, "int64")}
    if "cost_fen" in bills.columns:
        columns["margin_fen"] = bills.revenue_fen - bills.cost_fen
    return bills.mutate(**columns)


def payments(facts: Table, as_of: Sequence[datetime]) -> Table:
    """The payments and top-ups known at each moment, one row each, with `age`, `days`, `at`.

    `payments` is 1.
    """
    seen = windows.known(windows.versions(facts, FEEDS["payments"].key), as_of)
    return seen.mutate(payments=ibis.literal(1, "int64"))
