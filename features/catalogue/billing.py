"""Features of money: bills, payments, arrears."""

from __future__ import annotations

from features.aggregates import highest, latest, latest_change, mean, nearest, total
from features.families import Declarations

bills = Declarations("bills", feed="bills", group="billing")
payments = Declarations("payments", feed="payments", group="billing")

bills.declare(
    "bill_{currency}",
    [latest, mean, latest_change, highest],
    weeks=(13,),
    column="revenue_fen",
    scale=100,
    unit="{currency}",
    en="bill",
    zh="账单金额",
)
payments.declare(
    "payment_{currency}",
    [total],
    weeks=(4, 12),
    column="amount_fen",
    scale=100,
    unit="{currency}",
    en="payments in the last {window}",
    zh="近{window}缴费金额",
)
payments.declare(
    "days_since_payment",
    [nearest],
    column="days",
    unit="d",
    en="time since the last payment",
    zh="距最近一次缴费",
    needs=("amount_fen",),
)
