"""At a confirmed cancellation the customer is pre-cancelled: a fact of the feed contracts.

The fact is written in the transaction of the outcome that records the confirmation, known from
that moment on, so that the next decision sees it. When the operator's own extract brings the same
event, its key (customer, event, event_time) makes both one fact.
"""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from features.errors import RequestRefused
from serving.database.tables import decisions, events

FEED, EVENT = "contracts", "pre_cancelled"


def event_key(outcome_key: str) -> str:
    """The key of the fact that an outcome wrote."""
    return f"outcome:{outcome_key}"


def pre_cancel(
    connection: Connection,
    outcome_key: str,
    customer_id: str,
    reason: str | None,
    rival: str | None,
    now: datetime,
    caller: str,
) -> None:
    """Write the fact, with the reason and the rival where they were given."""
    fields = {"event": EVENT, "plan": None, "contract_end": None, "reason": reason, "rival": rival}
    content = {"fields": fields, "has_time": True}  # as `serving.events.ledger` has it
    connection.execute(
        insert(events).values(
            event_key=event_key(outcome_key),
            feed=FEED,
            customer_id=customer_id,
            event_time=now,
            known_at=now,
            content=json.dumps(content, ensure_ascii=False),
            caller=caller,
        )
    )


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
            "a decision was made on this cancellation since; record that the customer stays "
            "as a new outcome",
        )
    connection.execute(delete(events).where(own))
