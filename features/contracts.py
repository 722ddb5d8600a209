"""Contracts: where a customer stands with the operator, as it was known.

The standing follows from the latest event that changes it; a plan change does not.

    started, restored              -> active
    suspended                      -> suspended        still a customer, cut off for now
    pre_cancelled                  -> pre_cancelled    asked to leave, formally gone in 3 months
    cancelled, ported, transferred -> left
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import Table

from features import windows
from features.feeds import CONTRACT_EVENTS, FEEDS

STANDING = {
    "started": "active",
    "restored": "active",
    "suspended": "suspended",
    "pre_cancelled": "pre_cancelled",
    "cancelled": "left",
    "ported": "left",
    "transferred": "left",
}


def standing(contracts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a customer and moment by which a contract had started: standing, plan, distances.

    Columns: `standing`; `started` (the latest start); `tenure_days`; `plan`;
    `days_to_contract_end` (negative once it is over, null without one); `days_since_plan_change`
    (null if never) and `plan_changes`, where the feed tells the plan. All speak of the contract
    since its latest start.
    """
    seen = windows.known(windows.versions(contracts, FEEDS["contracts"].key), as_of)
    rank = seen.event.cases(
        *((event, place) for place, event in enumerate(CONTRACT_EVENTS)), else_=0
    )
    # Two events of one moment count in the order in which a contract's life runs.
    seen = seen.mutate(order=seen.at * len(CONTRACT_EVENTS) + rank)
    # Who rejoins begins anew: what came before the latest start is another contract's.
    begun = (seen.event == "started").ifelse(seen.order, None).max()
    seen = seen.mutate(begun=begun.over(ibis.window(group_by=["customer_id", "as_of"])))
    seen = seen.filter(seen.order >= seen.begun)
    moves = seen.event.isin(list(STANDING))
    starts = seen.event == "started"
    columns = {
        "standing": seen.event.argmax(seen.order, where=moves).substitute(STANDING),
        "started": seen.event_time.max(where=starts),
        "tenure_days": seen.days.min(where=starts),
    }
    if "plan" in seen.columns:
        changes = seen.event == "plan_changed"
        columns |= {
            "plan": seen.plan.argmax(seen.order, where=seen.plan.notnull()),
            "days_since_plan_change": seen.days.min(where=changes),
            "plan_changes": changes.sum().cast("int64"),
        }
    if "contract_end" in seen.columns:
        end = seen.contract_end.argmax(seen.order, where=seen.contract_end.notnull())
        columns["contract_end"] = end
    result = seen.group_by("customer_id", "as_of").agg(columns)
    if "contract_end" in seen.columns:
        seconds = result.contract_end.cast("timestamp").epoch_seconds()
        left = (seconds - result.as_of.epoch_seconds()) // windows.SECONDS_A_DAY
        result = result.mutate(days_to_contract_end=left.cast("int64")).drop("contract_end")
    return result
