"""When a customer's value tier changed, and why: every change dated by the bill that made it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import ibis
import numpy as np
import pandas as pd
from ibis.expr.types import Table

from features.engine.store import Histories
from features.histories.bills.tiers import BILLS, TIERS, Bounds, tiers_of

CAUSES = ("first_bill", "bill_rose", "bill_fell", "plan_changed", "bill_corrected")
COLUMNS = ("customer_id", "changed_at", "before", "after", "cause")


class _Bill(NamedTuple):
    known_at: datetime
    period: date
    revenue_fen: int


def tier_history(
    histories: Histories, bounds: Bounds, until: datetime, customers: Sequence[str] | None = None
) -> pd.DataFrame:
    """Every change of tier that was known before `until`, by customer and time.

    Columns: `customer_id`; `changed_at` (the moment at which the bill that changed it was
    known); `before` (null at the first bill) and `after`; `cause`:

        first_bill      the history begins
        bill_corrected  an older bill was issued again with another amount
        plan_changed    the plan was changed since the first of the billed months that count
                        (a renewal, `plan_changed` to the plan that is, does not count)
        bill_rose, bill_fell  the plan is as it was

    `customers` restricts the rows. Empty where no bills are delivered.
    """
    if "bills" not in histories.tables:
        return pd.DataFrame(columns=list(COLUMNS))
    facts, contracts = histories.tables["bills"], histories.tables["contracts"]
    bills = _facts(histories, facts, ("known_at", "period", "revenue_fen"), until, customers)
    planned = contracts.filter(contracts.event.isin(["started", "plan_changed"]))
    if "plan" not in planned.columns:
        planned = planned.mutate(plan=ibis.null("string"))
    columns = ("event_time", "known_at", "event", "plan")
    plans = {
        customer_id: _plan_changes(own)
        for customer_id, own in _facts(histories, planned, columns, until, customers).items()
    }
    rows = [
        (customer_id, *change)
        for customer_id, own in bills.items()
        for change in _changes([_Bill(*row) for row in own], plans.get(customer_id, []), bounds)
    ]
    found = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    found["changed_at"] = found["changed_at"].astype("datetime64[us]")
    return found


def tier_changes(
    versions: list[tuple[Any, ...]], events: list[tuple[Any, ...]], bounds: Bounds
) -> Iterator[tuple[datetime, str | None, str, str]]:
    """The changes of one customer: changed_at, before, after, cause.

    `versions` of the bills: known_at, period, revenue_fen, in that order; `events` of the contract
    (started, plan_changed): event_time, known_at, event, plan, in that order.
    """
    return _changes([_Bill(*row) for row in versions], _plan_changes(events), bounds)


def _changes(
    bills: list[_Bill], plan_changes: list[tuple[datetime, datetime]], bounds: Bounds
) -> Iterator[tuple[datetime, str | None, str, str]]:
    """The changes of one customer, from all versions of the bills in the order of learning."""
    known: dict[date, int] = {}
    tier: str | None = None
    corrected = False
    for place, bill in enumerate(bills):
        corrected = corrected or bill.period in known
        known[bill.period] = bill.revenue_fen
        if place + 1 < len(bills) and bills[place + 1].known_at == bill.known_at:
            continue  # several bills learned at one moment change the tier once
        counted = sorted(known)[-BILLS:]
        after = _tier([known[period] for period in counted], bounds)
        was_corrected, corrected = corrected, False
        if after == tier:
            continue
        changed = any(
            counted[0] <= happened.date() and learned <= bill.known_at
            for learned, happened in plan_changes
        )
        yield bill.known_at, tier, after, _cause(tier, after, was_corrected, changed)
        tier = after


def _plan_changes(events: list[tuple[Any, ...]]) -> list[tuple[datetime, datetime]]:
    """When each change to another plan was known and happened, of a customer's events in time."""
    changes, plan = [], None
    for happened, known, event, new in events:
        if event == "plan_changed" and (new is None or new != plan):
            changes.append((known, happened))
        plan = new or plan
    return changes


def _cause(before: str | None, after: str, corrected: bool, plan_changed: bool) -> str:
    if before is None:
        return "first_bill"
    if corrected:
        return "bill_corrected"
    if plan_changed:
        return "plan_changed"
    return "bill_rose" if TIERS.index(after) > TIERS.index(before) else "bill_fell"


def _tier(revenue_fen: list[int], bounds: Bounds) -> str:
    total, count = np.array([sum(revenue_fen)]), np.array([len(revenue_fen)])
    return TIERS[int(tiers_of(total, count, bounds)[0])]


def _facts(
    histories: Histories,
    facts: Table,
    columns: tuple[str, ...],
    until: datetime,
    customers: Sequence[str] | None,
) -> dict[str, list[tuple[Any, ...]]]:
    """All versions known before `until` by customer, each customer's in the order of `columns`."""
    facts = facts.filter(facts.known_at < until)
    if customers is not None:
        facts = facts.filter(facts.customer_id.isin(list(customers)))
    ordered = facts.select("customer_id", *columns).order_by("customer_id", *columns)
    columnar = histories.connection.to_pyarrow(ordered).to_pydict()
    found: dict[str, list[tuple[Any, ...]]] = {}
    for customer_id, *values in zip(*columnar.values(), strict=True):
        found.setdefault(customer_id, []).append(tuple(values))
    return found
