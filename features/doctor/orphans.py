"""Customers who occur in one feed and are told of by no profile or no contract.

Nobody is in the network without both: whatever the other feeds say of such a customer is read
by nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ibis.expr.types import Table

HOMES = ("customers", "contracts")


@dataclass(frozen=True)
class Orphans:
    """Of the `customers` in a feed, `orphans` occur in none of the feeds `lacking`.

    `example` is one of their ids, null where there are none.
    """

    customers: int
    orphans: int
    lacking: tuple[str, ...]
    example: str | None


def orphans(connection: Any, feeds: Mapping[str, Table], feed: str) -> Orphans | None:
    """The orphans of a feed; null for a catalogue, and where there is nothing to compare with."""
    if "customer_id" not in feeds[feed].columns:
        return None
    lacking = tuple(name for name in HOMES if name in feeds and name != feed)
    if not lacking:
        return None
    ids = feeds[feed].select("customer_id").distinct()
    alone = ids
    known = feeds[lacking[0]].select("customer_id").distinct()
    for name in lacking[1:]:
        known = known.semi_join(feeds[name], "customer_id")
    alone = alone.anti_join(known, "customer_id")
    found = connection.execute(alone.agg(orphans=alone.count(), example=alone.customer_id.min()))
    customers = int(connection.execute(ids.count()))
    number = int(found["orphans"].iloc[0])
    example = str(found["example"].iloc[0]) if number else None
    return Orphans(customers, number, lacking, example)


def never_started(connection: Any, contracts: Table) -> Orphans:
    """The customers of whose contract something is told, but never its start."""
    ids = contracts.group_by("customer_id").agg(
        starts=(contracts.event == "started").cast("int64").max()
    )
    alone = ids.filter(ids.starts == 0)
    found = connection.execute(alone.agg(orphans=alone.count(), example=alone.customer_id.min()))
    customers = int(connection.execute(ids.count()))
    number = int(found["orphans"].iloc[0])
    example = str(found["example"].iloc[0]) if number else None
    return Orphans(customers, number, ("started",), example)
