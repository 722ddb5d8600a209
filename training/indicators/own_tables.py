"""The models of tables of one's own: what they were judged on, and what they answer."""

from __future__ import annotations

from functools import partial

from training.indicators.indicator import COUNT, LOWER, NUMBER, SHARE, Indicator

_of_a_table = partial(Indicator, source="training.tables, out of fold")

LOG_LOSS = _of_a_table(
    "log_loss",
    "log loss",
    "对数损失",
    NUMBER,
    "mean surprise at the outcomes, in nats; 0 is certainty that was right",
    better=LOWER,
)
POSITIVES = _of_a_table(
    "positives", "positive rows", "正例数", COUNT, "rows whose target is the positive value"
)
POSITIVE_RATE = _of_a_table(
    "positive_rate", "positive rate", "正例占比", SHARE, "positive rows over rows with a label"
)
DISTINCT_ROWS = _of_a_table(
    "distinct_rows",
    "different rows",
    "不重复样本数",
    COUNT,
    "rows that differ in what the model reads; equal ones count as one in intervals",
)
FOLDS = _of_a_table(
    "folds", "folds", "折数", COUNT, "parts that were judged by a fit on the others"
)
ROWS_WITHOUT_LABEL = _of_a_table(
    "rows_without_label",
    "rows without a label",
    "无标签样本数",
    COUNT,
    "excluded from fit and figures, for their target is missing",
)
DEGREE = _of_a_table(
    "degree",
    "degree of a leak warning",
    "泄漏警告级别",
    NUMBER,
    "1: the column holds the outcome by itself, or nothing of customers; 2: it stands out",
)
SECONDS = _of_a_table(
    "seconds", "seconds", "用时", "s", "for judging and fitting, without registering"
)
RISK = Indicator(
    "risk",
    "risk",
    "风险",
    SHARE,
    "calibrated probability that a row of a table is positive, for the prior if one was given",
    "serving.scoring.table_rows, by the table's model",
)
MEAN_RISK = Indicator(
    "mean_risk",
    "mean risk",
    "平均风险",
    SHARE,
    "of the rows that were scored together",
    "liuke score and liuke table score",
)
