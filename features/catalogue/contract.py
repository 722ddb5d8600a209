"""Features of the contract: tenure, its end, the plan."""

from __future__ import annotations

from features.families import Declarations

standing = Declarations("standing", feed="contracts", group="contract")

standing.declare("tenure_days", unit="d", en="time since joining", zh="在网时长", needs=("event",))
standing.declare(
    "days_to_contract_end",
    unit="d",
    en="time until the contract ends",
    zh="距合约到期",
    needs=("contract_end",),
)
standing.declare(
    "days_since_plan_change",
    unit="d",
    en="time since the plan was changed",
    zh="距最近一次变更套餐",
    needs=("plan",),
)
standing.declare("plan", unit="", en="plan", zh="套餐", is_category=True)
