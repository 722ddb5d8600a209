"""Contracts: where a customer stands with the operator, as it was known.

The standing follows from the latest event that changes it; a plan change does not.

    started, restored              -> active
    suspended                      -> suspended        still a customer, cut off for now
    pre_cancelled                  -> pre_cancelled    requested to leave, formally gone in 3 months
    cancelled, ported, transferred -> left
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import ibis
from ibis.expr.types import BooleanValue, Table

from features import windows
from features.feeds import CONTRACT_EVENTS, FEEDS, TERM_DAYS

STANDING = {
    "started": "active",
    "restored": "active",
    "suspended": "suspended",
    "pre_cancelled": "pre_cancelled",
    "cancelled": "left",
    "ported": "left",
    "transferred": "left",
}


LEAVING = tuple(event for event, standing in STANDING.items() if standing == "left")
RECENT_WEEKS = 26
JUST_ENDED_DAYS = 56


def standing(contracts: Table, as_of: Sequence[datetime]) -> Table:
    """One row a customer and moment by which a contract had started: standing, plan, distances.

    Columns: `standing`; `started` (the latest start); `tenure_days`; `times_rejoined` (starts
    before the latest one); `suspensions` so far; `days_since_restored`;
    `withdrawn_cancellations` (pre-cancellations that were not carried out) and
    `days_since_pre_cancelled`. Days since what never was are null.
    Where the feed has the plan: `plan`, `previous_plan` (before the latest change, null
    without one), `days_since_plan_change` (null if never), `plan_changes` and
    `plan_changes_26w`; a renewal, `plan_changed` to the same plan, does not count. Where it
    has the contract's end: `days_to_contract_end` (negative once it is over, null without one
    and for an open end) and `contract_just_ended` (1 in the `JUST_ENDED_DAYS` after it). An end
    more than `TERM_DAYS` after the event that names it, such as 9999-12-31, is an open one.

    All but `times_rejoined` speak of the contract since its latest start. Of a departure and a
    start of one moment the start counts: the customer is in the network again.
    """
    seen = windows.known(windows.versions(contracts, FEEDS["contracts"].key), as_of)
    seen = _since_the_latest_start(seen)
    moves = seen.event.isin(list(STANDING))
    recent = seen.age <= RECENT_WEEKS
    columns = {
        "standing": seen.event.argmax(seen.order, where=moves).substitute(STANDING),
        "started": seen.event_time.max(where=seen.event == "started"),
        "tenure_days": seen.days.min(where=seen.event == "started"),
        "times_rejoined": seen.starts.max() - 1,
        "suspensions": (seen.event == "suspended").cast("int64").sum(),
        "days_since_restored": seen.days.min(where=seen.event == "restored"),
        "pre_cancellations": (seen.event == "pre_cancelled").cast("int64").sum(),
        "days_since_pre_cancelled": seen.days.min(where=seen.event == "pre_cancelled"),
    }
    if "plan" in seen.columns:
        changes = seen.is_change
        columns |= {
            "plan": seen.plan.argmax(seen.order, where=seen.plan.notnull()),
            "previous_plan": seen.plan_before.argmax(seen.order, where=changes),
            "days_since_plan_change": seen.days.min(where=changes),
            "plan_changes": changes.cast("int64").sum(),
            "plan_changes_26w": (changes & recent).cast("int64").sum(),
        }
    if "contract_end" in seen.columns:
        has_end = seen.contract_end.notnull()
        columns["contract_end"] = seen.contract_end.argmax(seen.order, where=has_end)
        columns["is_open"] = _is_open(seen).argmax(seen.order, where=has_end)
    result = seen.group_by("customer_id", "as_of").agg(columns)
    pending = (result.standing == "pre_cancelled").cast("int64")
    result = result.mutate(withdrawn_cancellations=result.pre_cancellations - pending)
    return _with_distances(result.drop("pre_cancellations"))


def _since_the_latest_start(seen: Table) -> Table:
    """The events of the contract since its latest start, with `order` and `starts`.

    `order` runs in time, and of one moment as a contract's life runs; `starts` counts all the
    customer's starts. Where the feed has the plan, also `plan_before` and `is_change` (see
    `_with_changes`).
    """
    rank = seen.event.cases(
        *((event, place) for place, event in enumerate(CONTRACT_EVENTS)), else_=0
    )
    seen = seen.mutate(order=seen.at * len(CONTRACT_EVENTS) + rank)
    start = seen.event == "started"
    # An aggregate joined back costs less than a window over as many small groups.
    marks = seen.group_by("customer_id", "as_of").agg(
        begun=seen.at.max(where=start),
        starts=start.cast("int64").sum(),
    )
    seen = seen.inner_join(marks, ["customer_id", "as_of"])
    # A customer who rejoins begins again: what came before the latest start is another contract's.
    gone_before = (seen.at == seen.begun) & seen.event.isin(LEAVING)
    seen = seen.filter(seen.at >= seen.begun, ~gone_before)
    return _with_changes(seen) if "plan" in seen.columns else seen


def _with_changes(seen: Table) -> Table:
    """With `plan_before` (the last known plan before a known one) and `is_change`: to another plan.

    A change from a plan that was never named counts as one; so does one that does not name the new.
    """
    seen = seen.mutate(has_plan=seen.plan.notnull())
    before = seen.plan.lag().over(
        ibis.window(group_by=["customer_id", "as_of", "has_plan"], order_by="order")
    )
    seen = seen.mutate(plan_before=before)
    renewed = (seen.plan == seen.plan_before).fill_null(False)
    return seen.mutate(is_change=(seen.event == "plan_changed") & ~renewed)


def _is_open(seen: Table) -> BooleanValue:
    """Whether the contract's end that an event names is so far away that there is none."""
    seconds = seen.contract_end.cast("timestamp").epoch_seconds() - seen.event_time.epoch_seconds()
    return seconds > TERM_DAYS * windows.SECONDS_A_DAY


def _with_distances(result: Table) -> Table:
    """`contract_end`, where there is one, as distances in days."""
    if "contract_end" not in result.columns:
        return result
    seconds = result.contract_end.cast("timestamp").epoch_seconds()
    left = ((seconds - result.as_of.epoch_seconds()) // windows.SECONDS_A_DAY).cast("int64")
    left = result.is_open.ifelse(None, left)
    result = result.mutate(days_to_contract_end=left)
    result = windows.without(result, "contract_end", "is_open")
    left = result.days_to_contract_end
    over = left.between(-JUST_ENDED_DAYS, -1).fill_null(False)
    return result.mutate(
        contract_just_ended=over.cast("int64"),
    )
