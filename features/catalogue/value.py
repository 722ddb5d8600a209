"""Features of value: the bills by which a customer's tier is set."""

from __future__ import annotations

from features.catalogue.families import Declarations

value = Declarations("value", feed="bills", group="billing")

mean_bill = value.measure(
    "mean_bill_{currency}",
    "mean of the three latest bills",
    "最近三张账单的平均金额",
    unit="{currency}",
    column="mean_bill_fen",
    scale=100,
    needs=("revenue_fen",),
)
mean_bill.declare()
bill_change = value.measure(
    "mean_bill_change_{currency}",
    "mean of the three latest bills, less that of the three before",
    "最近三张账单的平均金额（与此前三张之差）",
    unit="{currency}",
    column="change_fen",
    scale=100,
    needs=("revenue_fen",),
)
bill_change.declare()
mean_margin = value.measure(
    "mean_margin_{currency}",
    "mean margin of the three latest bills",
    "最近三张账单的平均毛利",
    unit="{currency}",
    column="mean_margin_fen",
    scale=100,
    needs=("revenue_fen", "cost_fen"),
    staff_may_hear=False,
)
mean_margin.declare()
