"""Neighbours: who calls whom, and who of them is known to have left.

Calls are as large as usage and kept the same way (see `features.histories.usage`): `edges`, one row
a customer, other party and week, as known when the week closed, and `late_edges`, the whole row
recomputed as known at the end of a day on which something about a closed week was learned. A call
counts for both ends.

What is said of neighbours could betray a call partner, so nothing computed from it is shown to
staff, and below `MIN_NEIGHBOURS` nothing but their number exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import IntegerColumn, Table, Value

from features import windows
from features.feeds import FEEDS

WEEKS = 12
MIN_NEIGHBOURS = 5
LEFT_WEEKS = (8, 12)  # without a call in the last 12 weeks a customer is not a neighbour
PAIR = ("customer_id", "other_id")


def both_ways(calls: Table, contracts: Table) -> Table:
    """The versions of all calls, once for each end that was ever a customer.

    Columns: customer_id, other_id, `week`, the lifetime, and `calls` where the feed counts them.
    A customer is not their own neighbour.
    """
    ends = windows.versions(calls, FEEDS["calls"].key)
    ends = ends.filter(ends.customer_id != ends.other_id)
    columns = ["known_at", "superseded_at", *(name for name in ("calls",) if name in calls.columns)]
    ends = ends.select(*PAIR, *columns, week=windows.week_of(ends.day))
    back = ends.select(
        "week", *columns, customer_id=ends.other_id, other_id=ends.customer_id
    ).select(*ends.columns)
    ours = contracts.select("customer_id").distinct()
    return ibis.union(ends, back).semi_join(ours, "customer_id")


def edges(ends: Table, lag_days: int) -> Table:
    """The on-time row of each customer, other party and week; `ends` as `both_ways` gives them."""
    return _weekly(windows.on_time(ends, lag_days), ())


def late_edges(ends: Table, lag_days: int) -> Table:
    """The recomputed row of each customer, other party, week and day on which it changed."""
    return _weekly(windows.changed_later(ends, PAIR, lag_days), ("known_day",))


def _weekly(ends: Table, also: Sequence[str]) -> Table:
    """With the number of facts, so that a week without counted calls is a row all the same."""
    counted = {"days": ends.count().cast("int64")}
    if "calls" in ends.columns:
        counted["calls"] = ends.calls.sum().cast("int64")
    return ends.group_by(*PAIR, "week", *also).agg(counted)


def pairs(own: Table, late: Table, as_of: Sequence[datetime], lag_days: int) -> Table:
    """One row a moment, customer and other party of the `WEEKS` latest closed weeks.

    `own` and `late` are the edges of the requested customers. Columns: customer_id, other_id,
    as_of, and `calls` where they are counted.
    """
    seen = windows.known_weeks(own, late, as_of, WEEKS, lag_days, PAIR)
    is_counted = "calls" in seen.columns
    return seen.group_by(*PAIR, "as_of").agg(
        {"calls": seen.calls.sum().cast("int64")} if is_counted else {}
    )


def neighbours(pairs: Table, departures: Table) -> Table:
    """One row a moment and customer with calls in the `WEEKS` latest closed weeks.

    `departures` is of all other parties at least (see `features.histories.departures`). Columns:
    customer_id, as_of, `neighbours` (other parties, in either direction), and null below
    MIN_NEIGHBOURS: `on_net_percent` (of them known to be or to have been customers), `left_8w`
    and `left_12w` (known to have left in so many weeks), `left_percent_8w` and
    `left_percent_12w` (of all neighbours), and where calls are counted `calls` and
    `closest_percent` (of them with the one most called).
    """
    is_counted = "calls" in pairs.columns
    others = departures.rename(other_id="customer_id").mutate(on_net=1)
    pairs = pairs.left_join(others, ["other_id", "as_of"], rname="{name}_of_other")
    whole = pairs.group_by("customer_id", "as_of").agg(
        neighbours=pairs.count().cast("int64"),
        on_net=pairs.on_net.sum().fill_null(0).cast("int64"),
        **{
            f"left_{weeks}w": (pairs.left_age <= weeks).fill_null(False).sum().cast("int64")
            for weeks in LEFT_WEEKS
        },
        **({"calls": pairs.calls.sum(), "most": pairs.calls.max()} if is_counted else {}),
    )
    made: dict[str, Value] = {"on_net_percent": _percent(whole.on_net, whole.neighbours)}
    for weeks in LEFT_WEEKS:
        left = whole[f"left_{weeks}w"]
        made |= {f"left_{weeks}w": left, f"left_percent_{weeks}w": _percent(left, whole.neighbours)}
    if is_counted:
        calls = whole.calls.cast("int64")
        made |= {"calls": calls, "closest_percent": _percent(whole.most, calls)}
    enough = whole.neighbours >= MIN_NEIGHBOURS
    listed = {name: enough.ifelse(value, None) for name, value in made.items()}
    return whole.select("customer_id", "as_of", "neighbours", **listed)


def _percent(part: IntegerColumn, whole: IntegerColumn) -> Value:
    return 100.0 * part.cast("float64") / whole.nullif(0).cast("float64")
