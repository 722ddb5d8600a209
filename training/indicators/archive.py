"""Churned customers, and the groups that customers belong to."""

from __future__ import annotations

from functools import partial

from training.indicators.indicator import COUNT, SHARE, Indicator

_churned = partial(Indicator, source="training.labels.departures, by the labels' rules")
_of_a_group = partial(Indicator, source="serving.customers.groups, of last night")

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
