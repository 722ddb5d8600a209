"""The contacts drawn in a period, and what came of each by the moment known."""

from __future__ import annotations

from ibis.expr.types import Table

from serving.analyses.lake import Lake
from serving.analyses.measures.source import Source, one_if, own_columns

OWN = ("campaign", "channel", "offer", "arm")


def _drawn(lake: Lake) -> Table:
    facts = lake.tables["contacts"]
    own = own_columns(facts, OWN)
    steps = {name: one_if(facts.event == name).max() for name in ("sent", "reached", "accepted")}
    cost = {"cost_fen": facts.cost_fen.max()} if "cost_fen" in facts.columns else {}
    # An event may lack what another one of the same contact names.
    whole = facts.group_by("customer_id", "contact_id").agg(
        **{name: facts[name].max() for name in own},
        **steps,
        **cost,
        event_time=facts.event_time.min(),
    )
    rows = lake.in_periods(whole)
    treated = rows.arm == "treated"
    measures = {
        "assigned": one_if(treated),
        "control": one_if(~treated),
        **{name: treated.ifelse(rows[name], 0) for name in steps},
        **{name: rows[name].fill_null(0) for name in cost},
    }
    return rows.select("customer_id", "as_of", *own, **measures)


SOURCES = (
    Source(
        ("contacts",),
        ("assigned", "control", "sent", "reached", "accepted", "cost_fen"),
        _drawn,
        OWN,
        from_feed="contacts",
    ),
)
