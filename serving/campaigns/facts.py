"""The ledger's campaigns as facts of the feed `contacts`: who was drawn, and what came of it.

Each row of the ledger becomes the events that it means, under its key as the `contact_id`. The draw
of a treated customer is the event `assigned` of their first contact, so that a contact is one; that
of a control, and of a treated customer without a contact until the campaign's end, stands alone.
The same ledger gives the same facts, so that they may be imported night after night.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, select

from features.feeds import MILLION
from serving.database.tables import contacts, holds
from serving.decision.outcomes.reported import UNDONE, US
from serving.retention.drawing.arms import CONTROL, TREATED

ARMS = (TREATED, CONTROL)
# What an outcome of the ledger says: the events of the feed, the last of which it is named after.
EVENTS: Mapping[str, tuple[str, ...]] = {
    "sent": ("sent",),
    "no_answer": ("sent",),
    "reached": ("sent", "reached"),
    "offer_accepted": ("sent", "reached", "answered", "accepted"),
    "plan_changed": ("sent", "reached", "answered", "accepted"),
}
ANSWERED = ("sent", "reached", "answered")
COLUMNS = (
    "customer_id", "contact_id", "event", "campaign", "arm", "propensity_ppm", "channel", "offer",
    "cost_fen", "event_time", "known_at",
)  # fmt: skip
Fact = tuple[Any, ...]


def contact_facts(
    connection: Connection, channel_costs: Mapping[str, int], now: datetime
) -> pd.DataFrame:
    """The facts of all campaigns, of the columns `COLUMNS`, in the order of the ledger.

    `channel_costs`: what a contact by each channel costs where the ledger does not say, in fen.
    """
    ledger = _ledger(connection)
    draws = _draws(connection)
    facts = [*_contacted(ledger, draws, channel_costs), *_alone(ledger, draws, now)]
    return pd.DataFrame(facts, columns=list(COLUMNS))


def _ledger(connection: Connection) -> list[Row[Any]]:
    """The rows of campaigns' contacts, in the order in which they were written."""
    own = contacts.c
    query = select(contacts).where(own.campaign_id.is_not(None), own.arm.in_(ARMS))
    return list(connection.execute(query.order_by(own.id)))


Draws = dict[tuple[str, str], Row[Any]]


def _draws(connection: Connection) -> Draws:
    """By campaign and customer the hold that the draw made."""
    own = holds.c
    query = select(holds).where(own.arm.in_(ARMS)).order_by(own.id)
    return {(row.campaign_id, row.customer_id): row for row in connection.execute(query)}


def _contacted(
    ledger: Iterable[Row[Any]], draws: Draws, channel_costs: Mapping[str, int]
) -> Iterator[Fact]:
    firsts: dict[tuple[str, str], str] = {}  # by member the contact that has the draw
    for row in ledger:
        member = row.campaign_id, row.customer_id
        known_at = row.known_at or row.at
        if row.undoes is not None:
            yield _fact(row, row.undoes, "withdrawn", row.at, known_at)
            if firsts.get(member) == row.undoes:
                del firsts[member]
        if row.outcome == UNDONE:
            continue
        contact = row.answers or row.idempotency_key
        draw = draws.get(member)
        if row.arm == TREATED and member not in firsts and draw is not None:
            firsts[member] = contact
            yield _fact(row, contact, "assigned", draw.held_at, known_at)
        for event in _events(row):
            cost = _cost(row, event, channel_costs)
            yield _fact(row, contact, event, row.at, known_at, cost)


def _events(row: Row[Any]) -> tuple[str, ...]:
    events = EVENTS.get(row.outcome, ANSWERED)
    # Of an answer the contact was sent before, and a customer who came to us was sent none.
    return tuple(own for own in events if own != "sent") if _is_theirs(row) else events


def _is_theirs(row: Row[Any]) -> bool:
    return row.answers is not None or row.started_by != US


def _cost(row: Row[Any], event: str, channel_costs: Mapping[str, int]) -> int:
    if event == "sent":
        own = row.contact_fen
        return channel_costs.get(row.channel, 0) if own is None else int(own)
    return int(row.cost_fen or 0) if event == "accepted" else 0


def _alone(ledger: Iterable[Row[Any]], draws: Draws, now: datetime) -> Iterator[Fact]:
    """The draws of controls, and of the treated without a contact until the end."""
    contacted = {(row.campaign_id, row.customer_id) for row in ledger if row.arm == TREATED}
    for (campaign, customer_id), draw in draws.items():
        is_control = draw.arm == CONTROL
        if is_control or (draw.until <= now and (campaign, customer_id) not in contacted):
            known_at = draw.held_at if is_control else draw.until
            yield (
                customer_id, f"{campaign}:{customer_id}", "assigned", campaign, draw.arm,
                _ppm(draw.propensity), None, None, 0, draw.held_at, known_at,
            )  # fmt: skip


def _fact(
    row: Row[Any],
    contact: str,
    event: str,
    event_time: datetime,
    known_at: datetime,
    cost_fen: int = 0,
) -> Fact:
    return (
        row.customer_id, contact, event, row.campaign_id, row.arm, _ppm(row.propensity),
        row.channel, row.offer, cost_fen, event_time, known_at,
    )  # fmt: skip


def _ppm(propensity: float | None) -> int | None:
    return None if propensity is None else round(MILLION * propensity)
