"""Complaints: four facts (opened, closed, reopened, rated) put together as they were known.

A closing that is entered today with yesterday's date leaves the complaint open for every
moment before today: only what was known counts. So does the promise: a complaint is overdue
while no answer is known in time, and was not once an answer in time becomes known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ibis.expr.types import Table

from features import windows
from features.feeds import CANCEL_REQUEST, FEEDS

CATEGORIES = ("network", "billing", "service")  # each with its counts; others count in the total
SECONDS_AN_HOUR = 3600


def complaints(facts: Table, as_of: Sequence[datetime], promise_hours: int) -> Table:
    """One row a moment and complaint known at it, aged by its opening.

    Columns: customer_id, as_of, complaint_id, `age`, `days`, `at` (by opening, then the higher
    rating first), `complaints` (1), `unresolved` (1 while the last of opened, closed, reopened
    is not closed), `unresolved_days` (null if resolved), `reopened` (how often), `resolved_s`
    (from the first opening to the last closing, null while open), `overdue` (1 if open for more
    than `promise_hours` since it was last opened), `overdue_s` (by how much, or null),
    `broken_promises` (1 if overdue or ever closed later than promised), and where the feed has
    them `severity`, `rating`, `lowest_rating`, one of 0 and 1 for each of CATEGORIES and
    `cancel_request`, and `cancel_request_days`.
    """
    seen = windows.known(windows.versions(facts, FEEDS["complaints"].key), as_of)
    opened, closed = seen.event == "opened", seen.event == "closed"
    reopened = seen.event == "reopened"
    second = seen.event_time.epoch_seconds()
    columns = {
        "age": seen.age.max(where=opened),
        "days": seen.days.max(where=opened),
        "at": seen.at.min(where=opened),
        # Of two events of one moment the closing is the later.
        "resolved": closed.argmax(
            seen.at * 2 + closed.cast("int64"), where=opened | closed | reopened
        ),
        "reopened": reopened.sum().cast("int64"),
        "first_opened_s": second.min(where=opened),
        "last_opened_s": second.max(where=opened | reopened),
        "first_closed_s": second.min(where=closed),
        "last_closed_s": second.max(where=closed),
    }
    if "severity" in seen.columns:
        columns["severity"] = seen.severity.max()
    if "rating" in seen.columns:
        # Of two ratings of one moment the lower counts.
        columns["rating"] = seen.rating.argmax(seen.at * 8 - seen.rating)
        columns["lowest_rating"] = seen.rating.min()
    if "category" in seen.columns:
        for name in (*CATEGORIES, CANCEL_REQUEST):
            columns[name] = (seen.category == name).fill_null(False).max().cast("int64")
    whole = seen.group_by("customer_id", "as_of", "complaint_id").agg(columns)
    whole = whole.filter(whole["at"].notnull())
    if "rating" in whole.columns:
        whole = whole.mutate(at=whole["at"] * 8 - whole.rating.fill_null(0))
    if "category" in seen.columns:
        requested = whole[CANCEL_REQUEST] == 1
        whole = whole.mutate(cancel_request_days=requested.ifelse(whole.days, None))
    return _promised(whole, promise_hours * SECONDS_AN_HOUR).mutate(
        complaints=1,
        unresolved=(~whole.resolved).cast("int64"),
        unresolved_days=(~whole.resolved).ifelse(whole.days, None),
    )


def _promised(whole: Table, promise_s: int) -> Table:
    """With what became of the promise; a closing dated before the opening took no time."""
    waits_s = whole.as_of.epoch_seconds() - whole.last_opened_s
    overdue = ~whole.resolved & (waits_s > promise_s)
    first_s = whole.first_closed_s - whole.first_opened_s
    last_s = whole.last_closed_s - whole.last_opened_s
    late = (first_s > promise_s) | (whole.resolved & (last_s > promise_s))
    took_s = (whole.last_closed_s - whole.first_opened_s).clip(lower=0)
    whole = whole.mutate(
        resolved_s=whole.resolved.ifelse(took_s, None),
        overdue=overdue.cast("int64"),
        overdue_s=overdue.ifelse(waits_s - promise_s, None),
        broken_promises=(overdue | late.fill_null(False)).cast("int64"),
    )
    moments = ("first_opened_s", "last_opened_s", "first_closed_s", "last_closed_s")
    return windows.without(whole, *moments)
