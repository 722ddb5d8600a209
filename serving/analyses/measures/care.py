"""What customers said in surveys, and how their complaints were answered."""

from __future__ import annotations

from ibis.expr.types import Table

from features.histories.complaints import complaints
from serving.analyses.lake import Lake
from serving.analyses.measures.source import Source, one_if, own_columns

PROMOTERS, DETRACTORS = 9, 6  # from here on, and up to here


def _answers(lake: Lake) -> Table:
    answers = lake.happened("surveys")
    balance = one_if(answers.score >= PROMOTERS) - one_if(answers.score <= DETRACTORS)
    return answers.select(
        "customer_id", "as_of", *own_columns(answers, ("channel",)),
        answers=1, score=answers.score, promoting=100 * balance,
    )  # fmt: skip


def _complaints(lake: Lake) -> Table:
    """The complaints first opened in a period, and what became of each by the moment known."""
    facts = lake.tables["complaints"]
    opened = facts.filter(facts.event == "opened")
    own = own_columns(facts, ("category", "channel"))
    first = opened.group_by("customer_id", "complaint_id").agg(
        **{name: opened[name].argmin(opened.event_time) for name in own},
        event_time=opened.event_time.min(),
    )
    promise_hours = lake.settings.complaints.promise_hours
    state = complaints(facts, [lake.known_at], promise_hours).drop("as_of")
    wanted = ("unresolved", "resolved_s", "overdue", "broken_promises")
    key = ["customer_id", "complaint_id"]
    rows = lake.in_periods(first.inner_join(state.select(*key, *wanted), key))
    judged = (rows.unresolved == 0) | (rows.overdue == 1)
    return rows.select(
        "customer_id", "as_of", *own,
        complaints=1,
        unresolved=rows.unresolved,
        resolved=1 - rows.unresolved,
        resolved_s=rows.resolved_s.fill_null(0),
        judged=one_if(judged),
        in_time=one_if(judged & (rows.broken_promises == 0)),
    )  # fmt: skip


SOURCES = (
    Source(
        ("surveys",), ("answers", "score", "promoting"), _answers, ("channel",), from_feed="surveys"
    ),
    Source(
        ("complaints",),
        ("complaints", "unresolved", "resolved", "resolved_s", "judged", "in_time"),
        _complaints,
        ("category", "channel"),
        from_feed="complaints",
    ),
)
