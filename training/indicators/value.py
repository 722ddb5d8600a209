"""How well the models of value predict tier and margin."""

from __future__ import annotations

from functools import partial

from training.indicators.indicator import (
    COUNT,
    CURRENCY,
    HIGHER,
    LOWER,
    NEAR_ONE,
    NUMBER,
    RATIO,
    SHARE,
    Indicator,
)

_valued = partial(Indicator, source="training.value, on the value test dates")

TIER_KAPPA = _valued(
    "tier_kappa",
    "kappa of the tier",
    "等级 kappa",
    NUMBER,
    "quadratic-weighted Cohen's kappa of predicted and real tier after three bills",
    better=HIGHER,
)
TIER_UP_AP = _valued(
    "tier_up_ap",
    "average precision of moves up",
    "升级平均精确率",
    SHARE,
    "of the probability of a higher tier, against the moves up that came",
    better=HIGHER,
    form=".3f",
)
TIER_DOWN_AP = _valued(
    "tier_down_ap",
    "average precision of moves down",
    "降级平均精确率",
    SHARE,
    "of the probability of a lower tier, against the moves down that came",
    better=HIGHER,
    form=".3f",
)
MARGIN_MAE = _valued(
    "margin_mae",
    "error of the margin",
    "毛利平均绝对误差",
    CURRENCY,
    "mean absolute error of the predicted monthly margin",
    better=LOWER,
)
MARGIN_OBSERVED_OVER_EXPECTED = _valued(
    "margin_observed_over_expected",
    "margin over the predicted",
    "毛利实际预测比",
    RATIO,
    "sum of the margins that came over the sum of those predicted",
    better=NEAR_ONE,
)
UP = _valued("up", "moves up", "升级数", COUNT, "rows whose tier after three bills is higher")
DOWN = _valued("down", "moves down", "降级数", COUNT, "rows whose tier after three bills is lower")
TIER_BOUNDS = _valued(
    "tier_bounds",
    "bounds of the tiers",
    "等级下限",
    CURRENCY,
    "mean bill a month from which silver, gold and diamond begin",
)
TIER_MATRIX = _valued(
    "tier_matrix",
    "tiers that came and were predicted",
    "实际与预测等级",
    COUNT,
    "rows by the tier that came (row) and the one predicted (column)",
)
