"""Customers who occur in one feed and have no profile or no contract.

No customer is in the network without both: what the other feeds hold of such a customer is not
read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ibis.expr.types import BooleanValue, Table

HOMES = ("customers", "contracts")


@dataclass(frozen=True)
class Orphans:
    """Of the `customers` in a feed, `orphans` do not occur in all of the feeds `lacking`.

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
    known = feeds[lacking[0]].select("customer_id").distinct()
    for name in lacking[1:]:
        known = known.semi_join(feeds[name], "customer_id")
    known = known.select(known_id=known.customer_id)
    ids = feeds[feed].select("customer_id").distinct()
    ids = ids.left_join(known, ids.customer_id == known.known_id)
    return _counted(connection, ids, ids.known_id.isnull(), lacking)


def never_started(connection: Any, contracts: Table) -> Orphans:
    """The customers whose contract has some event, but not its start."""
    ids = contracts.group_by("customer_id").agg(started=(contracts.event == "started").any())
    return _counted(connection, ids, ~ids.started, ("started",))


def _counted(connection: Any, ids: Table, alone: BooleanValue, lacking: tuple[str, ...]) -> Orphans:
    counts = ids.agg(
        customers=ids.count(),
        orphans=ids.count(where=alone),
        example=ids.customer_id.min(where=alone),
    )
    (found,) = connection.execute(counts).to_dict("records")
    number = int(found["orphans"])
    example = str(found["example"]) if number else None
    return Orphans(int(found["customers"]), number, lacking, example)
