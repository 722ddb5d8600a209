"""The analyses of the operator's business: declared indicators by period and dimension (B5).

Counted from the lake as it was known at one moment (`lake`), one query a source of measures
(`measures`), summed by period and by the value of a dimension (`dimensions`). Every indicator is
declared once, in `training/indicators/analyses.toml`; docs/indicators.md explains each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
from ibis.expr.types import Table

from features.engine.moments import latest_moment
from features.engine.store import Histories, open_histories
from features.errors import BundleError, LakeError, NoChampion, NotEnoughData
from features.histories.bills.tiers import Bounds, cut_bounds, recent_bills
from serving.access.principal import EVERYWHERE, Scope
from serving.analyses.cells import Sums, result_of
from serving.analyses.dimensions import OF_CUSTOMERS, Dimension, counted, of_customers
from serving.analyses.lake import Lake, in_hindsight
from serving.analyses.measures import Source
from serving.analyses.request import Request, measures_of
from serving.analyses.request import request_of as request_of
from serving.customers.standing.standing_settings import PointSettings, standing_settings

KEY = ["customer_id", "as_of"]


def analyse(home: Path, request: Request, scope: Scope = EVERYWHERE) -> dict[str, Any]:
    """The indicators of the request, as plain values for JSON; of the customers of the scope alone.

    Keys: analysis, by (null for all together), every, from, to, known_at, currency; `indicators`,
    each with name, en, zh, unit; `on_file_from`, by feed the day of its first fact, where that is
    not before `from`; `rows`, the periods in time and in each the groups, the greatest first: from,
    to, group (null without `by`), and each indicator, null where it is not known. `totals` has the
    same of all groups together.

    Raises NotEnoughData where the data end before `known_at`, and LakeError where a feed or column
    that is needed was not imported.
    """
    histories = open_histories(home)
    _refuse_unknown(histories, home, request.known_at)
    bounds = champions_bounds(home) if request.has_tiers else None
    lake = lake_of(histories, request, bounds, standing_settings(home).points)
    return analysed(lake, request, scope)


def analysed(lake: Lake, request: Request, scope: Scope = EVERYWHERE) -> dict[str, Any]:
    """As `analyse`, of an open lake."""
    sources = [one for one in request.sources() if _is_there(lake, one)]
    if not sources:
        _refuse_absent(request)
    grouping = _grouping(lake, request, scope)
    sums = [_sums(lake, grouping, source) for source in sources]
    return result_of(request, lake, sums)


def lake_of(
    histories: Histories, request: Request, bounds: Bounds | None, points: PointSettings
) -> Lake:
    """The lake as known at the request's moment; without `bounds` the tiers are cut at its end."""
    tables = in_hindsight(histories.tables, request.known_at)
    if bounds is None and request.has_tiers and "bills" in tables:
        bounds = _cut(histories, tables["bills"], request.edges[-1])
    return Lake(
        histories.connection, tables, request.edges, request.known_at, histories.settings,
        bounds, points,
    )  # fmt: skip


def champions_bounds(home: Path) -> Bounds | None:
    """Where the champion's tiers begin, as on every other page; null without a champion."""
    from serving.scoring import load_champion  # its model takes a second, and few analyses need it

    try:
        return load_champion(home).bundle.tier_bounds_fen
    except (NoChampion, BundleError):
        return None


def _cut(histories: Histories, bills: Table, moment: datetime) -> Bounds | None:
    found = histories.connection.execute(recent_bills(bills, [moment]))
    sums, counts = (found[name].to_numpy(dtype="int64") for name in ("revenue_fen", "bills"))
    return cut_bounds(sums, counts, histories.settings.tiers)


@dataclass(frozen=True)
class Grouping:
    """By what the rows are grouped; of customers the dimension's values, null for a fact's own.

    `only`: whom alone to count, null for all.
    """

    by: str
    dimension: Dimension | None
    only: Table | None


def _grouping(lake: Lake, request: Request, scope: Scope) -> Grouping:
    """The dimension and whom to count, computed once for all sources."""
    by, only = request.by, request.analysis.only
    is_limited = bool(only or scope.limits)
    dimension = of_customers(lake, by) if by in OF_CUSTOMERS else None
    return Grouping(
        by,
        None if dimension is None else replace(dimension, values=lake.computed(dimension.values)),
        lake.computed(counted(lake, only, scope.limits)) if is_limited else None,
    )


def _sums(lake: Lake, grouping: Grouping, source: Source) -> Sums:
    """The source's measures by period and value of the dimension."""
    rows = source.rows(lake)
    rows = rows.mutate(as_of=rows.as_of.cast("timestamp(6)"))
    measures = [name for name in source.gives if name in rows.columns]
    if grouping.only is not None:
        rows = rows.semi_join(grouping.only, KEY)
    rows = _by(rows, grouping)
    sums = rows.group_by("as_of", "value").agg(
        {name: rows[name].sum().cast("float64") for name in measures}
    )
    found: pd.DataFrame = lake.connection.execute(sums)
    return Sums(found, tuple(measures), source.from_feed, _first(lake, source))


def _by(rows: Table, grouping: Grouping) -> Table:
    """The rows with `value`, that of the dimension."""
    by, dimension = grouping.by, grouping.dimension
    if not by:
        return rows.mutate(value=ibis.literal(""))
    if dimension is None:
        if by not in rows.columns:
            return rows.mutate(value=ibis.literal(Dimension.otherwise))
        return rows.mutate(value=rows[by].cast("string").fill_null(Dimension.otherwise))
    joined = rows.left_join(dimension.values, KEY, rname="{name}_of_customer")
    return joined.mutate(value=joined.value.fill_null(dimension.otherwise))


def _first(lake: Lake, source: Source) -> datetime | None:
    """When the first fact of the source's feed happened; null where every period is known."""
    if source.from_feed is None:
        return None
    first = lake.connection.execute(lake.tables[source.from_feed].event_time.min())
    return datetime.max if pd.isna(first) else pd.Timestamp(first).to_pydatetime()


def _is_there(lake: Lake, source: Source) -> bool:
    """Whether the source's feeds, and the columns that it cannot do without, are delivered."""
    for need in source.feeds:
        feed, _, column = need.partition(".")
        if feed not in lake.tables or (column and column not in lake.tables[feed].columns):
            return False
    return True


def _refuse_absent(request: Request) -> None:
    wanted = {name for one in request.analysis.indicators for name in measures_of(one)}
    needs = sorted({need for one in request.sources() for need in one.feeds})
    raise LakeError(
        f"nothing can be shown of {request.analysis.name} by {request.by or 'all'}: "
        f"{', '.join(sorted(wanted))} need {', '.join(needs)}. Import these feeds."
    )


def _refuse_unknown(histories: Histories, home: Path, known_at: datetime) -> None:
    latest = latest_moment(histories.connection, home)
    if known_at > latest:
        raise NotEnoughData(
            f"the data end before {latest:%F}, but {known_at:%F} was requested: nothing is known "
            f"of the days between. Name {latest:%F} or an earlier date, or import what came since.",
            latest=f"{latest:%F}",
        )
