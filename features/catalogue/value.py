"""Features of value: the bills by which a customer's tier is set."""

from __future__ import annotations

from features.catalogue.families import Declarations

value = Declarations("value", feed="bills", group="billing")

value.declare(
    "mean_bill_{currency}",
    column="mean_bill_fen",
    scale=100,
    unit="{currency}",
    en="mean of the three latest bills",
    zh="最近三张账单的平均金额",
    needs=("revenue_fen",),
)
value.declare(
    "mean_bill_change_{currency}",
    column="change_fen",
    scale=100,
    unit="{currency}",
    en="mean of the three latest bills, less that of the three before",
    zh="最近三张账单的平均金额（与此前三张之差）",
    needs=("revenue_fen",),
)
value.declare(
    "mean_margin_{currency}",
    column="mean_margin_fen",
    scale=100,
    unit="{currency}",
    en="mean margin of the three latest bills",
    zh="最近三张账单的平均毛利",
    needs=("revenue_fen", "cost_fen"),
    staff_may_hear=False,
)
