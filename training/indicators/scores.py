"""What is shown of a customer after a night: risk, value, and the reasons of both."""

from __future__ import annotations

from functools import partial

from training.indicators.indicator import CURRENCY, NUMBER, SHARE, Indicator

_scored = partial(Indicator, source="serving.scoring, from last night's rows")

CHURN_RISK = _scored(
    "churn_risk",
    "churn risk",
    "离网风险",
    SHARE,
    "calibrated probability of leaving within the horizon if nothing is done",
)
VALUE_TIER = _scored(
    "value_tier",
    "value tier",
    "价值等级",
    NUMBER,
    "diamond, gold, silver or standard, by the mean revenue of the last three closed bills",
)
TIER_PROBABILITIES = _scored(
    "tier_probabilities",
    "probabilities of the tiers",
    "各等级概率",
    SHARE,
    "of the tier by the mean revenue of the next three closed bills, if the customer stays",
)
MARGIN_CNY = _scored(
    "margin_cny",
    "margin a month",
    "月毛利",
    CURRENCY,
    "expected revenue less cost of a month over the next three bills, if the customer stays",
)
VALUE_AT_STAKE_CNY = _scored(
    "value_at_stake_cny",
    "value at stake",
    "挽留价值",
    CURRENCY,
    "sum over m = 1 to 12 of S(m) x margin / (1 + i)^(m / 12): S(1) = 1 - q is the chance of "
    "staying the month, q = 1 - (1 - churn_risk)^(30.4375 / horizon days); each later month "
    "keeps the share that the mean risk of the payment mode leaves; i is the discount a year",
)
EXPECTED_LOSS_CNY = _scored(
    "expected_loss_cny",
    "expected loss",
    "预期损失",
    CURRENCY,
    "value_at_stake x q / (1 - q), q as above: the value at stake of someone certain to stay "
    "the month, less the value at stake. More than churn_risk x value_at_stake, which "
    "counts the month's risk twice; the lists' order; of a group the sum of its members'",
)
REVENUE_CNY = _scored(
    "revenue_cny",
    "revenue a month",
    "月收入",
    CURRENCY,
    "mean of the closed bills of the last 13 weeks",
)
REASONS_CHANGED = Indicator(
    "reasons_changed",
    "reasons changed since last night",
    "原因变化占比",
    SHARE,
    "of the customers of both nights, whose three strongest reasons differ",
    "serving.scores, two nights' files",
)
EFFECT = _scored(
    "effect",
    "effect of a reason",
    "原因影响值",
    NUMBER,
    "exact SHAP value in log-odds before calibration; above 0 towards leaving",
)
