"""Complaints: four facts (opened, closed, reopened, rated) put together as they were known.

A closing that is entered today with yesterday's date leaves the complaint open for every
moment before today: only what was known counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ibis.expr.types import Table

from features import windows
from features.feeds import CANCEL_REQUEST, FEEDS


def complaints(facts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a moment and complaint known at it, aged by its opening.

    Columns: customer_id, as_of, complaint_id, `age`, `days`, `at` (by opening, then the higher
    rating first), `complaints` (1), `unresolved` (1 while the last of opened, closed, reopened
    is not closed), `unresolved_days` (null if resolved), and where the feed has them `severity`,
    `rating`, `cancel_request` (1 if the customer asked to cancel).
    """
    seen = windows.known(windows.versions(facts, FEEDS["complaints"].key), as_of)
    opened, closed = seen.event == "opened", seen.event == "closed"
    moves = opened | closed | (seen.event == "reopened")
    columns = {
        "age": seen.age.max(where=opened),
        "days": seen.days.max(where=opened),
        "at": seen.at.min(where=opened),
        # Of two events of one moment the closing is the later.
        "resolved": closed.argmax(seen.at * 2 + closed.cast("int64"), where=moves),
    }
    if "severity" in seen.columns:
        columns["severity"] = seen.severity.max()
    if "rating" in seen.columns:
        # Of two ratings of one moment the lower counts.
        columns["rating"] = seen.rating.argmax(seen.at * 8 - seen.rating)
    if "category" in seen.columns:
        asked = (seen.category == CANCEL_REQUEST).fill_null(False)
        columns["cancel_request"] = asked.max().cast("int64")
    whole = seen.group_by("customer_id", "as_of", "complaint_id").agg(columns)
    whole = whole.filter(whole["at"].notnull())
    if "rating" in whole.columns:
        whole = whole.mutate(at=whole["at"] * 8 - whole.rating.fill_null(0))
    return whole.mutate(
        complaints=1,
        unresolved=(~whole.resolved).cast("int64"),
        unresolved_days=(~whole.resolved).ifelse(whole.days, None),
    ).drop("resolved")
