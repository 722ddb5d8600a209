"""What an operator could have changed of a customer's facts, each as `/events` would take it.

A change of the lake's facts is one fact of a feed, which happened and was known just before the
moment up to which the row counts that feed's facts. A promise is not in the lake: keeping it
changes what may be offered, and not the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import combinations
from typing import Any

import ibis
import pyarrow as pa

from features.builder.kept import KeptQuery, kept_query
from features.builder.templates import STAND_IN
from features.histories import complaints
from features.histories.bills.tiers import FEN
from serving.decision.decision_settings import to_fen
from serving.decision.promises import Promise
from serving.events.ledger import Event

CLOSED, ALL_CLOSED, PAID, PLAN, KEPT = (
    "complaint_closed", "complaints_closed", "debt_paid", "other_plan", "promise_kept",
)  # fmt: skip
COMPLAINTS = "complaints"
BEFORE = timedelta(microseconds=1)  # the least that the clocks of facts can differ by
MAX_PLANS = 5  # those with the greatest saving
MAX_COMPLAINTS = 8  # those that have been open for the longest
MAX_SIZE = 3  # of a set of changes


@dataclass(frozen=True)
class Change:
    """One fact that would have been another.

    `reference` says which: the complaint, the plan, the kind of promise, the amount of the debt,
    or how many complaints. `feed` and `fields` are those of the fact; null and empty where it is
    not in the lake. `promise`: the one that would have been kept.
    """

    kind: str
    reference: str
    feed: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False)
    promise: Promise | None = None

    def event(self, customer_id: str, moment: datetime) -> Event:
        """The fact as it would have been posted just before the moment."""
        assert self.feed is not None
        at = moment - BEFORE
        key = f"explain/{self.kind}/{self.reference}"
        return Event(key, self.feed, customer_id, at, at, self.fields)


def complaint_closed(complaint_id: str) -> Change:
    fields = {"complaint_id": complaint_id, "event": "closed"}
    return Change(CLOSED, complaint_id, "complaints", fields)


def debt_paid(amount: float) -> Change:
    """All that is overdue, an amount in the currency, paid."""
    amount_fen = to_fen(amount)
    fields = {"payment_id": "explain/debt", "amount_fen": amount_fen}
    return Change(PAID, f"{amount_fen / FEN:.2f}", "payments", fields)


def other_plan(plan: str) -> Change:
    return Change(PLAN, plan, "contracts", {"event": "plan_changed", "plan": plan})


def promise_kept(promise: Promise) -> Change:
    return Change(KEPT, promise.kind, promise=promise)


def all_closed(count: int) -> Change:
    """Where single complaints are not known."""
    return Change(ALL_CLOSED, str(count))


def savings_fen(bill_fit: Mapping[str, Any] | None) -> dict[str, int]:
    """By plan of an answer's bill fit what it would have cost less, the greatest saving first."""
    plans = bill_fit["plans"] if bill_fit else []
    return {own["plan"]: to_fen(own["saving"]) for own in plans}


def open_complaints(facts: pa.Table, moment: datetime, promise_hours: int) -> list[str]:
    """The complaints that are open by these facts as known at the moment, the oldest first."""
    query = _open_complaints(facts.schema, promise_hours)
    found = query.rows({COMPLAINTS: facts}, moment)
    names: list[str] = found["complaint_id"].to_pylist()
    return names


@lru_cache(maxsize=4)  # one for each shape of the feed
def _open_complaints(schema: pa.Schema, promise_hours: int) -> KeptQuery:
    facts = ibis.table(ibis.Schema.from_pyarrow(schema), name=COMPLAINTS)
    seen = complaints.complaints(facts, [STAND_IN], promise_hours)
    wanted = seen.filter(seen.unresolved == 1).order_by("at", "complaint_id")
    return kept_query(wanted.select("complaint_id"), {COMPLAINTS: schema}, lag_days=0)  # no week


def sets_of(changes: Sequence[Change], size: int) -> Iterator[tuple[Change, ...]]:
    """The sets of so many of these changes, with at most one plan each."""
    for found in combinations(changes, size):
        if sum(own.kind == PLAN for own in found) <= 1:
            yield found
