"""Features of the contract: tenure, its end, its interruptions, the plan and how well it fits."""

from __future__ import annotations

from features.catalogue.families import Declarations

standing = Declarations("standing", feed="contracts", group="contract")
fit = Declarations("plan_fit", feed="plans", group="contract")

EVENT, END, PLAN = ("event",), ("contract_end",), ("plan",)
FEE = ("contracts.plan", "fee_fen")
TARIFF = (
    *FEE,
    "allowance_kb",
    "overage_fen_gb",
    "allowance_s",
    "voice_fen_min",
    "usage.data_kb",
    "usage.voice_out_s",
)

for measure in (
    standing.measure("tenure_days", "time since joining", "在网时长", unit="d", needs=EVENT),
    standing.measure(
        "times_rejoined",
        "times that the customer left and came back",
        "离网后再入网的次数",
        needs=EVENT,
    ),
    standing.measure(
        "days_to_contract_end", "time until the contract ends", "距合约到期", unit="d", needs=END
    ),
    standing.measure(
        "contract_just_ended",
        "contract ended within eight weeks (1 or 0)",
        "合约在八周内到期（1或0）",
        needs=END,
    ),
    standing.measure(
        "days_since_plan_change",
        "time since the plan was changed",
        "距最近一次变更套餐",
        unit="d",
        needs=PLAN,
    ),
    standing.measure("plan_changes", "changes of plan so far", "至今变更套餐次数", needs=PLAN),
    standing.measure(
        "plan_changes_26w", "changes of plan in the last 26 weeks", "近26周变更套餐次数", needs=PLAN
    ),
    standing.measure("suspensions", "suspensions so far", "至今停机次数", needs=EVENT),
    standing.measure(
        "days_since_restored",
        "time since the service was restored",
        "距最近一次复机",
        unit="d",
        needs=EVENT,
    ),
    standing.measure(
        "withdrawn_cancellations", "cancellations withdrawn", "撤回销号的次数", needs=EVENT
    ),
    standing.measure(
        "days_since_pre_cancelled",
        "time since a cancellation was requested",
        "距最近一次申请销号",
        unit="d",
        needs=EVENT,
    ),
    standing.measure("plan", "plan", "套餐", is_category=True),
    fit.measure(
        "plan_fee_{currency}",
        "monthly fee of the plan",
        "套餐月费",
        unit="{currency}",
        column="plan_fee_fen",
        scale=100,
        needs=FEE,
    ),
    fit.measure(
        "plan_fee_rise_{currency}",
        "monthly fee of the plan, less that of the plan before",
        "套餐月费（与之前套餐之差）",
        unit="{currency}",
        column="plan_fee_change_fen",
        scale=100,
        needs=FEE,
    ),
    fit.measure(
        "plan_cost_{currency}",
        "what a month of the latest use costs on the plan",
        "按近期用量计算的套餐月费用",
        unit="{currency}",
        column="plan_cost_fen",
        scale=100,
        needs=TARIFF,
    ),
    fit.measure(
        "plan_saving_{currency}",
        "what the cheapest plan would have saved a month",
        "改用最省套餐每月可节省",
        unit="{currency}",
        column="plan_saving_fen",
        scale=100,
        needs=TARIFF,
    ),
    fit.measure(
        "plan_saving_share",
        "what the cheapest plan would have saved, of what the plan costs",
        "改用最省套餐可节省的比例",
        unit="%",
        needs=TARIFF,
    ),
    fit.measure(
        "data_allowance_share",
        "mobile data used, of the plan's allowance",
        "流量用量占套餐内流量的比例",
        unit="%",
        needs=TARIFF,
    ),
    fit.measure(
        "voice_allowance_share",
        "minutes called, of the plan's allowance",
        "主叫时长占套餐内时长的比例",
        unit="%",
        needs=TARIFF,
    ),
):
    measure.declare()
