"""The churn model beside others: a simple baseline, the best possible, the champion of today."""

from __future__ import annotations

from functools import partial

from training.indicators.indicator import COUNT, HIGHER, LOWER, NUMBER, RATIO, SHARE, Indicator

_judged = partial(Indicator, source="training.evaluation, on the test period")

RFM_AUC = _judged(
    "rfm_auc",
    "AUC of the RFM baseline",
    "RFM 基线 AUC",
    SHARE,
    "of a logistic regression on recency, frequency and monetary value, same rows",
    better=HIGHER,
    form=".3f",
)
AUC_OVER_RFM = _judged(
    "auc_over_rfm",
    "AUC over the RFM baseline",
    "高出 RFM 基线的 AUC",
    NUMBER,
    "the model's AUC less the baseline's",
    better=HIGHER,
    form="+.3f",
)
ORACLE_AUC = _judged(
    "oracle_auc",
    "oracle AUC",
    "理论上限 AUC",
    SHARE,
    "of the true probability given what is observable; in a simulation only",
    form=".3f",
)
ORACLE_ROWS = _judged(
    "oracle_rows",
    "rows with an oracle",
    "有理论上限的样本数",
    COUNT,
    "rows judged for which the simulation recorded the truth",
)
SHARE_OF_ORACLE = _judged(
    "share_of_oracle",
    "share of the oracle",
    "理论上限占比",
    RATIO,
    "(AUC - 0.5) over (oracle AUC - 0.5), on the oracle's rows",
    better=HIGHER,
)
ORACLE_OVER_AUC = _judged(
    "oracle_over_auc",
    "oracle AUC over the model's",
    "理论上限与模型 AUC 之差",
    NUMBER,
    "on the oracle's rows",
    better=LOWER,
    form="+.3f",
)
ORACLE_OVER_RFM = _judged(
    "oracle_over_rfm",
    "oracle AUC over the RFM baseline's",
    "理论上限与 RFM 基线 AUC 之差",
    NUMBER,
    "on the oracle's rows",
    form="+.3f",
)
GAP_CLOSED = _judged(
    "gap_closed",
    "gap closed",
    "差距弥合比",
    RATIO,
    "the model's lead over RFM, over the oracle's lead over RFM",
    better=HIGHER,
)
OWN_LEAD_AUC = _judged(
    "own_lead_auc",
    "AUC at the model's own lead",
    "自身提前期 AUC",
    SHARE,
    "on the dates on which another lead is judged, to compare with",
    better=HIGHER,
    form=".3f",
)
CHAMPION_AUC = _judged(
    "champion_auc",
    "AUC of the champion",
    "冠军模型 AUC",
    SHARE,
    "of the version that answers today, on the challenger's test rows",
    better=HIGHER,
    form=".3f",
)
