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

data = usage.measure("data_mb", *DATA, unit="MB", column="data_kb", scale=1024)
voice = usage.measure(
    "voice_min",
    "minutes called in the last {window}",
    "近{window}主叫分钟数",
    unit="min",
    column="voice_out_s",
    scale=60,
)
for level in (data, voice):
    level.declare(total, weeks=(4, 12))
    level.declare(trend, weeks=(4, 12))
    level.declare(change, weeks=(4,))
    level.declare(usual_change, weeks=(1,))
    level.declare(weekly_variation, weeks=(12,))
peak = usage.measure("data", *DATA, unit="MB", column="data_kb")
peak.declare(peak_share, weeks=(12,))
data_a_day = usage.measure(
    "data_mb_a_day",
    "mobile data on a day of use, in the last {window}",
    "近{window}有使用日的日均流量",
    unit="MB",
    column="data_kb",
    scale=1024,
    needs=CHARGEABLE,
)
data_a_day.declare(per("active"), weeks=(4,))
sms = usage.measure(
    "sms_count", "messages sent in the last {window}", "近{window}短信发送条数", column="sms"
)
sms.declare(total, change, weeks=(4,))
heard = usage.measure(
    "voice_in_min",
    "minutes received in the last {window}",
    "近{window}被叫分钟数",
    unit="min",
    column="voice_in_s",
    scale=60,
)
heard.declare(total, change, weeks=(4,))
heard.declare(trend, weeks=(12,))
heard_per_called = usage.measure(
    "voice_in_per_out",
    "minutes received for each minute called, in the last {window}",
    "近{window}被叫与主叫时长之比",
    column="voice_in_s",
    needs=("voice_in_s", "voice_out_s"),
)
heard_per_called.declare(per("voice_out_s"), weeks=(4,))

active = usage.measure(
    "active_days",
    "use in the last {window}",
    "近{window}有使用",
    unit="d",
    column="active",
    needs=CHARGEABLE,
)
active.declare(total, weeks=(4, 12))
active.declare(change, weeks=(4,))
active.declare(usual_change, weeks=(1,))
active.declare(trend, weeks=(12,))
active_weeks = usage.measure(
    "active_weeks",
    "weeks with use among the last {window}",
    "近{window}中有使用的周数",
    column="active",
    needs=CHARGEABLE,
)
active_weeks.declare(rows_with(1), weeks=(12,))
silence = usage.measure(
    "weeks_silent_in_a_row",
    "weeks in a row without use in the last {window}: 1, or at least 2, 4 or 8",
    "近{window}最长连续无使用周数（1，或至少2、4、8）",
    column="active",
    needs=CHARGEABLE,
)
silence.declare(longest_gap, weeks=(12,))
mean_contacts = usage.measure(
    "mean_daily_contacts",
    "people talked to on a day of use, in the last {window}",
    "近{window}有使用日的日均联系人数",
    column="contacts",
    needs=("contacts", *CHARGEABLE),
)
mean_contacts.declare(per("active"), weeks=(4,))
contacts = usage.measure(
    "daily_contacts",
    "people talked to, added up over the days of the last {window}",
    "近{window}每日联系人数之和",
    column="contacts",
)
contacts.declare(change, weeks=(4,))

rival_voice = usage.measure(
    "voice_rival_min",
    "minutes called to rivals' numbers in the last {window}",
    "近{window}拨打他网分钟数",
    unit="min",
    column="voice_rival_s",
    scale=60,
)
rival_voice.declare(total, weeks=(4,))
rival_share = usage.measure(
    "voice_rival",
    "minutes called to rivals' numbers, of all minutes called in the last {window}",
    "近{window}拨打他网时长占主叫时长的比例",
    unit="%",
    column="voice_rival_s",
    needs=("voice_rival_s", "voice_out_s"),
)
rival_share.declare(share_of("voice_out_s"), weeks=(4, 12))
roaming = usage.measure(
    "roaming_min",
    "minutes roaming in the last {window}",
    "近{window}漫游分钟数",
    unit="min",
    column="roaming_s",
    scale=60,
)
roaming.declare(total, weeks=(4, 12))
hotline = usage.measure(
    "rival_hotline_calls",
    "calls to rivals' hotlines in the last {window}",
    "近{window}拨打他网客服热线次数",
    staff_may_hear=False,
)
hotline.declare(total, weeks=(1, 4, 12))

drops = network.measure("dropped_calls", "dropped calls in the last {window}", "近{window}掉话次数")
drops.declare(total, weeks=(4, 12))
drops.declare(change, weeks=(4,))
drops.declare(trend, weeks=(12,))
worst_week = network.measure(
    "dropped_calls_a_week",
    "number of dropped calls in a week",
    "单周掉话次数",
    column="dropped_calls",
)
worst_week.declare(highest, weeks=(12,))
drops_an_hour = network.measure(
    "dropped_calls_an_hour",
    "dropped calls for each hour called, in the last {window}",
    "近{window}每小时主叫的掉话次数",
    column="dropped_calls",
    needs=("dropped_calls", "voice_out_s"),
)
drops_an_hour.declare(per("voice_out_s", 3600), weeks=(12,))
trouble = network.measure(
    "troubled_weeks",
    f"weeks with {TROUBLED_WEEK} dropped calls or more, among the last {{window}}",
    f"近{{window}}中掉话{TROUBLED_WEEK}次及以上的周数",
    column="dropped_calls",
)
trouble.declare(rows_with(TROUBLED_WEEK), weeks=(12,))

since_hotline = days.measure(
    "days_since_rival_hotline",
    "time since the last call to a rival's hotline, if within four weeks",
    "距最近一次拨打他网客服热线（四周内）",
    unit="d",
    column="days_rival_hotline_calls",
    needs=("rival_hotline_calls",),
    staff_may_hear=False,
)
since_hotline.declare(nearest)
active.of(days).declare(total, weeks=(1,))
data.of(days).declare(total, weeks=(1,))
voice.of(days).declare(total, weeks=(1,))
drops.of(days).declare(total, weeks=(1,))
since_use = days.measure(
    "days_since_use",
    "time since the last use",
    "距最近一次使用",
    unit="d",
    column="days_active",
    needs=CHARGEABLE,
)
since_use.declare(nearest)
for name, column, en, zh in (
    ("call", "voice_out_s", "call made", "主叫"),
    ("data", "data_kb", "mobile data", "使用流量"),
    ("sms", "sms", "message sent", "发送短信"),
):
    since = days.measure(
        f"days_since_{name}",
        f"time since the last {en}, if within four weeks",
        f"距最近一次{zh}（四周内）",
        unit="d",
        column=f"days_{column}",
        needs=(column,),
    )
    since.declare(nearest)
