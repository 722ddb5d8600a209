"""Value tiers: a customer's value by the bills that were known, and the bounds between them.

A customer's tier follows from the mean revenue of the three latest closed bills known at a
moment, each tier being the half-open range from its bound up to the next one's:

    standard  [0, silver)    silver  [silver, gold)    gold  [gold, diamond)    diamond  [diamond, )

With fewer than three bills their mean counts; without any the tier is standard. A group is
classified apart, by the sum of its members' means and by bounds of its own; its members keep
the tier of their own bills beside it, but the quantiles are cut over individual customers only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table
from numpy.typing import NDArray

from features.histories.bills import billing
from features.histories.bills.names import FEN as FEN
from features.histories.bills.names import TIERS as TIERS
from features.settings import TierSettings

_NAMES = np.array(TIERS, dtype=object)
BILLS = 3
SUMS = ("bills", "revenue_fen", "margin_fen")  # the inputs of tiers and margins
# The mean of one, two or three bills is a whole number of sixths of a fen.
SIXTHS = 6

Bounds = tuple[int, int, int]
Integers = NDArray[np.int64]


def recent_bills(bills: Table, as_of: Sequence[datetime], weeks: int | None = None) -> Table:
    """One row a customer and moment at which a bill was known: the three latest, the three before.

    Columns: `bills` (1 to 3), `revenue_fen` and `margin_fen` (their sums; the margin is revenue
    less cost, or revenue where the feed has no cost); `mean_bill_fen`, `mean_margin_fen`;
    `change_fen` (the mean less that of the up to three bills before, null without any). Bills
    count by their period, so that one issued late keeps its place. With `weeks`, only bills
    issued in so many weeks before are looked at.
    """
    seen = billing.bills(bills, as_of, weeks)
    newest = ibis.window(group_by=["customer_id", "as_of"], order_by=ibis.desc("period"))
    cost_fen = seen.cost_fen.fill_null(0) if "cost_fen" in seen.columns else 0
    seen = seen.mutate(place=ibis.row_number().over(newest), margin_fen=seen.revenue_fen - cost_fen)
    seen = seen.filter(seen.place < 2 * BILLS)
    late, early = seen.place < BILLS, seen.place >= BILLS
    sums = seen.group_by("customer_id", "as_of").agg(
        bills=late.sum().cast("int64"),
        revenue_fen=seen.revenue_fen.sum(where=late).cast("int64"),
        margin_fen=seen.margin_fen.sum(where=late).cast("int64"),
        bills_before=early.sum().cast("int64"),
        revenue_before_fen=seen.revenue_fen.sum(where=early).cast("int64"),
    )
    mean_fen = sums.revenue_fen.cast("float64") / sums.bills.cast("float64")
    before = sums.bills_before.nullif(0).cast("float64")
    return sums.mutate(
        mean_bill_fen=mean_fen,
        mean_margin_fen=sums.margin_fen.cast("float64") / sums.bills.cast("float64"),
        change_fen=mean_fen - sums.revenue_before_fen.cast("float64") / before,
    )


def cut_bounds(revenue_fen: Integers, bills: Integers, settings: TierSettings) -> Bounds | None:
    """The lower bounds of silver, gold and diamond, in fen a month; null without any bill.

    `revenue_fen` and `bills` are sums and counts of individual customers, of shape (n,). With
    the preset `quantiles` a bound is the mean bill of the customer at that place, rounded up to
    a whole fen; with `vip_individual` the bounds are the declared amounts, whatever the bills.
    """
    if settings.preset == "vip_individual":
        low, middle, high = (round(amount * FEN) for amount in settings.vip_individual)
        return low, middle, high
    sixths = _sixths(revenue_fen, bills)[bills > 0]
    if len(sixths) == 0:
        return None
    cuts = np.quantile(sixths, settings.quantiles, method="higher")
    low, middle, high = (int(-(-int(cut) // SIXTHS)) for cut in cuts)
    return low, middle, high


def tiers_of(revenue_fen: Integers, bills: Integers, bounds: Bounds) -> Integers:
    """The tier of each customer as a place in `TIERS`, from sums and counts of shape (n,).

    >>> tiers_of(np.array([0, 8999, 9000, 4000]), np.array([0, 3, 3, 1]), (3000, 5000, 9000))
    array([0, 0, 1, 1])
    """
    return _placed(_sixths(revenue_fen, bills), bounds)


def group_tiers(members: pd.DataFrame, settings: TierSettings) -> pd.DataFrame:
    """The groups and their tiers, ordered by id: group_id, members, revenue_fen, tier.

    `members` has a row a customer: group_id (rows without one are excluded), revenue_fen and
    bills as `recent_bills` gives them. A group's revenue is the sum of its members' means, in
    fen a month, rounded; a member without bills counts as 0.
    """
    own = members[members["group_id"].notna()]
    bills = own["bills"].fillna(0).to_numpy(dtype=np.int64)
    sixths = _sixths(own["revenue_fen"].fillna(0).to_numpy(dtype=np.int64), bills)
    summed = (
        pd.DataFrame({"group_id": own["group_id"].to_numpy(), "sixths": sixths})
        .groupby("group_id", as_index=False)
        .agg(members=("sixths", "size"), sixths=("sixths", "sum"))
    )
    low, middle, high = (round(amount * FEN) for amount in settings.groups)
    places = _placed(summed["sixths"].to_numpy(dtype=np.int64), (low, middle, high))
    return pd.DataFrame(
        {
            "group_id": summed["group_id"],
            "members": summed["members"],
            "revenue_fen": (summed["sixths"] / SIXTHS).round().astype("int64"),
            "tier": names(places),
        }
    )


def names(places: Integers) -> NDArray[Any]:
    """The tiers' names for their places in `TIERS`."""
    return _NAMES[places]


def _sixths(revenue_fen: Integers, bills: Integers) -> Integers:
    """The means in sixths of a fen, exactly; 0 without bills."""
    return np.asarray(revenue_fen * SIXTHS // np.maximum(bills, 1), dtype=np.int64)


def _placed(sixths: Integers, bounds: Bounds) -> Integers:
    bounds_sixths = np.array(bounds, dtype=np.int64) * SIXTHS
    return np.searchsorted(bounds_sixths, sixths, side="right").astype(np.int64)
