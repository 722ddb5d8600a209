"""Features of use: levels, trends, changes, irregularity, network trouble, rivals' hotlines."""

from __future__ import annotations

from features.aggregates import change, nearest, total, trend
from features.families import Declarations

usage = Declarations("weeks", feed="usage", group="usage")
days = Declarations("days", feed="usage", group="usage")

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
