"""Features of complaints: how many, how grave, how long open, how rated."""

from __future__ import annotations

from features.aggregates import farthest, highest, latest, nearest, total
from features.families import Declarations

complaints = Declarations("complaints", feed="complaints", group="complaints")

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
