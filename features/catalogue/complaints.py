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

EVENT, CATEGORY = ("event",), ("category",)
TOPIC = ("text", "topics.topic")
DAY_S = 86_400
# What is complained of, and the group it is explained under.
ABOUT = (
    ("network", "network", "the network", "网络"),
    ("billing", "billing", "bills", "账单"),
    ("service", "complaints", "service", "服务"),
)

opened = complaints.measure(
    "complaints", "complaints opened in the last {window}", "近{window}投诉次数", needs=EVENT
)
opened.declare(total, weeks=(4, 12, 26))
for name, group, en, zh in ABOUT:
    about = complaints.measure(
        f"{name}_complaints",
        f"complaints about {en} in the last {{window}}",
        f"近{{window}}{zh}类投诉次数",
        column=name,
        needs=CATEGORY,
        group=group,
    )
    about.declare(total, weeks=(4, 12, 26))
unresolved = complaints.measure(
    "unresolved_complaints",
    "unresolved complaints",
    "未解决的投诉数",
    column="unresolved",
    needs=EVENT,
)
unresolved.declare(total)
unresolved_days = complaints.measure(
    "unresolved_complaint_days",
    "age of the oldest unresolved complaint",
    "未解决投诉最长已持续",
    unit="d",
    column="unresolved_days",
    needs=EVENT,
)
unresolved_days.declare(farthest)
reopened = complaints.measure(
    "reopened_complaints",
    "times that complaints of the last {window} were reopened",
    "近{window}投诉被重新打开的次数",
    column="reopened",
    needs=EVENT,
)
reopened.declare(total, weeks=(26,))
since_complaint = complaints.measure(
    "days_since_complaint",
    "time since the last complaint was opened",
    "距最近一次投诉",
    unit="d",
    column="days",
    needs=EVENT,
)
since_complaint.declare(nearest)

broken = complaints.measure(
    "broken_promises",
    "complaints of the last {window} not answered within the time promised",
    "近{window}未按承诺时限答复的投诉数",
    needs=EVENT,
)
broken.declare(total, weeks=(26,))
ever_broken = complaints.measure(
    "broken_promises",
    "complaints so far not answered within the time promised",
    "至今未按承诺时限答复的投诉数",
    needs=EVENT,
)
ever_broken.declare(total)
overdue = complaints.measure(
    "overdue_complaints",
    "complaints now open beyond the time promised",
    "目前超过承诺时限仍未解决的投诉数",
    column="overdue",
    needs=EVENT,
)
overdue.declare(total)
overdue_days = complaints.measure(
    "overdue_complaint_days",
    "longest time that an open complaint is beyond its promise",
    "未解决投诉超过承诺时限最长",
    unit="d",
    column="overdue_s",
    scale=DAY_S,
    needs=EVENT,
)
overdue_days.declare(farthest)
to_resolve = complaints.measure(
    "days_to_resolve",
    "time from a complaint's opening to its resolution",
    "投诉从受理到解决的时长",
    unit="d",
    column="resolved_s",
    scale=DAY_S,
    needs=EVENT,
)
to_resolve.declare(latest, mean, weeks=(26,))

severity = complaints.measure(
    "complaint_severity", "severity of complaints", "投诉严重程度", column="severity"
)
severity.declare(highest, weeks=(12,))
severity.declare(mean, weeks=(26,))
RATING = "rating of a complaint's handling", "投诉处理评分"
rating = complaints.measure("complaint_rating", *RATING, column="rating")
rating.declare(latest)
rating.declare(mean, weeks=(26,))
lowest_rating = complaints.measure(
    "complaint_rating", *RATING, column="lowest_rating", needs=("rating",)
)
lowest_rating.declare(lowest, weeks=(26,))

cancel = complaints.measure(
    "cancel_requests",
    "requests to cancel in the last {window}",
    "近{window}提出销号的次数",
    column="cancel_request",
    needs=CATEGORY,
)
cancel.declare(total, weeks=(4, 12))
ever_cancel = complaints.measure(
    "cancel_requests",
    "requests to cancel so far",
    "至今提出销号的次数",
    column="cancel_request",
    needs=CATEGORY,
)
ever_cancel.declare(total)
since_cancel = complaints.measure(
    "days_since_cancel_request",
    "time since the last request to cancel",
    "距最近一次提出销号",
    unit="d",
    column="cancel_request_days",
    needs=CATEGORY,
)
since_cancel.declare(nearest)

# A topic is a number to staff; what it stands for is in the frozen file.
for number in range(1, MAX_TOPICS + 1):
    topic = topics.measure(
        f"topic_{number}_complaints",
        f"complaints on topic {number} in the last {{window}}",
        f"近{{window}}主题{number}的投诉次数",
        column=f"topic_{number}",
        needs=TOPIC,
        staff_may_hear=False,
    )
    topic.declare(total, weeks=(12, 26))
last_topic = topics.measure(
    "complaint_topic",
    "topic of a complaint",
    "投诉主题",
    column="topic_name",
    needs=TOPIC,
    staff_may_hear=False,
    is_category=True,
)
last_topic.declare(latest)

score = surveys.measure(
    "survey_score",
    "score for 'would you recommend us?'",
    "“是否愿意推荐我们”的评分",
    column="score",
)
score.declare(latest, mean, latest_change, weeks=(52,))
since_survey = surveys.measure(
    "days_since_survey",
    "time since the last answer to a survey",
    "距最近一次回答满意度调查",
    unit="d",
    column="days",
    needs=("score",),
)
since_survey.declare(nearest)
