"""A posted fact beside the lake's: one fact, however often and in whatever order it comes.

Which rows speak of the same fact, the feed's key says. Where the key has the time, the same local
day is the same fact, since an extract may know the day alone; of several on one day each meets
one. What the lake knew no later than the post is the lake's, be its content another; what it learns
later supersedes what was posted, from then on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from features.feeds import FEEDS
from serving.events.ledger import Event

TIME = "event_time"
Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Met:
    """A posted fact and what supersedes it: `superseded_at`, null while nothing does.

    `delivered_at`: from when the lake knows the fact; null while it does not.
    """

    event: Event
    superseded_at: datetime | None = None
    delivered_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether it says anything that the lake did not know when it was posted."""
        return self.delivered_at is None or self.delivered_at > self.event.known_at


@dataclass(frozen=True)
class Posted:
    """All posted facts of one customer.

    `night`: up to when the night's rows know what the lake does; null where they know less.
    """

    facts: Sequence[Met]
    night: datetime | None

    def of(self, feed: str) -> list[Met]:
        return [own for own in self.facts if own.event.feed == feed]

    @property
    def new(self) -> list[Met]:
        """Those that the night's rows were not computed with."""
        return [own for own in self.facts if not self._is_in_night(own)]

    def new_at(self, moment: datetime) -> list[Met]:
        """Those of `new` that were known before `moment`."""
        return [own for own in self.new if own.event.known_at < moment]

    def _is_in_night(self, own: Met) -> bool:
        delivered = own.delivered_at
        return self.night is not None and delivered is not None and delivered < self.night


def met(events: Sequence[Event], stored: Rows) -> list[Met]:
    """The facts of one customer and feed, in the order of posting, each beside the lake's rows."""
    lake = _delivered(events[0].feed, stored) if events else {}
    found: list[Met] = []
    for place, event in enumerate(events):
        delivered_at = _meet(event, lake)
        later = (own.known_at for own in events[place + 1 :] if _key(own) == _key(event))
        ends = [moment for moment in (delivered_at, next(later, None)) if moment is not None]
        found.append(Met(event, min(ends, default=None), delivered_at))
    return found


def with_events(table: pa.Table, met: Iterable[Met]) -> pa.Table:
    """The lake's rows of a customer and table, with those of the posted facts that count."""
    rows = [_row(own, table.schema) for own in met if own.counts]
    if not rows:
        return table
    return pa.concat_tables([table, pa.Table.from_pylist(rows, table.schema)])


def _row(own: Met, schema: pa.Schema) -> dict[str, Any]:
    event = own.event
    given = {
        **event.fields,
        "customer_id": event.customer_id,
        TIME: event.event_time,
        "known_at": event.known_at,
        "superseded_at": own.superseded_at,
    }
    return {column.name: _typed(given.get(column.name), column.type) for column in schema}


def _typed(value: Any, kind: pa.DataType) -> Any:
    return date.fromisoformat(value) if value is not None and pa.types.is_date(kind) else value


def _delivered(feed: str, stored: Rows) -> dict[tuple[Any, ...], datetime]:
    """From when the lake knows each of its facts, by the whole key."""
    found: dict[tuple[Any, ...], datetime] = {}
    for row in stored:
        key = _key_of(feed, row)
        found[key] = min(row["known_at"], found.get(key, row["known_at"]))
    return found


def _meet(event: Event, lake: dict[tuple[Any, ...], datetime]) -> datetime | None:
    """From when the lake knows this fact; the lake's fact is then taken for no other one."""
    key = _key(event)
    same = [own for own in lake if own == key] or [own for own in lake if _day(own) == _day(key)]
    return lake.pop(min(same)) if same else None


def _key(event: Event) -> tuple[Any, ...]:
    return _key_of(
        event.feed, {**event.fields, "customer_id": event.customer_id, TIME: event.event_time}
    )


def _key_of(feed: str, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What identifies the fact that the row speaks of."""
    return tuple(row[name] for name in FEEDS[feed].key)


def _day(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(own.date() if isinstance(own, datetime) else own for own in key)
