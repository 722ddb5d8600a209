"""Churned customers, the groups that customers belong to, and the managers who care for them."""

from __future__ import annotations

from functools import partial

from training.indicators.indicator import (
    COUNT,
    CURRENCY,
    HIGHER,
    LOWER,
    NUMBER,
    SHARE,
    Indicator,
)

_churned = partial(Indicator, source="training.labels.departures, by the labels' rules")
_of_a_group = partial(Indicator, source="serving.customers.groups, of last night")
_of_a_manager = partial(Indicator, source="serving.managers.performance, of a period")

MONTHLY_RATE = _churned(
    "monthly_rate",
    "leaving a month",
    "月离网率",
    SHARE,
    "departures of a period over the customers on average, a month",
)
CHURN_SHARE = _churned(
    "share",
    "share of churned customers",
    "离网构成比",
    SHARE,
    "of all departures of the period",
)
CHURNED = _churned(
    "churned",
    "departures",
    "离网数",
    COUNT,
    "customers who left in the period",
)
MEMBERS = _of_a_group(
    "members",
    "members of a group",
    "集团成员数",
    COUNT,
    "customers in the network whose profile names the group",
)
MEMBERS_AT_RISK = _of_a_group(
    "members_at_risk",
    "members at risk",
    "风险成员数",
    COUNT,
    "members among the riskiest tenth of all eligible customers",
)
MEMBERS_GONE = _of_a_group(
    "members_gone",
    "members gone",
    "流失成员数",
    COUNT,
    "customers whose profile names the group and who left the network in the last 12 weeks",
)
SHARE_MEMBERS = _of_a_group(
    "share_members",
    "share of the group's people who are customers",
    "集团成员占比",
    SHARE,
    "members over the people of the group that settings/standing.toml declares",
)
SHARE_AT_RISK = _of_a_group(
    "share_at_risk",
    "share of members at risk",
    "风险成员占比",
    SHARE,
    "members at risk over all members",
)
CUSTOMERS_IN_CARE = _of_a_manager(
    "customers_in_care",
    "customers in care",
    "在管客户数",
    COUNT,
    "customers whose profile names the manager, of the last kept night up to the period's end",
)
REVENUE_IN_CARE = _of_a_manager(
    "revenue_in_care",
    "revenue in care, a month",
    "在管客户月收入",
    CURRENCY,
    "sum of the mean bills of the customers in care",
    better=HIGHER,
)
CHURNED_IN_CARE = _of_a_manager(
    "churned_in_care",
    "churned in care",
    "在管客户离网数",
    COUNT,
    "customers in care, at the period's beginning or end, who pre-cancelled, cancelled or ported "
    "out in it and have not come back; silences are not counted",
    better=LOWER,
)
SAVED_IN_CARE = _of_a_manager(
    "saved_in_care",
    "saved in care",
    "在管客户挽留数",
    COUNT,
    "customers in care with an outcome `saved` in the period that was not undone",
    better=HIGHER,
)
CONTACTS_IN_CARE = _of_a_manager(
    "contacts_in_care",
    "contacts in care",
    "在管客户接触次数",
    COUNT,
    "outcomes recorded in the period of customers in care, those undone not counted",
)
TASKS_DUE = _of_a_manager(
    "tasks_due",
    "tasks due",
    "到期任务数",
    COUNT,
    "tasks of the manager that are due in the period, done or with their due day past; those "
    "cancelled are not counted",
)
TASKS_IN_TIME = _of_a_manager(
    "tasks_in_time",
    "tasks done in time",
    "任务按时完成率",
    SHARE,
    "of the tasks due, those done on their due day at the latest",
    better=HIGHER,
)
TASK_GRADE = _of_a_manager(
    "task_grade",
    "mean grade of tasks",
    "任务平均评分",
    NUMBER,
    "mean grade of the tasks due that are evaluated",
    better=HIGHER,
)
