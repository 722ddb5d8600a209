"""Departures: who of all customers is known to have gone, for those who look at others.

Somebody counts as gone from the day on which it is known that he asked to cancel, cancelled or
was ported out, until he starts again or takes it back. Who merely fell silent, was cut off or
passed the number on does not count: nobody around him need have noticed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import Table

from features import windows
from features.feeds import FEEDS

GONE = ("pre_cancelled", "cancelled", "ported")
BACK = ("started", "restored")


def departures(contracts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a moment and customer whose start was known at it.

    Columns: customer_id, as_of, `left_days` (since the first event of GONE after the latest of
    BACK; null while there is none: the customer is in the network). Of two events of one moment
    the return is the later.
    """
    told = contracts.filter(contracts.event.isin([*GONE, *BACK]))
    seen = windows.known(windows.versions(told, FEEDS["contracts"].key), as_of)
    back = seen["at"].max(where=seen.event.isin(list(BACK)))
    seen = seen.mutate(back=back.over(ibis.window(group_by=["customer_id", "as_of"])))
    gone = seen.event.isin(list(GONE)) & (seen["at"] > seen.back.fill_null(-1))
    found = seen.group_by("customer_id", "as_of").agg(
        left_days=seen.days.max(where=gone), starts=(seen.event == "started").sum()
    )
    return found.filter(found.starts > 0).drop("starts")
