"""What the operational database says that the rules of contact look at, of one customer or of all.

Of one customer each look-up goes by an index, in microseconds; of all each table is read once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, func, literal_column, or_, select

from features.feeds import CANCEL_REQUEST
from features.histories.contracts import STANDING
from serving.database.prepared import Prepared
from serving.database.tables import campaigns, contacts, events, holds, objections, promises
from serving.decision.outcomes.reported import US

CONTROL, TREATED = "control", "treated"
FEEDS = ("complaints", "contracts", "contacts")
OPENING, CLOSED = ("opened", "reopened"), "closed"


@dataclass(frozen=True)
class Looked:
    """A statement for all customers, and the same for one."""

    all: Prepared
    one: Prepared


def _looked(statement: Select[Any], customer_id: Any) -> Looked:
    return Looked(
        Prepared(statement), Prepared(statement.where(customer_id == bindparam("customer_id")))
    )


_undo = contacts.alias("undo")
_is_undone = (
    select(literal_column("1")).where(_undo.c.undoes == contacts.c.idempotency_key).exists()
)
_objections = _looked(
    select(objections.c.customer_id).where(objections.c.withdrawn_at.is_(None)),
    objections.c.customer_id,
)
_promises = _looked(
    select(promises.c.customer_id, promises.c.due_at).where(promises.c.kept_at.is_(None)),
    promises.c.customer_id,
)
_holds = _looked(
    select(holds.c.customer_id, holds.c.campaign_id, holds.c.arm).where(
        holds.c.released_at.is_(None), holds.c.until > bindparam("now")
    ),
    holds.c.customer_id,
)
_contacts = _looked(
    select(
        contacts.c.customer_id, contacts.c.idempotency_key, contacts.c.decision_id,
        contacts.c.outcome, contacts.c.started_by, contacts.c.campaign_id,
    ).where(contacts.c.at > bindparam("since"), contacts.c.answers.is_(None), ~_is_undone),
    contacts.c.customer_id,
)  # fmt: skip
_is_commercial = or_(
    contacts.c.outcome.in_(bindparam("counted", expanding=True)),
    and_(contacts.c.started_by == US, contacts.c.campaign_id.is_not(None)),
)
_latest_first = (contacts.c.at.desc(), contacts.c.id.desc())
_ranked = (
    select(
        contacts.c.customer_id, contacts.c.idempotency_key, contacts.c.at, contacts.c.channel,
        func.row_number()
        .over(partition_by=contacts.c.customer_id, order_by=_latest_first)
        .label("place"),
    )
    .where(contacts.c.answers.is_(None), ~_is_undone, _is_commercial)
    .subquery()
)  # fmt: skip
_last_contacts = select(
    _ranked.c.customer_id, _ranked.c.idempotency_key, _ranked.c.at, _ranked.c.channel
).where(_ranked.c.place == 1)
_expired = Prepared(
    select(campaigns.c.id).where(
        campaigns.c.id == bindparam("campaign_id"), campaigns.c.expires_at <= bindparam("now")
    )
)
_events = _looked(
    select(
        events.c.customer_id, events.c.feed, events.c.event_time, events.c.known_at,
        events.c.content,
    ).where(
        events.c.known_at >= bindparam("posted_since"),
        or_(*(events.c.feed == literal_column(f"'{name}'") for name in FEEDS)),
    ),
    events.c.customer_id,
)  # fmt: skip


@dataclass(frozen=True)
class PostedFact:
    """A fact that was posted about a customer, as `serving.events` stores it."""

    customer_id: str
    feed: str
    event_time: datetime
    known_at: datetime
    fields: dict[str, Any]


@dataclass(frozen=True)
class Reader:
    """Reads in the connection's transaction; of one customer, or of all where none is named."""

    connection: Connection
    now: datetime
    customer_id: str | None = None

    def objecting(self) -> set[str]:
        return {row.customer_id for row in self._rows(_objections)}

    def promised(self) -> Iterator[tuple[str, bool]]:
        """Each promise that is not kept: whose, and whether it is broken."""
        for row in self._rows(_promises):
            yield row.customer_id, row.due_at < self.now

    def held(self) -> Iterator[tuple[str, str, bool]]:
        """Each hold that has not expired: whose, by which campaign, whether as a control."""
        for row in self._rows(_holds, now=self.now):
            yield row.customer_id, row.campaign_id, row.arm == CONTROL

    def contacted(
        self, since: datetime, counted: tuple[str, ...]
    ) -> Iterator[tuple[str, str, str]]:
        """Each outcome of the ledger that counts: whose, its key, and of which contact.

        Those of the outcomes `counted`, and whatever came of a contact of a campaign. All outcomes
        of one decision are of one contact; an answer is of the contact it answers, and an outcome
        that was undone is of none.
        """
        for row in self._rows(_contacts, since=since):
            is_campaigns = row.started_by == US and row.campaign_id is not None
            if row.outcome in counted or is_campaigns:
                yield row.customer_id, row.idempotency_key, row.decision_id or row.idempotency_key

    def last_contacted(
        self, counted: tuple[str, ...]
    ) -> Iterator[tuple[str, str, datetime, str | None]]:
        """Of each customer the last contact of the ledger that counts, as `contacted` does: whose,
        its key, when and by which channel."""
        rows = self.connection.execute(_last_contacts, {"counted": list(counted)})
        for row in rows:
            yield row.customer_id, row.idempotency_key, row.at, row.channel

    def has_expired(self, campaign_id: str) -> bool:
        """Whether the campaign's list is one to be contacted no more."""
        values = {"campaign_id": campaign_id, "now": self.now}
        return bool(_expired.all(self.connection, values))

    def posted(self, since: datetime) -> Iterator[PostedFact]:
        for row in self._rows(_events, posted_since=since):
            fields = json.loads(row.content)["fields"]
            yield PostedFact(row.customer_id, row.feed, row.event_time, row.known_at, fields)

    def _rows(self, looked: Looked, **values: Any) -> list[Any]:
        if self.customer_id is None:
            return looked.all.all(self.connection, values)
        return looked.one.all(self.connection, values | {"customer_id": self.customer_id})


def requests_to_cancel(fact: PostedFact) -> bool:
    """Whether the customer requested to cancel: by a complaint of that kind, or at the counter."""
    if fact.feed == "contracts":
        return bool(fact.fields.get("event") == "pre_cancelled")
    return fact.feed == "complaints" and fact.fields.get("category") == CANCEL_REQUEST


def inactive(facts: list[PostedFact]) -> set[str]:
    """Of whom the latest posted event of the contract left them suspended or gone."""
    latest: dict[str, tuple[datetime, str]] = {}
    for fact in facts:
        event = str(fact.fields.get("event"))
        if fact.feed == "contracts" and event in STANDING:
            found = fact.event_time, STANDING[event]
            latest[fact.customer_id] = max(found, latest.get(fact.customer_id, found))
    return {own for own, (_, standing) in latest.items() if standing in ("suspended", "left")}


def open_complaints(facts: list[PostedFact]) -> set[str]:
    """Of whom a complaint is open by these facts; of one moment the closing counts."""
    latest: dict[tuple[str, str], tuple[datetime, bool]] = {}
    for fact in facts:
        event = fact.fields.get("event")
        if fact.feed != "complaints" or event not in (*OPENING, CLOSED):
            continue
        key = fact.customer_id, str(fact.fields.get("complaint_id"))
        found = fact.event_time, event == CLOSED
        latest[key] = max(found, latest.get(key, found))
    return {customer_id for (customer_id, _), (_, closed) in latest.items() if not closed}
