"""People: the customer's profile as it was known, every change dated and kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS


def profile(customers: Table, as_of: Sequence[datetime]) -> Table:
    """One row a customer and moment: the latest profile known at it.

    Columns: as in the feed, `as_of`, and `age_years` (null where no birth year is known).
    """
    seen = windows.known(windows.versions(customers, FEEDS["customers"].key), as_of)
    latest = ibis.row_number().over(group_by=["customer_id", "as_of"], order_by=ibis.desc("at"))
    seen = seen.mutate(latest=latest)
    seen = seen.filter(seen.latest == 0)
    if "birth_year" in seen.columns:
        seen = seen.mutate(age_years=(seen.as_of.year() - seen.birth_year).cast("int64"))
    return seen.drop("latest", "event_time", "known_at", "superseded_at", "age", "days", "at")
