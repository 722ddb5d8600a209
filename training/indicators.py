"""The indicator dictionary (指标): each figure that is shown, defined once.

A report, a page, a list or an answer of the service takes a figure's name, unit and meaning
from here; docs/indicators.md is made of it. A figure that is shown and not here is a fault that
a test finds. The terms themselves are explained in docs/glossary.md.
"""

from __future__ import annotations

from dataclasses import dataclass

SHARE, COUNT, RATIO, NUMBER = "share", "count", "ratio", ""
CURRENCY = "currency"


@dataclass(frozen=True)
class Indicator:
    """One figure. `unit`: share (0 to 1), count, ratio, currency, a unit, or "" for a number.

    `source` names what it is computed from, by module.
    """

    name: str
    en: str
    zh: str
    unit: str
    meaning: str
    source: str


def _judged(name: str, en: str, zh: str, unit: str, meaning: str) -> Indicator:
    return Indicator(name, en, zh, unit, meaning, "training.evaluate, on the test period")


def _valued(name: str, en: str, zh: str, unit: str, meaning: str) -> Indicator:
    return Indicator(name, en, zh, unit, meaning, "training.value, on the value test dates")


def _scored(name: str, en: str, zh: str, unit: str, meaning: str) -> Indicator:
    return Indicator(name, en, zh, unit, meaning, "serving.scoring, from last night's rows")


def _stored(name: str, en: str, zh: str, unit: str, meaning: str) -> Indicator:
    return Indicator(name, en, zh, unit, meaning, "features.doctor, of the lake's feeds")


def _enough(name: str, en: str, zh: str, unit: str, meaning: str) -> Indicator:
    return Indicator(name, en, zh, unit, meaning, "training.sufficiency, before a training")


def _of_a_table(name: str, en: str, zh: str, unit: str, meaning: str) -> Indicator:
    return Indicator(name, en, zh, unit, meaning, "training.tables, out of fold")


INDICATORS = (
    _judged("customers", "customers judged", "评估客户数", COUNT, "customers with a row"),
    _judged("rows", "rows judged", "评估样本数", COUNT, "a customer and date whose label is known"),
    _judged("leavers", "customers who left", "离网客户数", COUNT, "with a departure in the window"),
    _judged(
        "left_early",
        "left before the lead was over",
        "提前离网数",
        COUNT,
        "rows with a departure before as_of + lead; left out of the headline figures",
    ),
    _judged(
        "competing",
        "ended otherwise",
        "竞争事件数",
        COUNT,
        "rows with a competing event before any departure; left out everywhere",
    ),
    _judged("dates", "dates judged", "评估日期数", COUNT, "weekly dates with known labels"),
    _judged("kinds", "ways of leaving", "离网方式", COUNT, "rows by cancelled, ported, silent"),
    _judged("churn_rate", "churn rate", "离网率", SHARE, "leavers over rows judged"),
    _judged(
        "base_rate",
        "churn rate by date",
        "各期离网率",
        SHARE,
        "churn rate of each panel date, over all periods",
    ),
    _judged(
        "auc",
        "AUC",
        "AUC",
        SHARE,
        "the chance that a leaver has a higher risk than a stayer; 0.5 is a coin",
    ),
    _judged(
        "average_precision",
        "average precision",
        "平均精确率",
        SHARE,
        "mean precision over the leavers in order of risk; the churn rate is a coin's",
    ),
    _judged(
        "top_decile_lift",
        "lift in the top decile",
        "前十分之一提升度",
        RATIO,
        "churn rate of the riskiest tenth over the overall rate",
    ),
    _judged(
        "precision_at_k",
        "precision at k",
        "前 k 精确率",
        SHARE,
        "churn rate of the riskiest 1, 5 and 10 %",
    ),
    _judged(
        "calibration_slope",
        "calibration slope",
        "校准斜率",
        NUMBER,
        "slope of a logistic regression of leaving on the risk's log-odds; 1 is calibrated",
    ),
    _judged(
        "observed_over_expected",
        "observed over expected",
        "实际预测比",
        RATIO,
        "leavers found over the sum of the risks; 1 is calibrated",
    ),
    _judged(
        "top_decile_observed_over_expected",
        "observed over expected, top decile",
        "前十分之一实际预测比",
        RATIO,
        "the same among the riskiest tenth",
    ),
    _judged(
        "brier_skill",
        "Brier skill",
        "Brier 技能分",
        NUMBER,
        "1 less the Brier score over that of telling everyone the churn rate; 0 is no skill",
    ),
    _judged(
        "emp",
        "expected maximum profit",
        "期望最大利润",
        NUMBER,
        "profit a customer of the best list, and the share of the base on it (EMPC, 2013)",
    ),
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
    _of_a_table(
        "log_loss",
        "log loss",
        "对数损失",
        NUMBER,
        "mean surprise at the outcomes, in nats; 0 is certainty that was right",
    ),
    _of_a_table(
        "positives", "positive rows", "正例数", COUNT, "rows whose target is the positive value"
    ),
    _of_a_table(
        "positive_rate", "positive rate", "正例占比", SHARE, "positive rows over rows with a label"
    ),
    _of_a_table(
        "distinct_rows",
        "different rows",
        "不重复样本数",
        COUNT,
        "rows that differ in what the model reads; equal ones count as one in intervals",
    ),
    _of_a_table("folds", "folds", "折数", COUNT, "parts that were judged by a fit on the others"),
    _of_a_table(
        "rows_without_label",
        "rows without a label",
        "无标签样本数",
        COUNT,
        "left out of fit and figures, for their target is missing",
    ),
    _of_a_table("seconds", "seconds", "用时", "s", "for judging and fitting, without registering"),
    Indicator(
        "risk",
        "risk",
        "风险",
        SHARE,
        "calibrated probability that a row of a table is positive, for the prior if one was given",
        "serving.tables, by the table's model",
    ),
    Indicator(
        "mean_risk",
        "mean risk",
        "平均风险",
        SHARE,
        "of the rows that were scored together",
        "liuke score and liuke table score",
    ),
    _valued(
        "tier_kappa",
        "kappa of the tier",
        "等级 kappa",
        NUMBER,
        "quadratic-weighted Cohen's kappa of foretold and real tier after three bills",
    ),
    _valued(
        "tier_up_ap",
        "average precision of moves up",
        "升级平均精确率",
        SHARE,
        "of the probability of a higher tier, against the moves up that came",
    ),
    _valued(
        "tier_down_ap",
        "average precision of moves down",
        "降级平均精确率",
        SHARE,
        "of the probability of a lower tier, against the moves down that came",
    ),
    _valued(
        "margin_mae",
        "error of the margin",
        "毛利平均绝对误差",
        CURRENCY,
        "mean absolute error of the foretold monthly margin",
    ),
    _valued(
        "margin_observed_over_expected",
        "margin over the foretold",
        "毛利实际预测比",
        RATIO,
        "sum of the margins that came over the sum of those foretold",
    ),
    _valued("up", "moves up", "升级数", COUNT, "rows whose tier after three bills is higher"),
    _valued("down", "moves down", "降级数", COUNT, "rows whose tier after three bills is lower"),
    _valued(
        "tier_bounds",
        "bounds of the tiers",
        "等级下限",
        CURRENCY,
        "mean bill a month from which silver, gold and diamond begin",
    ),
    _valued(
        "tier_matrix",
        "tiers that came and were foretold",
        "实际与预测等级",
        COUNT,
        "rows by the tier that came (row) and the one foretold (column)",
    ),
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
        "monthly_rate",
        "leaving a month",
        "月离网率",
        SHARE,
        "departures of a period over the customers on average, a month",
        "training.departures, by the labels' rules",
    ),
    Indicator(
        "share",
        "share of those who left",
        "离网构成比",
        SHARE,
        "of all departures of the period",
        "training.departures, by the labels' rules",
    ),
    Indicator(
        "left",
        "departures",
        "离网数",
        COUNT,
        "customers who left in the period",
        "training.departures, by the labels' rules",
    ),
    Indicator(
        "reasons_changed",
        "reasons changed since last night",
        "原因变化占比",
        SHARE,
        "of the customers of both nights, whose three strongest reasons differ",
        "serving.scores, two nights' files",
    ),
    Indicator(
        "members",
        "members of a group",
        "集团成员数",
        COUNT,
        "customers in the network whose profile names the group",
        "serving.groups, of last night",
    ),
    Indicator(
        "members_at_risk",
        "members at risk",
        "风险成员数",
        COUNT,
        "members among the riskiest tenth of all eligible customers",
        "serving.groups, of last night",
    ),
    Indicator(
        "share_at_risk",
        "share of members at risk",
        "风险成员占比",
        SHARE,
        "members at risk over all members",
        "serving.groups, of last night",
    ),
    _stored("stored_rows", "rows stored", "存储行数", COUNT, "of a feed, corrections among them"),
    _stored(
        "corrections",
        "corrections",
        "更正行数",
        COUNT,
        "rows that speak of a fact which another row speaks of too",
    ),
    _stored(
        "delay_days",
        "assumed delay",
        "假定延迟",
        "d",
        "from event_time to known_at, where nobody recorded it",
    ),
    _stored(
        "lateness_days",
        "lateness",
        "到达延迟",
        "d",
        "from event_time to known_at: the median, the 95th and the 99th percentile of the rows",
    ),
    _stored(
        "after_close_share",
        "known after the week was closed",
        "结周后到达占比",
        SHARE,
        "rows of usage or calls known later than their week's end plus usage_lag_days",
    ),
    _stored(
        "set_aside",
        "rows set aside",
        "隔离行数",
        COUNT,
        "rows that broke the feed's contract, of imports that went in",
    ),
    _stored(
        "known_already",
        "rows known already",
        "重复行数",
        COUNT,
        "rows that repeated what the lake knew, as far as imports were recorded",
    ),
    _stored(
        "feed_customers",
        "customers in a feed",
        "数据源客户数",
        COUNT,
        "different ids in it",
    ),
    _stored(
        "orphans",
        "customers without profile or contract",
        "无档案客户数",
        COUNT,
        "who occur in a feed but not in customers and contracts",
    ),
    _stored(
        "declared_features", "features declared", "已声明特征数", COUNT, "those of docs/features.md"
    ),
    _stored(
        "available_features",
        "features that exist",
        "可用特征数",
        COUNT,
        "those whose feeds and columns are delivered",
    ),
    _enough("use_months", "months of use", "使用历史月数", "months", "since the first day of use"),
    _enough(
        "known_customers", "customers known", "已知客户数", COUNT, "with a profile, left ones too"
    ),
    _enough(
        "eligible_customers",
        "eligible customers",
        "适用客户数",
        COUNT,
        "active, and of the prepaid with use in the last 28 days, at the lake's end",
    ),
    _enough(
        "left_a_month",
        "departures a month",
        "月离网数",
        COUNT,
        "departures over the months in which they are fully known",
    ),
    _enough(
        "fit_leavers",
        "leavers to learn from",
        "训练期离网客户数",
        COUNT,
        "customers who leave in the windows of the dates that a training would learn from, about",
    ),
    _enough(
        "test_leavers",
        "leavers to judge by",
        "测试期离网客户数",
        COUNT,
        "the same of the dates that it would be judged by; the gate asks for a least number",
    ),
    _scored(
        "effect",
        "effect of a reason",
        "原因影响值",
        NUMBER,
        "exact SHAP value in log-odds before calibration; above 0 towards leaving",
    ),
)

BY_NAME = {indicator.name: indicator for indicator in INDICATORS}


def document() -> str:
    """docs/indicators.md: every indicator with its words, unit, meaning and source."""
    lines = [
        "# Indicators",
        "",
        "Generated from `training/indicators.py` by `make docs`; `make check` compares. Every",
        "figure that a report, a list or an answer shows is defined here once. A name that ends",
        "in `_interval` is the 95 % interval of that figure; `_unchanged` is the same figure of",
        "telling everyone that nothing changes, `_trend` of telling that the last change goes on,",
        "and `_over_...` the gain against either. Amounts are in the operator's currency, whose",
        "code ends the name.",
        "",
        "| indicator | in words | 指标 | unit | meaning | source |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.name}` | {one.en} | {one.zh} | {one.unit} | {one.meaning} | {one.source} |"
        for one in INDICATORS
    ]
    return "\n".join(lines) + "\n"
