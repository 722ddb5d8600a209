"""Features of use: levels, trends, changes, irregularity, silence, rivals, network trouble."""

from __future__ import annotations

from features.catalogue.aggregates import (
    change,
    highest,
    longest_gap,
    nearest,
    peak_share,
    per,
    rows_with,
    share_of,
    total,
    trend,
    usual_change,
    weekly_variation,
)
from features.catalogue.families import Declarations

usage = Declarations("weeks", feed="usage", group="usage")
days = Declarations("days", feed="usage", group="usage")
network = Declarations("weeks", feed="usage", group="network")

CHARGEABLE = ("voice_out_s", "sms", "data_kb")
TROUBLED_WEEK = 3  # dropped calls from which on a week counts as one with trouble

DATA = "mobile data used in the last {window}", "近{window}移动数据流量"
VOICE = "minutes called in the last {window}", "近{window}主叫分钟数"
HEARD = "minutes received in the last {window}", "近{window}被叫分钟数"
USE = "use in the last {window}", "近{window}有使用"
DROPS = "dropped calls in the last {window}", "近{window}掉话次数"
HOTLINE = "calls to rivals' hotlines in the last {window}", "近{window}拨打他网客服热线次数"

for measure, column, scale, unit, (en, zh) in (
    ("data_mb", "data_kb", 1024, "MB", DATA),
    ("voice_min", "voice_out_s", 60, "min", VOICE),
):
    for aggregates, windows in (
        ([total], (4, 12)),
        ([trend], (4, 12)),
        ([change], (4,)),
        ([usual_change], (1,)),
        ([weekly_variation], (12,)),
    ):
        usage.declare(
            measure,
            aggregates,
            weeks=windows,
            column=column,
            scale=scale,
            unit=unit,
            en=en,
            zh=zh,
        )
usage.declare(
    "data",
    [peak_share],
    weeks=(12,),
    column="data_kb",
    unit="MB",
    en=DATA[0],
    zh=DATA[1],
)
usage.declare(
    "data_mb_a_day",
    [per("active")],
    weeks=(4,),
    column="data_kb",
    scale=1024,
    unit="MB",
    en="mobile data on a day of use, in the last {window}",
    zh="近{window}有使用日的日均流量",
    needs=CHARGEABLE,
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
for aggregates, windows in (([total, change], (4,)), ([trend], (12,))):
    usage.declare(
        "voice_in_min",
        aggregates,
        weeks=windows,
        column="voice_in_s",
        scale=60,
        unit="min",
        en=HEARD[0],
        zh=HEARD[1],
    )
usage.declare(
    "voice_in_per_out",
    [per("voice_out_s")],
    weeks=(4,),
    column="voice_in_s",
    unit="",
    en="minutes received for each minute called, in the last {window}",
    zh="近{window}被叫与主叫时长之比",
    needs=("voice_in_s", "voice_out_s"),
)
for aggregates, windows in (
    ([total], (4, 12)),
    ([change], (4,)),
    ([usual_change], (1,)),
    ([trend], (12,)),
):
    usage.declare(
        "active_days",
        aggregates,
        weeks=windows,
        column="active",
        unit="d",
        en=USE[0],
        zh=USE[1],
        needs=CHARGEABLE,
    )
usage.declare(
    "active_weeks",
    [rows_with(1)],
    weeks=(12,),
    column="active",
    unit="",
    en="weeks with use among the last {window}",
    zh="近{window}中有使用的周数",
    needs=CHARGEABLE,
)
usage.declare(
    "weeks_silent_in_a_row",
    [longest_gap],
    weeks=(12,),
    column="active",
    unit="",
    en="weeks in a row without use in the last {window}: 1, or at least 2, 4 or 8",
    zh="近{window}最长连续无使用周数（1，或至少2、4、8）",
    needs=CHARGEABLE,
)
usage.declare(
    "mean_daily_contacts",
    [per("active")],
    weeks=(4,),
    column="contacts",
    unit="",
    en="people talked to on a day of use, in the last {window}",
    zh="近{window}有使用日的日均联系人数",
    needs=("contacts", *CHARGEABLE),
)
usage.declare(
    "daily_contacts",
    [change],
    weeks=(4,),
    column="contacts",
    unit="",
    en="people talked to, added up over the days of the last {window}",
    zh="近{window}每日联系人数之和",
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
    "voice_rival",
    [share_of("voice_out_s")],
    weeks=(4, 12),
    column="voice_rival_s",
    unit="%",
    en="minutes called to rivals' numbers, of all minutes called in the last {window}",
    zh="近{window}拨打他网时长占主叫时长的比例",
    needs=("voice_rival_s", "voice_out_s"),
)
usage.declare(
    "roaming_min",
    [total],
    weeks=(4, 12),
    column="roaming_s",
    scale=60,
    unit="min",
    en="minutes roaming in the last {window}",
    zh="近{window}漫游分钟数",
)

for aggregates, windows in (([total], (4, 12)), ([change], (4,)), ([trend], (12,))):
    network.declare(
        "dropped_calls",
        aggregates,
        weeks=windows,
        unit="",
        en=DROPS[0],
        zh=DROPS[1],
    )
network.declare(
    "dropped_calls_a_week",
    [highest],
    weeks=(12,),
    column="dropped_calls",
    unit="",
    en="number of dropped calls in a week",
    zh="单周掉话次数",
)
network.declare(
    "dropped_calls_an_hour",
    [per("voice_out_s", 3600)],
    weeks=(12,),
    column="dropped_calls",
    unit="",
    en="dropped calls for each hour called, in the last {window}",
    zh="近{window}每小时主叫的掉话次数",
    needs=("dropped_calls", "voice_out_s"),
)
network.declare(
    "troubled_weeks",
    [rows_with(TROUBLED_WEEK)],
    weeks=(12,),
    column="dropped_calls",
    unit="",
    en=f"weeks with {TROUBLED_WEEK} dropped calls or more, among the last {{window}}",
    zh=f"近{{window}}中掉话{TROUBLED_WEEK}次及以上的周数",
)

usage.declare(
    "rival_hotline_calls",
    [total],
    weeks=(1, 4, 12),
    unit="",
    en=HOTLINE[0],
    zh=HOTLINE[1],
    staff_may_hear=False,
)
days.declare(
    "days_since_rival_hotline",
    [nearest],
    column="days_rival_hotline_calls",
    unit="d",
    en="time since the last call to a rival's hotline, if within four weeks",
    zh="距最近一次拨打他网客服热线（四周内）",
    needs=("rival_hotline_calls",),
    staff_may_hear=False,
)
days.declare(
    "active_days",
    [total],
    weeks=(1,),
    column="active",
    unit="d",
    en=USE[0],
    zh=USE[1],
    needs=CHARGEABLE,
)
days.declare(
    "data_mb",
    [total],
    weeks=(1,),
    column="data_kb",
    scale=1024,
    unit="MB",
    en=DATA[0],
    zh=DATA[1],
)
days.declare(
    "voice_min",
    [total],
    weeks=(1,),
    column="voice_out_s",
    scale=60,
    unit="min",
    en=VOICE[0],
    zh=VOICE[1],
)
days.declare(
    "dropped_calls",
    [total],
    weeks=(1,),
    unit="",
    group="network",
    en=DROPS[0],
    zh=DROPS[1],
)
days.declare(
    "days_since_use",
    [nearest],
    column="days_active",
    unit="d",
    en="time since the last use",
    zh="距最近一次使用",
    needs=CHARGEABLE,
)
for measure, column, en, zh in (
    ("call", "voice_out_s", "call made", "主叫"),
    ("data", "data_kb", "mobile data", "使用流量"),
    ("sms", "sms", "message sent", "发送短信"),
):
    days.declare(
        f"days_since_{measure}",
        [nearest],
        column=f"days_{column}",
        unit="d",
        en=f"time since the last {en}, if within four weeks",
        zh=f"距最近一次{zh}（四周内）",
        needs=(column,),
    )
