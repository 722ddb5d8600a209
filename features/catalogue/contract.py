"""Features of the contract: tenure, its end, its interruptions, the plan and how well it fits."""

from __future__ import annotations

from features.catalogue.families import Declarations

standing = Declarations("standing", feed="contracts", group="contract")
fit = Declarations("plan_fit", feed="plans", group="contract")

TARIFF = (
    "contracts.plan",
    "fee_fen",
    "allowance_kb",
    "overage_fen_gb",
    "allowance_s",
    "voice_fen_min",
    "usage.data_kb",
    "usage.voice_out_s",
)

for name, unit, needed, en, zh in (
    ("tenure_days", "d", "event", "time since joining", "在网时长"),
    (
        "times_rejoined",
        "",
        "event",
        "times that the customer left and came back",
        "离网后再入网的次数",
    ),
    ("days_to_contract_end", "d", "contract_end", "time until the contract ends", "距合约到期"),
    (
        "contract_just_ended",
        "",
        "contract_end",
        "contract ended within eight weeks (1 or 0)",
        "合约在八周内到期（1或0）",
    ),
    (
        "days_since_plan_change",
        "d",
        "plan",
        "time since the plan was changed",
        "距最近一次变更套餐",
    ),
    ("plan_changes", "", "plan", "changes of plan so far", "至今变更套餐次数"),
    ("plan_changes_26w", "", "plan", "changes of plan in the last 26 weeks", "近26周变更套餐次数"),
    ("suspensions", "", "event", "suspensions so far", "至今停机次数"),
    (
        "days_since_restored",
        "d",
        "event",
        "time since the service was restored",
        "距最近一次复机",
    ),
    (
        "withdrawn_cancellations",
        "",
        "event",
        "cancellations withdrawn",
        "撤回销号的次数",
    ),
    (
        "days_since_pre_cancelled",
        "d",
        "event",
        "time since a cancellation was requested",
        "距最近一次申请销号",
    ),
):
    standing.declare(name, unit=unit, en=en, zh=zh, needs=(needed,))
standing.declare("plan", unit="", en="plan", zh="套餐", is_category=True)

for name, column, en, zh in (
    ("plan_fee_{currency}", "plan_fee_fen", "monthly fee of the plan", "套餐月费"),
    (
        "plan_fee_rise_{currency}",
        "plan_fee_change_fen",
        "monthly fee of the plan, less that of the plan before",
        "套餐月费（与之前套餐之差）",
    ),
):
    fit.declare(
        name,
        column=column,
        scale=100,
        unit="{currency}",
        en=en,
        zh=zh,
        needs=("contracts.plan", "fee_fen"),
    )
for name, column, en, zh in (
    (
        "plan_cost_{currency}",
        "plan_cost_fen",
        "what a month of the latest use costs on the plan",
        "按近期用量计算的套餐月费用",
    ),
    (
        "plan_saving_{currency}",
        "plan_saving_fen",
        "what the cheapest plan would have saved a month",
        "改用最省套餐每月可节省",
    ),
):
    fit.declare(name, column=column, scale=100, unit="{currency}", en=en, zh=zh, needs=TARIFF)
for name, en, zh in (
    (
        "plan_saving_share",
        "what the cheapest plan would have saved, of what the plan costs",
        "改用最省套餐可节省的比例",
    ),
    (
        "data_allowance_share",
        "mobile data used, of the plan's allowance",
        "流量用量占套餐内流量的比例",
    ),
    (
        "voice_allowance_share",
        "minutes called, of the plan's allowance",
        "主叫时长占套餐内时长的比例",
    ),
):
    fit.declare(name, unit="%", en=en, zh=zh, needs=TARIFF)
