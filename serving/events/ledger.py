"""The posted facts in the operational database: written once a key, and read by customer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, insert, select
from sqlalchemy.exc import DBAPIError

from features.errors import RequestRefused
from serving.database.tables import events

PART = 500  # customers in a query


@dataclass(frozen=True)
class Event:
    """A fact of `feed` about a customer. `number` is its place in the table, null before.

    `has_time`: the caller named `event_time`; else it is the moment of the post. `confirmation`:
    the customer's own, its kind and reference, null where none was named.
    """

    key: str
    feed: str
    customer_id: str
    event_time: datetime
    known_at: datetime
    fields: Mapping[str, Any]
    has_time: bool = True
    confirmation: str | None = None
    number: int | None = field(default=None, compare=False)

    def says_the_same(self, other: Event) -> bool:
        """Whether a request with the one's content is the other's come again."""
        at = replace(self, known_at=other.known_at)
        return at == other if self.has_time else replace(at, event_time=other.event_time) == other


def record(connection: Connection, event: Event, caller: str) -> Event:
    """The event as it stands in the table: what was posted before with this key, else this one.

    Raises RequestRefused (`event_key`) where its key was used for another fact.
    """
    found = connection.execute(select(events).where(events.c.event_key == event.key)).mappings()
    before = found.one_or_none()
    if before is None:
        values = {"event_key": event.key, "caller": caller, "content": _content(event)}
        own = {name: getattr(event, name) for name in ("feed", "customer_id")}
        clocks = {name: getattr(event, name) for name in ("event_time", "known_at")}
        written = connection.execute(insert(events).values(**values, **own, **clocks))
        assert written.inserted_primary_key is not None
        return replace(event, number=written.inserted_primary_key[0])
    there = _event(before)
    if not event.says_the_same(there):
        raise RequestRefused(
            "event_key",
            "this key was used for another fact. Send the first one again, or name a new key.",
        )
    return there


def events_of(engine: Engine, customer_ids: Sequence[str], since: datetime) -> list[Event]:
    """The facts of these customers known from `since` on, in the order of their posting."""
    found: list[Event] = []
    with readable(), engine.connect() as connection:
        for start in range(0, len(customer_ids), PART):
            own = list(customer_ids[start : start + PART])
            wanted = select(events).where(events.c.customer_id.in_(own), events.c.known_at >= since)
            found += map(_event, connection.execute(wanted).mappings())
    return sorted(found, key=lambda event: event.number or 0)


@contextmanager
def readable() -> Iterator[None]:
    """Raises RequestRefused (`not_ready`) where the database cannot be read."""
    try:
        yield
    except DBAPIError as error:
        raise RequestRefused(
            "not_ready", "the operational database cannot be read; try again shortly"
        ) from error


def _content(event: Event) -> str:
    content = {"fields": dict(event.fields), "has_time": event.has_time}
    if event.confirmation is not None:
        content["confirmation"] = event.confirmation
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _event(row: RowMapping) -> Event:
    content = json.loads(row["content"])
    return Event(
        row["event_key"], row["feed"], row["customer_id"], row["event_time"], row["known_at"],
        content["fields"], content["has_time"], content.get("confirmation"), row["id"],
    )  # fmt: skip
