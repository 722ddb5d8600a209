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

bill = bills.measure(
    "bill_{currency}", "bill", "账单金额", unit="{currency}", column="revenue_fen", scale=100
)
bill.declare(latest, mean, latest_change, highest, weeks=(13,))
bill.declare(latest_change, row_variation, weeks=(26,))
rise = bills.measure(
    "bill_rise_{currency}",
    "rise of a bill over the one before (below 0 a fall)",
    "账单较上一期的增加额（负数为减少）",
    unit="{currency}",
    column="rise_fen",
    scale=100,
    needs=("revenue_fen",),
)
rise.declare(latest, highest, weeks=(13,))
margin = bills.measure(
    "bill_margin_{currency}",
    "margin of a bill",
    "账单毛利",
    unit="{currency}",
    column="margin_fen",
    scale=100,
    needs=("revenue_fen", "cost_fen"),
    staff_may_hear=False,
)
margin.declare(latest, weeks=(13,))
over_fee = bills.measure(
    "bills_over_fee",
    "bills above the plan's present fee, of those of the last {window}",
    "近{window}超出套餐现行月费的账单数",
    column="over_fee",
    needs=("revenue_fen", *PLAN),
)
over_fee.declare(known_total, weeks=(26,))
count = bills.measure(
    "bills", "bills of the last {window}", "近{window}账单数", needs=("revenue_fen",)
)
count.declare(total, weeks=(26,))
since_bill = bills.measure(
    "days_since_bill",
    "time since the last bill, if within 31 weeks",
    "距最近一次出账（31周内）",
    unit="d",
    column="days",
    needs=("revenue_fen",),
)
since_bill.declare(nearest)

paid = payments.measure(
    "payment_{currency}",
    "payments in the last {window}",
    "近{window}缴费金额",
    unit="{currency}",
    column="amount_fen",
    scale=100,
)
paid.declare(total, weeks=(4, 12))
size = payments.measure(
    "payment_size_{currency}",
    "payment",
    "单次缴费金额",
    unit="{currency}",
    column="amount_fen",
    scale=100,
)
size.declare(mean, weeks=(26,))
times = payments.measure(
    "payments",
    "number of payments in the last {window}",
    "近{window}缴费次数",
    needs=("amount_fen",),
)
times.declare(total, weeks=(12, 26))
since_payment = payments.measure(
    "days_since_payment",
    "time since the last payment",
    "距最近一次缴费",
    unit="d",
    column="days",
    needs=("amount_fen",),
)
since_payment.declare(nearest)
between = payments.measure(
    "days_between_payments",
    "usual time between payments in the last {window}",
    "近{window}缴费的通常间隔",
    unit="d",
    column="days",
    needs=("amount_fen",),
)
between.declare(gap, weeks=(26,))
wait = payments.measure(
    "payment_wait",
    "time since the last payment, of the usual time between payments in the last {window}",
    "距最近一次缴费占近{window}通常缴费间隔的比例",
    unit="%",
    column="days",
    needs=("amount_fen",),
)
wait.declare(wait_share, weeks=(26,))

overdue = accounts.measure(
    "overdue_bills", "overdue bills", "逾期未缴账单数", column="overdue", needs=SETTLED
)
overdue.declare(total)
overdue_amount = accounts.measure(
    "overdue_{currency}",
    "amount of the overdue bills",
    "逾期未缴金额",
    unit="{currency}",
    column="overdue_fen",
    scale=100,
    needs=SETTLED,
)
overdue_amount.declare(total)
overdue_days = accounts.measure(
    "days_overdue",
    "time since the oldest overdue bill was due",
    "最早一笔欠费已逾期",
    unit="d",
    column="overdue_days",
    needs=SETTLED,
)
overdue_days.declare(farthest)
late = accounts.measure(
    "late_payments",
    "bills of the last {window} that were not paid in time",
    "近{window}未按时缴清的账单数",
    column="late",
    needs=SETTLED,
)
late.declare(total, weeks=(26,))
days_to_pay = accounts.measure(
    "days_to_pay",
    "time from a bill's issue to its payment",
    "从出账到缴清的时长",
    unit="d",
    needs=SETTLED,
)
days_to_pay.declare(latest, mean, weeks=(26,))
unpaid = accounts.measure(
    "unpaid",
    "share of the bills of the last {window} that is not paid",
    "近{window}账单中未缴金额的比例",
    unit="%",
    column="unpaid_fen",
    needs=SETTLED,
)
unpaid.declare(share_of("amount_fen"), weeks=(26,))
