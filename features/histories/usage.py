"""Usage: daily rows in, weekly cells out.

Usage is too large to be read again for every date. Two tables carry it:

- `cells`, one row a customer and week: what was known when the week closed, that is at its
  end plus the feed's declared lag;
- `late`, one row a customer, week and `known_day`: the whole cell recomputed as it was known
  at the end of that day, for each day on which something about the closed week was learned.

So a roaming record that arrives three weeks late changes the cell from the day it arrives on,
and leaves every earlier answer as it was. Nothing is ever subtracted.

A cell has the number of its days and the sum of each measure, as integers.
"""

from __future__ import annotations

from functools import reduce
from operator import or_

from ibis.expr.types import IntegerColumn, Table

from features import windows
from features.feeds import FEEDS

CHARGEABLE = ("voice_out_s", "sms", "data_kb")


def measures(columns: tuple[str, ...]) -> tuple[str, ...]:
    """The measures that a usage feed with these columns carries, `active` among them."""
    own = [
        column.name
        for column in FEEDS["usage"].columns
        if column.type == "int64" and column.name in columns
    ]
    return (*own, "active")


def daily(usage: Table) -> Table:
    """One row a customer, day and version, with `active` (0 or 1), `week` and its lifetime.

    A day is active if the customer did something chargeable: called out, wrote or used data.
    """
    active = reduce(or_, (usage[name] > 0 for name in CHARGEABLE))
    rows = usage.mutate(active=active.cast("int64"), week=windows.week_of(usage.day))
    return windows.versions(rows, FEEDS["usage"].key)


def cells(days: Table, names: tuple[str, ...], lag_days: int) -> Table:
    """The on-time cell of each customer and week that had any row when the week closed."""
    rows = windows.on_time(days, lag_days)
    return rows.group_by("customer_id", "week").agg(_cell(rows, names))


def late(days: Table, names: tuple[str, ...], lag_days: int) -> Table:
    """The recomputed cell of each customer, week and day on which a closed week changed."""
    rows = windows.changed_later(days, ("customer_id",), lag_days)
    return rows.group_by("customer_id", "week", "known_day").agg(_cell(rows, names))


def _cell(rows: Table, names: tuple[str, ...]) -> dict[str, IntegerColumn]:
    # No measure is ever null, so the days counted are the same for all of them.
    cell = {"day_count": rows.count().cast("int64")}
    for name in names:
        cell[f"{name}_sum"] = rows[name].sum().cast("int64")
    return cell
