"""The tables of the histories: computed from the feeds so that no date reads them all.

    days                 usage by day, each version with its lifetime
    cells, late          usage by week, as known when the week closed, and when more was learned
    settlements          the bills owed, and when each was paid; where there are payments
    city_weeks           what all customers of a city met with in a week
    edges, late_edges    who called whom in a week, likewise; where there are calls
    topics               the topics of complaints; where topics are frozen

The other facts that features read (`VERSIONS`) are kept with their lifetimes and by customer,
and take the place of the feed: what is summed together then lies together.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from ibis.expr.types import Table

from features import topics, windows
from features.disk.atomic import remove
from features.feeds import FEEDS
from features.histories import cities, neighbours, usage
from features.histories.bills import accounts
from features.progress import Progress
from features.settings import FeatureSettings
from features.topics import Topics


@dataclass(frozen=True)
class Step:
    """A table computed from the feeds and from earlier tables; `what` names it for people.

    It is stored in the order of the columns `by`. `sums` says that it adds up.
    """

    name: str
    what: str
    feeds: tuple[str, ...]
    make: Callable[[Mapping[str, Table], int], Table]
    by: tuple[str, ...] = ()
    sums: bool = False


def _measures(tables: Mapping[str, Table]) -> tuple[str, ...]:
    return usage.measures(tuple(tables["days"].columns))


def _versions(feed: str) -> Step:
    def make(tables: Mapping[str, Table], _: int) -> Table:
        return windows.versions(tables[feed], FEEDS[feed].key)

    return Step(feed, f"versions of {feed}", (feed,), make, by=("customer_id",))


VERSIONS = ("customers", "contracts", "bills", "payments", "complaints", "surveys", "contacts")
ENDS = "ends"  # made for the two after it, and then removed
STEPS = (
    *map(_versions, VERSIONS),
    # By week, so that a reader of a few skips the rest of the file, and in it by customer, so
    # that what is summed together lies together.
    Step(
        "days",
        "daily usage",
        ("usage",),
        lambda t, _: usage.daily(t["usage"]),
        by=("week", "customer_id"),
    ),
    Step(
        "cells",
        "weekly cells",
        ("usage",),
        lambda t, lag: usage.cells(t["days"], _measures(t), lag),
        by=("customer_id", "week"),
        sums=True,
    ),
    Step(
        "late",
        "late cells",
        ("usage",),
        lambda t, lag: usage.late(t["days"], _measures(t), lag),
        by=("customer_id", "week"),
        sums=True,
    ),
    Step(
        "settlements",
        "settled bills",
        ("bills", "payments"),
        lambda t, _: accounts.settlements(t["bills"], t["payments"]),
        by=("customer_id",),
        sums=True,
    ),
    Step(
        "city_weeks",
        "weeks of cities",
        ("usage", "customers"),
        lambda t, lag: cities.city_weeks(t["cells"], t["customers"], lag),
        sums=True,
    ),
    Step(
        ENDS,
        "calls both ways",
        ("calls", "contracts"),
        lambda t, _: neighbours.both_ways(t["calls"], t["contracts"]),
        sums=True,
    ),
    Step(
        "edges",
        "who calls whom",
        ("calls", "contracts"),
        lambda t, lag: neighbours.edges(t[ENDS], lag),
        by=("week", "customer_id"),
        sums=True,
    ),
    Step(
        "late_edges",
        "late calls",
        ("calls", "contracts"),
        lambda t, lag: neighbours.late_edges(t[ENDS], lag),
        sums=True,
    ),
)


def steps_for(feeds: Collection[str]) -> list[Step]:
    """The steps that these feeds can give, each after those that it builds on."""
    return [step for step in STEPS if set(step.feeds) <= set(feeds)]


def write_tables(
    connection: Any,
    feeds: dict[str, Table],
    settings: FeatureSettings,
    frozen: Topics | None,
    folder: Path,
    progress: Progress,
) -> None:
    """Write the tables that these feeds can give as Parquet files into `folder`."""
    tables = dict(feeds)
    steps = steps_for(feeds)
    for number, step in enumerate(steps):
        progress(step.what, number, len(steps))
        path = folder / f"{step.name}.parquet"
        made = step.make(tables, settings.usage_lag_days)
        made = _whole(made) if step.sums else made
        connection.to_parquet(made.order_by(step.by) if step.by else made, path)
        tables[step.name] = connection.read_parquet(path)
    remove(folder / f"{ENDS}.parquet")
    if frozen is not None and "complaints" in feeds:
        opened = topics.openings(feeds["complaints"]).to_pyarrow()
        pq.write_table(topics.with_topics(frozen, opened), folder / "topics.parquet")


def _whole(table: Table) -> Table:
    """The table with every integer in 64 bits: DuckDB's sums have 128, which Parquet has not."""
    whole = {
        name: table[name].cast("decimal(38, 0)").cast("int64")
        for name, kind in table.schema().items()
        if kind.is_int64()
    }
    return table.mutate(whole)
