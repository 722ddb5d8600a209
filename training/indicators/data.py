"""What the doctor finds: what the lake holds, and whether it is enough to train on."""

from __future__ import annotations

from training.indicators.indicator import COUNT, SHARE, told_by

_stored = told_by("features.doctor, of the lake's feeds")
_enough = told_by("training.readiness, before a training")

INDICATORS = (
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
        "quarantined",
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
        "churned_a_month",
        "departures a month",
        "月离网数",
        COUNT,
        "departures over the months in which they are fully known",
    ),
    _enough(
        "fit_churners",
        "churners to learn from",
        "训练期离网客户数",
        COUNT,
        "customers who leave in the windows of the dates that a training would learn from, about",
    ),
    _enough(
        "test_churners",
        "churners to judge by",
        "测试期离网客户数",
        COUNT,
        "the same of the dates that it would be judged by; the gate asks for a least number",
    ),
)
