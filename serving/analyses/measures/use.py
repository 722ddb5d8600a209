"""Calls, messages and data of the periods' days, by customer."""

from __future__ import annotations

from ibis.expr.types import Table

from features.histories.usage import CHARGEABLE
from serving.analyses.lake import USE, Lake
from serving.analyses.measures.source import Source, one_if, own_columns, sums_by_customer

SECONDS_AN_HOUR = 3600.0
MEASURES = (*CHARGEABLE, "voice_in_s", "voice_rival_s", "roaming_s", "dropped_calls")
HOTLINE = "rival_hotline_calls"


def _used(lake: Lake) -> Table:
    days = lake.happened(USE)
    own = own_columns(days, (*MEASURES, HOTLINE))
    sums = sums_by_customer(days, ("active", *own))
    measures = {
        "active": one_if(sums.active > 0),
        "voice_out_h": sums.voice_out_s / SECONDS_AN_HOUR,
        **{name: sums[name] for name in own if name != HOTLINE},
    }
    if HOTLINE in own:
        measures |= {"hotline_calls": sums[HOTLINE], "hotline_callers": one_if(sums[HOTLINE] > 0)}
    return sums.select("customer_id", "as_of", **measures)


SOURCES = (
    Source(
        (USE,),
        ("active", "voice_out_h", *MEASURES, "hotline_calls", "hotline_callers"),
        _used,
        from_feed=USE,
    ),
)
