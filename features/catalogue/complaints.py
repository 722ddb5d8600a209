"""Features of complaints: how many, of what, how severe, how long open, how answered and rated."""

from __future__ import annotations

from features.catalogue.aggregates import (
    farthest,
    highest,
    latest,
    latest_change,
    lowest,
    mean,
    nearest,
    total,
)
from features.catalogue.families import Declarations
from features.settings import MAX_TOPICS

complaints = Declarations("complaints", feed="complaints", group="complaints")
topics = Declarations("topics", feed="complaints", group="complaints")
surveys = Declarations("surveys", feed="surveys", group="complaints")

# What is complained of, and the group it is explained under.
ABOUT = (
    ("network", "network", "the network", "网络"),
    ("billing", "billing", "bills", "账单"),
    ("service", "complaints", "service", "服务"),
)

complaints.declare(
    "complaints",
    [total],
    weeks=(4, 12, 26),
    unit="",
    en="complaints opened in the last {window}",
    zh="近{window}投诉次数",
    needs=("event",),
)
for name, group, en, zh in ABOUT:
    complaints.declare(
        f"{name}_complaints",
        [total],
        weeks=(4, 12, 26),
        column=name,
        unit="",
        group=group,
        en=f"complaints about {en} in the last {{window}}",
        zh=f"近{{window}}{zh}类投诉次数",
        needs=("category",),
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
    "reopened_complaints",
    [total],
    weeks=(26,),
    column="reopened",
    unit="",
    en="times that complaints of the last {window} were reopened",
    zh="近{window}投诉被重新打开的次数",
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
    "broken_promises",
    [total],
    weeks=(26,),
    unit="",
    en="complaints of the last {window} not answered within the time promised",
    zh="近{window}未按承诺时限答复的投诉数",
    needs=("event",),
)
complaints.declare(
    "broken_promises",
    [total],
    unit="",
    en="complaints so far not answered within the time promised",
    zh="至今未按承诺时限答复的投诉数",
    needs=("event",),
)
complaints.declare(
    "overdue_complaints",
    [total],
    column="overdue",
    unit="",
    en="complaints now open beyond the time promised",
    zh="目前超过承诺时限仍未解决的投诉数",
    needs=("event",),
)
complaints.declare(
    "overdue_complaint_days",
    [farthest],
    column="overdue_s",
    scale=86_400,
    unit="d",
    en="longest time that an open complaint is beyond its promise",
    zh="未解决投诉超过承诺时限最长",
    needs=("event",),
)
complaints.declare(
    "days_to_resolve",
    [latest, mean],
    weeks=(26,),
    column="resolved_s",
    scale=86_400,
    unit="d",
    en="time from a complaint's opening to its resolution",
    zh="投诉从受理到解决的时长",
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
    "complaint_severity",
    [mean],
    weeks=(26,),
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
    "complaint_rating",
    [mean],
    weeks=(26,),
    column="rating",
    unit="",
    en="rating of a complaint's handling",
    zh="投诉处理评分",
)
complaints.declare(
    "complaint_rating",
    [lowest],
    weeks=(26,),
    column="lowest_rating",
    unit="",
    en="rating of a complaint's handling",
    zh="投诉处理评分",
    needs=("rating",),
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
complaints.declare(
    "days_since_cancel_request",
    [nearest],
    column="cancel_request_days",
    unit="d",
    en="time since the last request to cancel",
    zh="距最近一次提出销号",
    needs=("category",),
)

# A topic is a number to staff; what it stands for is in the frozen file.
for number in range(1, MAX_TOPICS + 1):
    topics.declare(
        f"topic_{number}_complaints",
        [total],
        weeks=(12, 26),
        column=f"topic_{number}",
        unit="",
        en=f"complaints on topic {number} in the last {{window}}",
        zh=f"近{{window}}主题{number}的投诉次数",
        needs=("text", "topics.topic"),
        staff_may_hear=False,
    )
topics.declare(
    "complaint_topic",
    [latest],
    column="topic_name",
    unit="",
    en="topic of a complaint",
    zh="投诉主题",
    needs=("text", "topics.topic"),
    staff_may_hear=False,
    is_category=True,
)

surveys.declare(
    "survey_score",
    [latest, mean, latest_change],
    weeks=(52,),
    column="score",
    unit="",
    en="score for 'would you recommend us?'",
    zh="“是否愿意推荐我们”的评分",
)
surveys.declare(
    "days_since_survey",
    [nearest],
    column="days",
    unit="d",
    en="time since the last answer to a survey",
    zh="距最近一次回答满意度调查",
    needs=("score",),
)
