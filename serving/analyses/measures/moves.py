"""Who came, who went, and how contracts moved within the periods.

A customer goes in or out of the network as `features.histories.contracts` has the standing: by the
latest event, a start counting before a departure of the same moment.
"""

from __future__ import annotations

import ibis
from ibis.expr.types import Table

from features.feeds import CONTRACT_EVENTS
from features.histories.contracts import LEAVING, STANDING
from serving.analyses.lake import Lake
from serving.analyses.measures.source import Source, one_if, own_columns

OWN = ("reason", "rival")


def _network(lake: Lake) -> Table:
    """Who was there at the start and the end of each period."""
    there = lake.network
    at_start = there.filter(there.as_of.isin(lake.starts))
    at_start = at_start.select(
        "customer_id", as_of=lake.end_of(at_start.as_of), at_start=1, at_end=0
    )
    at_end = there.filter(there.as_of.isin(lake.ends))
    at_end = at_end.select(
        "customer_id", as_of=at_end.as_of.cast("timestamp(6)"), at_start=0, at_end=1
    )
    return ibis.union(at_start, at_end)


def _moves(lake: Lake) -> Table:
    """The events of contracts in the periods: what each changed."""
    facts = _in_order(lake.tables["contracts"])
    moves = facts.filter(facts.event.isin(list(STANDING)))
    own = ibis.window(group_by="customer_id", order_by=["event_time", "rank"])
    is_here = ~moves.event.isin(list(LEAVING))
    moves = moves.mutate(
        here=is_here,
        before=is_here.lag().over(own).fill_null(False),
        event_before=moves.event.lag().over(own),
        first=ibis.row_number().over(own) == 0,
    )
    moves = lake.in_periods(moves)
    came, gone = moves.here & ~moves.before, ~moves.here & moves.before
    new_request = (moves.event == "pre_cancelled") | (
        gone & (moves.event == "cancelled") & (moves.event_before != "pre_cancelled")
    )
    measures = {
        "joined": one_if(came & moves.first),
        "returned": one_if(came & ~moves.first),
        "lost": one_if(gone),
        "net": one_if(came) - one_if(gone),
        "requests": one_if(moves.event == "pre_cancelled"),
        "ported": one_if(gone & (moves.event == "ported")),
        "suspended": one_if(moves.event == "suspended"),
        "restored": one_if(moves.event == "restored"),
    }
    if "rival" in moves.columns:
        measures["cancelled_for_rival"] = one_if(new_request & moves.rival.notnull())
    own_dimensions = own_columns(moves, OWN)
    return moves.select("customer_id", "as_of", "event", *own_dimensions, **measures)


def _in_order(facts: Table) -> Table:
    """The events since the first start with `rank`, their order within a moment.

    A departure of a moment at which the customer starts does not count.
    """
    start = facts.event == "started"
    facts = facts.mutate(
        rank=facts.event.cases(
            *((event, place) for place, event in enumerate(CONTRACT_EVENTS)), else_=0
        ),
        begun=facts.event_time.min(where=start).over(ibis.window(group_by="customer_id")),
        starts=start.max().over(ibis.window(group_by=["customer_id", "event_time"])),
    )
    gone_before = facts.event.isin(list(LEAVING)) & facts.starts
    return facts.filter(facts.event_time >= facts.begun, ~gone_before)


def _plan_changes(lake: Lake) -> Table:
    """Changes to another plan; a change to the plan that is held is a renewal."""
    facts = _in_order(lake.tables["contracts"])
    facts = facts.mutate(has_plan=facts.plan.notnull())
    own = ibis.window(group_by=["customer_id", "has_plan"], order_by=["event_time", "rank"])
    facts = facts.mutate(plan_before=facts.plan.lag().over(own))
    renewed = (facts.plan == facts.plan_before).fill_null(False)
    changes = lake.in_periods(facts.filter((facts.event == "plan_changed") & ~renewed))
    return changes.select("customer_id", "as_of", "plan_before", plan_changes=1)


def _tiers(lake: Lake) -> Table:
    """Of those there at both ends of a period, whether their value tier rose, fell or stayed."""
    there = _network(lake)
    there = there.group_by("customer_id", "as_of").agg(
        at_start=there.at_start.sum(), at_end=there.at_end.sum()
    )
    there = there.filter((there.at_start == 1) & (there.at_end == 1))
    places = lake.tiers
    begin = places.filter(places.as_of.isin(lake.starts))
    begin = begin.select("customer_id", begin="place", as_of=lake.end_of(begin.as_of))
    key = ["customer_id", "as_of"]
    both = there.left_join(begin, key, rname="{name}_begin").left_join(
        places.select("customer_id", "place", as_of=places.as_of.cast("timestamp(6)")),
        key, rname="{name}_end",
    )  # fmt: skip
    before, after = both.begin.fill_null(0), both.place.fill_null(0)
    return both.select(
        *key,
        risen=one_if(after > before),
        fallen=one_if(after < before),
        kept=one_if(after == before),
    )


SOURCES = (
    Source(("contracts",), ("at_start", "at_end"), _network),
    Source(
        ("contracts",),
        ("joined", "returned", "lost", "net", "requests", "ported", "cancelled_for_rival",
         "suspended", "restored"),
        _moves,
        ("event", *OWN),
    ),
    Source(("contracts", "contracts.plan"), ("plan_changes",), _plan_changes, ("plan_before",)),
    Source(
        ("contracts", "bills"), ("risen", "fallen", "kept"), _tiers,
        from_feed="bills", has_tiers=True,
    ),
)  # fmt: skip
