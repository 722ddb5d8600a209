"""Value tiers within queries: the place in TIERS of the mean of the three latest bills."""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from features.histories.bills.tiers import SIXTHS, TIERS, Bounds


def place_of(bills: Table, bounds: Bounds | None) -> Table:
    """customer_id, as_of and `place`; `bills` as `recent_bills` has them.

    As `features.histories.bills.tiers.tiers_of`, in whole sixths of a fen.
    """
    sixths = (bills.revenue_fen * SIXTHS // bills.bills).cast("int64")
    reached = zip(range(len(TIERS) - 1, 0, -1), reversed(bounds or ()), strict=False)
    place = ibis.cases(
        *((sixths >= bound * SIXTHS, ibis.literal(place, "int64")) for place, bound in reached),
        else_=ibis.literal(0, "int64"),
    )
    return bills.select("customer_id", "as_of", place=place)
