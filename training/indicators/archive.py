"""Churned customers, and the groups that customers belong to."""

from __future__ import annotations

from training.indicators.indicator import COUNT, SHARE, told_by

_churned = told_by("training.labels.departures, by the labels' rules")
_of_a_group = told_by("serving.customers.groups, of last night")

INDICATORS = (
    _churned(
        "monthly_rate",
        "leaving a month",
        "月离网率",
        SHARE,
        "departures of a period over the customers on average, a month",
    ),
    _churned(
        "share",
        "share of churned customers",
        "离网构成比",
        SHARE,
        "of all departures of the period",
    ),
    _churned(
        "churned",
        "departures",
        "离网数",
        COUNT,
        "customers who left in the period",
    ),
    _of_a_group(
        "members",
        "members of a group",
        "集团成员数",
        COUNT,
        "customers in the network whose profile names the group",
    ),
    _of_a_group(
        "members_at_risk",
        "members at risk",
        "风险成员数",
        COUNT,
        "members among the riskiest tenth of all eligible customers",
    ),
    _of_a_group(
        "share_at_risk",
        "share of members at risk",
        "风险成员占比",
        SHARE,
        "members at risk over all members",
    ),
)
