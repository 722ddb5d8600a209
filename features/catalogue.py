"""The features, declared: one line a family, expanded over aggregates and windows.

    usage.declare("data_mb", [total, trend], weeks=(4, 12), column="data_kb", ...)
    usage.declare("data_mb", [change], weeks=(4,), column="data_kb", ...)

becomes `data_mb_4w`, `data_mb_12w`, `data_mb_4w_trend`, ... The line says what it is made of,
the unit, the group it is explained under, its meaning in English and Chinese, and whether
staff may hear it. Documentation (docs/features.md) and the words of the reasons come from it.

A family whose feed or column the operator does not deliver does not exist: its features are
missing from `available` and so from the fingerprint, and are never filled in.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from features.aggregates import (
    change,
    farthest,
    highest,
    latest,
    latest_change,
    mean,
    nearest,
    total,
    trend,
)
from features.families import Declarations, Feature

LANGUAGES = ("en", "zh")
GROUPS = {
    "usage": {"en": "usage", "zh": "使用"},
    "billing": {"en": "billing", "zh": "账单"},
    "complaints": {"en": "complaints", "zh": "投诉"},
    "contract": {"en": "contract", "zh": "合约"},
    "network": {"en": "network", "zh": "网络"},
    "people": {"en": "people", "zh": "客户"},
}

usage = Declarations("weeks", feed="usage", group="usage")
days = Declarations("days", feed="usage", group="usage")
bills = Declarations("bills", feed="bills", group="billing")
payments = Declarations("payments", feed="payments", group="billing")
complaints = Declarations("complaints", feed="complaints", group="complaints")
standing = Declarations("standing", feed="contracts", group="contract")
profile = Declarations("profile", feed="customers", group="people")

usage.declare(
    "data_mb",
    [total, trend],
    weeks=(4, 12),
    column="data_kb",
    scale=1024,
    unit="MB",
    en="mobile data used in the last {window}",
    zh="近{window}移动数据流量",
)
usage.declare(
    "data_mb",
    [change],
    weeks=(4,),
    column="data_kb",
    scale=1024,
    unit="MB",
    en="mobile data used in the last {window}",
    zh="近{window}移动数据流量",
)
usage.declare(
    "voice_min",
    [total, trend],
    weeks=(4, 12),
    column="voice_out_s",
    scale=60,
    unit="min",
    en="minutes called in the last {window}",
    zh="近{window}主叫分钟数",
)
usage.declare(
    "voice_min",
    [change],
    weeks=(4,),
    column="voice_out_s",
    scale=60,
    unit="min",
    en="minutes called in the last {window}",
    zh="近{window}主叫分钟数",
)
usage.declare(
    "sms_count",
    [total, change],
    weeks=(4,),
    column="sms",
    unit="",
    en="messages sent in the last {window}",
    zh="近{window}短信发送条数",
)
usage.declare(
    "active_days",
    [total],
    weeks=(4, 12),
    column="active",
    unit="d",
    en="use in the last {window}",
    zh="近{window}有使用",
    needs=("voice_out_s", "sms", "data_kb"),
)
usage.declare(
    "active_days",
    [change],
    weeks=(4,),
    column="active",
    unit="d",
    en="use in the last {window}",
    zh="近{window}有使用",
    needs=("voice_out_s", "sms", "data_kb"),
)
usage.declare(
    "voice_in_min",
    [total, change],
    weeks=(4,),
    column="voice_in_s",
    scale=60,
    unit="min",
    en="minutes received in the last {window}",
    zh="近{window}被叫分钟数",
)
usage.declare(
    "voice_rival_min",
    [total],
    weeks=(4,),
    column="voice_rival_s",
    scale=60,
    unit="min",
    en="minutes called to rivals' numbers in the last {window}",
    zh="近{window}拨打他网分钟数",
)
usage.declare(
    "roaming_min",
    [total],
    weeks=(12,),
    column="roaming_s",
    scale=60,
    unit="min",
    en="minutes roaming in the last {window}",
    zh="近{window}漫游分钟数",
)
usage.declare(
    "dropped_calls",
    [total],
    weeks=(4, 12),
    unit="",
    group="network",
    en="dropped calls in the last {window}",
    zh="近{window}掉话次数",
)
usage.declare(
    "dropped_calls",
    [change],
    weeks=(4,),
    unit="",
    group="network",
    en="dropped calls in the last {window}",
    zh="近{window}掉话次数",
)
usage.declare(
    "rival_hotline_calls",
    [total],
    weeks=(4, 12),
    unit="",
    en="calls to rivals' hotlines in the last {window}",
    zh="近{window}拨打他网客服热线次数",
    staff_may_hear=False,
)
days.declare(
    "active_days",
    [total],
    weeks=(1,),
    column="active",
    unit="d",
    en="use in the last {window}",
    zh="近{window}有使用",
    needs=("voice_out_s", "sms", "data_kb"),
)
days.declare(
    "data_mb",
    [total],
    weeks=(1,),
    column="data_kb",
    scale=1024,
    unit="MB",
    en="mobile data used in the last {window}",
    zh="近{window}移动数据流量",
)
days.declare(
    "dropped_calls",
    [total],
    weeks=(1,),
    unit="",
    group="network",
    en="dropped calls in the last {window}",
    zh="近{window}掉话次数",
)
days.declare(
    "days_since_use",
    [nearest],
    column="days_active",
    unit="d",
    en="time since the last use",
    zh="距最近一次使用",
    needs=("voice_out_s", "sms", "data_kb"),
)
bills.declare(
    "bill_{currency}",
    [latest, mean, latest_change, highest],
    weeks=(13,),
    column="revenue_fen",
    scale=100,
    unit="{currency}",
    en="bill",
    zh="账单金额",
)
payments.declare(
    "payment_{currency}",
    [total],
    weeks=(4, 12),
    column="amount_fen",
    scale=100,
    unit="{currency}",
    en="payments in the last {window}",
    zh="近{window}缴费金额",
)
payments.declare(
    "days_since_payment",
    [nearest],
    column="days",
    unit="d",
    en="time since the last payment",
    zh="距最近一次缴费",
    needs=("amount_fen",),
)
complaints.declare(
    "complaints",
    [total],
    weeks=(4, 12),
    unit="",
    en="complaints opened in the last {window}",
    zh="近{window}投诉次数",
    needs=("event",),
)
complaints.declare(
    "unresolved_complaints",
    [total],
    column="unresolved",
    unit="",
    en="unresolved complaints",
    zh="未解决的投诉数",
    needs=("event",),
)
complaints.declare(
    "unresolved_complaint_days",
    [farthest],
    column="unresolved_days",
    unit="d",
    en="age of the oldest unresolved complaint",
    zh="未解决投诉最长已持续",
    needs=("event",),
)
complaints.declare(
    "days_since_complaint",
    [nearest],
    column="days",
    unit="d",
    en="time since the last complaint was opened",
    zh="距最近一次投诉",
    needs=("event",),
)
complaints.declare(
    "complaint_severity",
    [highest],
    weeks=(12,),
    column="severity",
    unit="",
    en="severity of complaints",
    zh="投诉严重程度",
)
complaints.declare(
    "complaint_rating",
    [latest],
    column="rating",
    unit="",
    en="rating of a complaint's handling",
    zh="投诉处理评分",
)
complaints.declare(
    "cancel_requests",
    [total],
    weeks=(4, 12),
    column="cancel_request",
    unit="",
    en="requests to cancel in the last {window}",
    zh="近{window}提出销号的次数",
    needs=("category",),
)
complaints.declare(
    "cancel_requests",
    [total],
    column="cancel_request",
    unit="",
    en="requests to cancel so far",
    zh="至今提出销号的次数",
    needs=("category",),
)
standing.declare("tenure_days", unit="d", en="time since joining", zh="在网时长", needs=("event",))
standing.declare(
    "days_to_contract_end",
    unit="d",
    en="time until the contract ends",
    zh="距合约到期",
    needs=("contract_end",),
)
standing.declare(
    "days_since_plan_change",
    unit="d",
    en="time since the plan was changed",
    zh="距最近一次变更套餐",
    needs=("plan",),
)
standing.declare("plan", unit="", en="plan", zh="套餐", is_category=True)
profile.declare("payment_mode", unit="", en="payment mode", zh="付费方式", is_category=True)
profile.declare("city", unit="", en="city", zh="城市", is_category=True)
profile.declare("brand", unit="", en="brand", zh="品牌", is_category=True)
profile.declare(
    "age_years", unit="a", en="age", zh="年龄", needs=("birth_year",), staff_may_hear=False
)

HISTORIES = (usage, days, bills, payments, complaints, standing, profile)


def features(currency: str) -> tuple[Feature, ...]:
    """Every declared feature, in order, with amounts in `currency`. Names are unique."""
    return tuple(
        feature
        for history in HISTORIES
        for family in history.families
        for feature in family(currency)
    )


def available(currency: str, columns: frozenset[str]) -> tuple[Feature, ...]:
    """The features that feeds with these columns (`usage.data_kb`, ...) can give."""
    return tuple(feature for feature in features(currency) if feature.needs <= columns)


def fingerprint(chosen: Sequence[Feature]) -> str:
    """A hash of the features' definitions: two matrices with one fingerprint mean the same."""
    text = json.dumps([feature.definition() for feature in chosen])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def document(currency: str = "CNY") -> str:
    """docs/features.md: every feature with its words, unit, group and what it is made of."""
    lines = [
        "# Features",
        "",
        "Generated from the declarations in `features/catalogue.py` by `make docs`; `make check`",
        "compares. Amounts are named in the operator's currency, here " + currency + ". A feature",
        "whose feed or column is not delivered does not exist. `w` counts closed weeks, or weeks",
        "of seven days before `as_of` for bills, payments and complaints; `7d` the last seven",
        "days. A hidden feature helps the model and is never told to staff.",
        "",
        "| feature | meaning | 含义 | unit | group | made of | told |",
        "|---|---|---|---|---|---|---|",
    ]
    for feature in features(currency):
        made_of = ", ".join(f"`{needed}`" for needed in sorted(feature.needs))
        told = "yes" if feature.staff_may_hear else "hidden"
        lines.append(
            f"| `{feature.name}` | {feature.en} | {feature.zh} | {feature.unit} "
            f"| {feature.group} | {made_of} | {told} |"
        )
    return "\n".join(lines) + "\n"
