"""The churn model beside others: a simple baseline, the best possible, the champion of today."""

from __future__ import annotations

from training.indicators.indicator import COUNT, NUMBER, RATIO, SHARE, told_by

_judged = told_by("training.evaluation, on the test period")

INDICATORS = (
    _judged(
        "rfm_auc",
        "AUC of the RFM baseline",
        "RFM 基线 AUC",
        SHARE,
        "of a logistic regression on recency, frequency and monetary value, same rows",
    ),
    _judged(
        "auc_over_rfm",
        "AUC over the RFM baseline",
        "高出 RFM 基线的 AUC",
        NUMBER,
        "the model's AUC less the baseline's",
    ),
    _judged(
        "oracle_auc",
        "oracle AUC",
        "理论上限 AUC",
        SHARE,
        "of the true probability given what is observable; in a simulation only",
    ),
    _judged(
        "oracle_rows",
        "rows the oracle speaks of",
        "有理论上限的样本数",
        COUNT,
        "rows judged for which the simulation tells the truth",
    ),
    _judged(
        "share_of_oracle",
        "share of the oracle",
        "理论上限占比",
        RATIO,
        "(AUC - 0.5) over (oracle AUC - 0.5), on the oracle's rows",
    ),
    _judged(
        "oracle_over_auc",
        "oracle AUC over the model's",
        "理论上限与模型 AUC 之差",
        NUMBER,
        "on the oracle's rows",
    ),
    _judged(
        "oracle_over_rfm",
        "oracle AUC over the RFM baseline's",
        "理论上限与 RFM 基线 AUC 之差",
        NUMBER,
        "on the oracle's rows",
    ),
    _judged(
        "gap_closed",
        "gap closed",
        "差距弥合比",
        RATIO,
        "the model's lead over RFM, over the oracle's lead over RFM",
    ),
    _judged(
        "own_lead_auc",
        "AUC at the model's own lead",
        "自身提前期 AUC",
        SHARE,
        "on the dates on which another lead is judged, to compare with",
    ),
    _judged(
        "champion_auc",
        "AUC of the champion",
        "冠军模型 AUC",
        SHARE,
        "of the version that answers today, on the challenger's test rows",
    ),
)
