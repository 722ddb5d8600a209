"""What is told of a customer after a night: risk, worth, and the reasons of both."""

from __future__ import annotations

from training.indicators.indicator import CURRENCY, NUMBER, SHARE, Indicator, told_by

_scored = told_by("serving.scoring, from last night's rows")

INDICATORS = (
    _scored(
        "churn_risk",
        "churn risk",
        "离网风险",
        SHARE,
        "calibrated probability of leaving within the horizon if nothing is done",
    ),
    _scored(
        "value_tier",
        "value tier",
        "价值等级",
        NUMBER,
        "diamond, gold, silver or standard, by the mean revenue of the last three closed bills",
    ),
    _scored(
        "tier_probabilities",
        "probabilities of the tiers",
        "各等级概率",
        SHARE,
        "of the tier by the mean revenue of the next three closed bills, if the customer stays",
    ),
    _scored(
        "margin_cny",
        "margin a month",
        "月毛利",
        CURRENCY,
        "expected revenue less cost of a month over the next three bills, if the customer stays",
    ),
    _scored(
        "value_at_stake_cny",
        "value at stake",
        "在险价值",
        CURRENCY,
        "the margin of twelve months, weighted by survival and discounted",
    ),
    _scored(
        "expected_loss_cny",
        "expected loss",
        "预期损失",
        CURRENCY,
        "what the month's churn risk takes from the value at stake; the lists' order",
    ),
    _scored(
        "revenue_cny",
        "revenue a month",
        "月收入",
        CURRENCY,
        "mean of the closed bills of the last 13 weeks",
    ),
    Indicator(
        "reasons_changed",
        "reasons changed since last night",
        "原因变化占比",
        SHARE,
        "of the customers of both nights, whose three strongest reasons differ",
        "serving.scores, two nights' files",
    ),
    _scored(
        "effect",
        "effect of a reason",
        "原因影响值",
        NUMBER,
        "exact SHAP value in log-odds before calibration; above 0 towards leaving",
    ),
)
