"""How well the churn model predicts, on a period that it never saw."""

from __future__ import annotations

from functools import partial

from training.indicators.indicator import COUNT, HIGHER, NEAR_ONE, NUMBER, RATIO, SHARE, Indicator

_judged = partial(Indicator, source="training.evaluation, on the test period")

CUSTOMERS = _judged("customers", "customers judged", "评估客户数", COUNT, "customers with a row")
ROWS = _judged(
    "rows", "rows judged", "评估样本数", COUNT, "a customer and date whose label is known"
)
CHURNERS = _judged(
    "churners",
    "churners",
    "离网客户数",
    COUNT,
    "with a departure in the window",
    formerly="leavers",
)
LEFT_EARLY = _judged(
    "left_early",
    "left before the lead was over",
    "提前离网数",
    COUNT,
    "rows with a departure before as_of + lead; excluded from the headline figures",
)
COMPETING = _judged(
    "competing",
    "ended otherwise",
    "竞争事件数",
    COUNT,
    "rows with a competing event before any departure; excluded everywhere",
)
TREATED = _judged(
    "treated",
    "contacted by a campaign",
    "营销活动接触数",
    COUNT,
    "rows with a campaign's contact in the label's window; excluded everywhere, controls weighted",
)
DATES = _judged("dates", "dates judged", "评估日期数", COUNT, "weekly dates with known labels")
KINDS = _judged("kinds", "ways of leaving", "离网方式", COUNT, "rows by cancelled, ported, silent")
CHURN_RATE = _judged("churn_rate", "churn rate", "离网率", SHARE, "churners over rows judged")
BASE_RATE = _judged(
    "base_rate",
    "churn rate by date",
    "各期离网率",
    SHARE,
    "churn rate of each panel date, over all periods",
)
AUC = _judged(
    "auc",
    "AUC",
    "AUC",
    SHARE,
    "the chance that a churner has a higher risk than a stayer; 0.5 is a coin",
    better=HIGHER,
    form=".3f",
)
AVERAGE_PRECISION = _judged(
    "average_precision",
    "average precision",
    "平均精确率",
    SHARE,
    "mean precision over the churners in order of risk; the churn rate is a coin's",
    better=HIGHER,
    form=".3f",
)
TOP_DECILE_LIFT = _judged(
    "top_decile_lift",
    "lift in the top decile",
    "前十分之一提升度",
    RATIO,
    "churn rate of the riskiest tenth over the overall rate",
    better=HIGHER,
)
PRECISION_AT_K = _judged(
    "precision_at_k",
    "precision at k",
    "前 k 精确率",
    SHARE,
    "churn rate of the riskiest 1, 5 and 10 %",
    better=HIGHER,
)
CALIBRATION_SLOPE = _judged(
    "calibration_slope",
    "calibration slope",
    "校准斜率",
    NUMBER,
    "slope of a logistic regression of leaving on the risk's log-odds; 1 is calibrated",
    better=NEAR_ONE,
)
OBSERVED_OVER_EXPECTED = _judged(
    "observed_over_expected",
    "observed over expected",
    "实际预测比",
    RATIO,
    "churners found over the sum of the risks; 1 is calibrated",
    better=NEAR_ONE,
)
TOP_DECILE_OBSERVED_OVER_EXPECTED = _judged(
    "top_decile_observed_over_expected",
    "observed over expected, top decile",
    "前十分之一实际预测比",
    RATIO,
    "the same among the riskiest tenth",
    better=NEAR_ONE,
)
BRIER_SKILL = _judged(
    "brier_skill",
    "Brier skill",
    "Brier 技能分",
    NUMBER,
    "1 less the Brier score over that of predicting the churn rate for all; 0 means no skill",
    better=HIGHER,
)
EMP = _judged(
    "emp",
    "expected maximum profit",
    "期望最大利润",
    NUMBER,
    "profit a customer of the best list, and the share of the base on it (EMPC, 2013)",
    better=HIGHER,
)
