"""What the doctor finds: what the lake holds, and whether it is enough to train on."""

from __future__ import annotations

from functools import partial

from training.indicators.indicator import COUNT, SHARE, Indicator

_stored = partial(Indicator, source="features.doctor, of the lake's feeds")
_enough = partial(Indicator, source="training.readiness, before a training")

STORED_ROWS = _stored(
    "stored_rows", "rows stored", "存储行数", COUNT, "of a feed, corrections among them"
)
CORRECTIONS = _stored(
    "corrections",
    "corrections",
    "更正行数",
    COUNT,
    "rows about a fact that another row is about too",
)
DELAY_DAYS = _stored(
    "delay_days",
    "assumed delay",
    "假定延迟",
    "d",
    "from event_time to known_at, where it was not recorded",
)
LATENESS_DAYS = _stored(
    "lateness_days",
    "lateness",
    "到达延迟",
    "d",
    "from event_time to known_at: the median, the 95th and the 99th percentile of the rows",
)
AFTER_CLOSE_SHARE = _stored(
    "after_close_share",
    "known after the week was closed",
    "结周后到达占比",
    SHARE,
    "rows of usage or calls known later than their week's end plus usage_lag_days",
)
QUARANTINED = _stored(
    "quarantined",
    "rows quarantined",
    "隔离行数",
    COUNT,
    "rows that broke the feed's contract, of imports that went in",
)
KNOWN_ALREADY = _stored(
    "known_already",
    "rows known already",
    "重复行数",
    COUNT,
    "rows that repeated what the lake knew, as far as imports were recorded",
)
FEED_CUSTOMERS = _stored(
    "feed_customers",
    "customers in a feed",
    "数据源客户数",
    COUNT,
    "different ids in it",
)
ORPHANS = _stored(
    "orphans",
    "customers without profile or contract",
    "无档案客户数",
    COUNT,
    "who occur in a feed but not in customers and contracts",
)
DECLARED_FEATURES = _stored(
    "declared_features", "features declared", "已声明特征数", COUNT, "those of docs/features.md"
)
AVAILABLE_FEATURES = _stored(
    "available_features",
    "features that exist",
    "可用特征数",
    COUNT,
    "those whose feeds and columns are delivered",
)
USE_MONTHS = _enough(
    "use_months", "months of use", "使用历史月数", "months", "since the first day of use"
)
KNOWN_CUSTOMERS = _enough(
    "known_customers", "customers known", "已知客户数", COUNT, "with a profile, left ones too"
)
ELIGIBLE_CUSTOMERS = _enough(
    "eligible_customers",
    "eligible customers",
    "适用客户数",
    COUNT,
    "active, and of the prepaid with use in the last 28 days, at the lake's end",
)
CHURNED_A_MONTH = _enough(
    "churned_a_month",
    "departures a month",
    "月离网数",
    COUNT,
    "departures over the months in which they are fully known",
)
FIT_CHURNERS = _enough(
    "fit_churners",
    "churners to fit on",
    "训练期离网客户数",
    COUNT,
    "customers who leave in the windows of the dates that a training would fit on, about",
)
TEST_CHURNERS = _enough(
    "test_churners",
    "churners to judge by",
    "测试期离网客户数",
    COUNT,
    "the same of the dates that it would be judged by; the gate requires a minimum",
)
