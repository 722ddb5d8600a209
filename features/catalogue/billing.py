"""Features of money: bills, payments, arrears."""

from __future__ import annotations

from features.catalogue.aggregates import (
    farthest,
    gap,
    highest,
    known_total,
    latest,
    latest_change,
    mean,
    nearest,
    row_variation,
    share_of,
    total,
    wait_share,
)
from features.catalogue.families import Declarations

bills = Declarations("bills", feed="bills", group="billing")
payments = Declarations("payments", feed="payments", group="billing")
accounts = Declarations("accounts", feed="bills", group="billing")

SETTLED = ("due", "revenue_fen", "payments.amount_fen")
PLAN = ("contracts.plan", "plans.fee_fen")

for aggregates, windows in (
    ([latest, mean, latest_change, highest], (13,)),
    ([latest_change, row_variation], (26,)),
):
    bills.declare(
        "bill_{currency}",
        aggregates,
        weeks=windows,
        column="revenue_fen",
        scale=100,
        unit="{currency}",
        en="bill",
        zh="账单金额",
    )
bills.declare(
    "bill_rise_{currency}",
    [latest, highest],
    weeks=(13,),
    column="rise_fen",
    scale=100,
    unit="{currency}",
    en="rise of a bill over the one before (below 0 a fall)",
    zh="账单较上一期的增加额（负数为减少）",
    needs=("revenue_fen",),
)
bills.declare(
    "bill_margin_{currency}",
    [latest],
    weeks=(13,),
    column="margin_fen",
    scale=100,
    unit="{currency}",
    en="margin of a bill",
    zh="账单毛利",
    needs=("revenue_fen", "cost_fen"),
    staff_may_hear=False,
)
bills.declare(
    "bills_over_fee",
    [known_total],
    weeks=(26,),
    column="over_fee",
    unit="",
    en="bills above the plan's present fee, of those of the last {window}",
    zh="近{window}超出套餐现行月费的账单数",
    needs=("revenue_fen", *PLAN),
)
bills.declare(
    "bills",
    [total],
    weeks=(26,),
    unit="",
    en="bills of the last {window}",
    zh="近{window}账单数",
    needs=("revenue_fen",),
)
bills.declare(
    "days_since_bill",
    [nearest],
    column="days",
    unit="d",
    en="time since the last bill, if within 31 weeks",
    zh="距最近一次出账（31周内）",
    needs=("revenue_fen",),
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
    "payment_size_{currency}",
    [mean],
    weeks=(26,),
    column="amount_fen",
    scale=100,
    unit="{currency}",
    en="payment",
    zh="单次缴费金额",
)
payments.declare(
    "payments",
    [total],
    weeks=(12, 26),
    unit="",
    en="number of payments in the last {window}",
    zh="近{window}缴费次数",
    needs=("amount_fen",),
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
payments.declare(
    "days_between_payments",
    [gap],
    weeks=(26,),
    column="days",
    unit="d",
    en="usual time between payments in the last {window}",
    zh="近{window}缴费的通常间隔",
    needs=("amount_fen",),
)
payments.declare(
    "payment_wait",
    [wait_share],
    weeks=(26,),
    column="days",
    unit="%",
    en="time since the last payment, of the usual time between payments in the last {window}",
    zh="距最近一次缴费占近{window}通常缴费间隔的比例",
    needs=("amount_fen",),
)

accounts.declare(
    "overdue_bills",
    [total],
    column="overdue",
    unit="",
    en="overdue bills",
    zh="逾期未缴账单数",
    needs=SETTLED,
)
accounts.declare(
    "overdue_{currency}",
    [total],
    column="overdue_fen",
    scale=100,
    unit="{currency}",
    en="amount of the overdue bills",
    zh="逾期未缴金额",
    needs=SETTLED,
)
accounts.declare(
    "days_overdue",
    [farthest],
    column="overdue_days",
    unit="d",
    en="time since the oldest overdue bill was due",
    zh="最早一笔欠费已逾期",
    needs=SETTLED,
)
accounts.declare(
    "late_payments",
    [total],
    weeks=(26,),
    column="late",
    unit="",
    en="bills of the last {window} that were not paid in time",
    zh="近{window}未按时缴清的账单数",
    needs=SETTLED,
)
accounts.declare(
    "days_to_pay",
    [latest, mean],
    weeks=(26,),
    unit="d",
    en="time from a bill's issue to its payment",
    zh="从出账到缴清的时长",
    needs=SETTLED,
)
accounts.declare(
    "unpaid",
    [share_of("amount_fen")],
    weeks=(26,),
    column="unpaid_fen",
    unit="%",
    en="share of the bills of the last {window} that is not paid",
    zh="近{window}账单中未缴金额的比例",
    needs=SETTLED,
)
