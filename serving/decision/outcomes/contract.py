"""What a confirmed outcome changes of the contract: a fact of the feed contracts.

At a cancellation the customer is pre-cancelled, and a change of plan is one. The fact is written in
the transaction of the outcome that records the confirmation, known from that moment on, so that the
next decision sees it as one that was posted to /events. When the operator's own extract brings the
same event of that day, both are one fact.
"""

from __future__ import annotations

import json
from datetime import datetime, time

from sqlalchemy import Connection, delete, select

from features.errors import RequestRefused
from serving.database.tables import decisions, events
from serving.events.ledger import Event, record

FEED, EVENT, CHANGED = "contracts", "pre_cancelled", "plan_changed"
OWN_KEYS = "outcome:"  # so begin the keys of facts that outcomes wrote; no caller may name one


def event_key(outcome_key: str) -> str:
    """The key of the fact that an outcome wrote."""
    return f"{OWN_KEYS}{outcome_key}"


def pre_cancel(
    connection: Connection,
    outcome_key: str,
    customer_id: str,
    reason: str | None,
    rival: str | None,
    now: datetime,
    caller: str,
) -> None:
    """Write the cancellation, with the reason and the rival where they were given."""
    fields = {"event": EVENT, "plan": None, "reason": reason, "rival": rival}
    _write(connection, outcome_key, customer_id, fields, now, caller)


def change_plan(
    connection: Connection,
    outcome_key: str,
    customer_id: str,
    plan: str,
    now: datetime,
    caller: str,
) -> None:
    """Write the change to this plan, unless it was posted on this day already.

    A decision then compares with the new plan, and offers it no more.
    """
    if not _is_posted(connection, customer_id, plan, now):
        fields = {"event": CHANGED, "plan": plan, "reason": None, "rival": None}
        _write(connection, outcome_key, customer_id, fields, now, caller)


def _is_posted(connection: Connection, customer_id: str, plan: str, now: datetime) -> bool:
    """Whether another system posted the change before the outcome was reported."""
    own = events.c.customer_id == customer_id, events.c.feed == FEED
    today = datetime.combine(now, time())
    found = connection.execute(
        select(events.c.content).where(*own, events.c.event_time >= today).order_by(events.c.id)
    )
    posted = [json.loads(content)["fields"] for content in found.scalars()]
    changes = [one["plan"] for one in posted if one.get("event") == CHANGED]
    return changes[-1:] == [plan]


def _write(
    connection: Connection,
    outcome_key: str,
    customer_id: str,
    fields: dict[str, str | None],
    now: datetime,
    caller: str,
) -> None:
    key = event_key(outcome_key)
    whole = fields | {"contract_end": None}
    record(connection, Event(key, FEED, customer_id, now, now, whole), caller)


def withdraw(connection: Connection, outcome_key: str) -> None:
    """Remove the fact that this outcome wrote, if it wrote one: it was a slip of the hand.

    A fact that a decision was made on stays, else that decision could not be replayed: raises
    RequestRefused (`undo_too_late`).
    """
    own = events.c.event_key == event_key(outcome_key)
    fact = connection.execute(select(events).where(own)).first()
    if fact is None:
        return
    later = select(decisions.c.id).where(
        decisions.c.customer_id == fact.customer_id, decisions.c.at > fact.known_at
    )
    if connection.execute(later).first() is not None:
        raise RequestRefused(
            "undo_too_late",
            "a decision was made on this change of the contract since; record what is true now "
            "as a new outcome",
        )
    connection.execute(delete(events).where(own))
