"""The lake as an analysis reads it: the facts as known at one moment, and the periods.

All is in hindsight: what is known at `known_at` of every moment before. So what came late counts in
the period in which it happened, and the customers at a period's end are those at its start and the
net growth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import ibis
from ibis.expr.types import Table, TimestampValue

from features import windows
from features.feeds import FEEDS
from features.histories import contracts
from features.histories.bills.tiers import Bounds, recent_bills
from features.settings import FeatureSettings
from serving.analyses.tiers import place_of
from serving.customers.standing.standing_settings import PointSettings

USE = "days"  # the table of usage that has lifetimes
READ = ("customers", "contracts", "bills", "payments", "complaints", "surveys", "contacts")


@dataclass(frozen=True)
class Lake:
    """The feeds in hindsight by name, the periods' edges, what sets the value tiers and points.

    `tables` come from `in_hindsight`; `bounds` are null where no bills are known.
    """

    connection: Any
    tables: Mapping[str, Table]
    edges: tuple[datetime, ...]
    known_at: datetime
    settings: FeatureSettings
    bounds: Bounds | None
    points: PointSettings

    @property
    def starts(self) -> tuple[datetime, ...]:
        return self.edges[:-1]

    @property
    def ends(self) -> tuple[datetime, ...]:
        return self.edges[1:]

    def end_of(self, start: TimestampValue) -> TimestampValue:
        """The end of the period that begins at `start`."""
        found: TimestampValue = ibis.cases(
            *(
                (start == own, ibis.literal(end, "timestamp(6)"))
                for own, end in zip(self.starts, self.ends, strict=True)
            )
        )
        return found

    def happened(self, feed: str) -> Table:
        """The feed's facts that happened in a period; `as_of` is its end."""
        return self.in_periods(self.tables[feed])

    def in_periods(self, facts: Table) -> Table:
        """The facts whose `event_time` lies in a period; `as_of` is its end."""
        return windows.in_periods(facts, self.edges)

    @cached_property
    def network(self) -> Table:
        """customer_id and as_of of those in the network at each edge; computed once."""
        found = contracts.standing(self.tables["contracts"], self.edges)
        found = found.filter(found.standing != "left").select("customer_id", "as_of")
        return self.computed(found)

    @cached_property
    def tiers(self) -> Table:
        """customer_id, as_of and `place` in TIERS at each edge, of those with a bill; likewise."""
        bills = recent_bills(self.tables["bills"], self.edges)
        return self.computed(place_of(bills, self.bounds))

    def computed(self, table: Table) -> Table:
        """The table's rows in memory, for several readers."""
        return ibis.memtable(self.connection.to_pyarrow(table), schema=table.schema())


def in_hindsight(tables: Mapping[str, Table], known_at: datetime) -> dict[str, Table]:
    """The feeds of `READ` that are there, and `USE`, as known at `known_at`."""
    found = {
        name: windows.in_hindsight(tables[name], FEEDS[name].key, known_at)
        for name in READ
        if name in tables
    }
    if USE in tables:
        found[USE] = windows.in_hindsight(tables[USE], FEEDS["usage"].key, known_at, "day")
    return found
