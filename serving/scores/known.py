"""What the lake knows of single customers, beside the facts that were posted of them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow as pa

from features.builder.kept import KeptPart, feeds_read, kept_part
from features.builder.part_files import Parts, inputs_hash, keep_parts, read_parts
from features.engine.customer_facts import CATALOGUES, CustomerFacts
from features.engine.store import TOPICS, Histories, histories_id, open_last_histories
from features.feeds import FEEDS
from features.topics import Topics, assign
from features.topics.files import read_topics
from serving.events.checking import POSTED
from serving.events.ledger import Event
from serving.events.merging import Posted, met, with_events
from training.night import Night

MAX_TABLES = 20_000  # of a customer's facts, kept in memory; some kilobytes each


class KnownFacts:
    """The facts of the histories as one build has them; safe to use from several threads.

    `catalogues`: tables that are about no customer.
    """

    def __init__(
        self, home: Path, night: Night, facts: CustomerFacts, build: str | None,
        topics: Topics | None,
    ) -> None:  # fmt: skip
        self.night, self._facts, self._build = night, facts, build
        self._home, self._topics = home, topics
        self.catalogues = {
            name: facts.catalogue(name) for name in CATALOGUES if name in facts.schemas
        }
        features = {own.name: own for own in facts.histories.features}
        self._features = tuple(features[name] for name in night.features if name in features)
        self._lock, self._compiling = Lock(), Lock()
        self._tables: OrderedDict[tuple[str, str], pa.Table] = OrderedDict()
        self._parts: dict[str, KeptPart | None] = {}
        self._read: dict[str, set[str]] | None = None
        self._inputs = inputs_hash(facts.schemas, self._features, facts.histories.settings)

    @property
    def histories(self) -> Histories:
        """The histories that the facts are of."""
        return self._facts.histories

    def are_current(self) -> bool:
        """Whether no other histories were built since."""
        return histories_id(self._home) == self._build

    def delivers(self, feed: str) -> bool:
        """Whether the lake has facts of the feed."""
        return feed in self._facts.schemas

    def prepare(self) -> None:
        """Compile and plan every part that posted facts can change, so that none is waited for."""
        for feed in POSTED:
            part = self.part(feed)
            if part is not None:
                part.plan()

    def keep_parts(self) -> None:
        """Compile every part and write them into the home, for services that start."""
        keep_parts(self._home, self._inputs, {feed: self.part(feed) for feed in POSTED})

    def part(self, feed: str) -> KeptPart | None:
        """The features that facts of the feed can change; null where they change none."""
        with self._compiling:
            if not self._parts:
                self._parts = dict(self._stored_parts())
            if feed not in self._parts:
                self._parts[feed] = self._compiled(feed) if self.delivers(feed) else None
            return self._parts[feed]

    def _compiled(self, feed: str) -> KeptPart | None:
        given = self._facts.schemas, self._features, self._facts.histories.settings
        if self._read is None:
            self._read = feeds_read(*given)
        return kept_part(*given, feed, self._read)

    def _stored_parts(self) -> Parts:
        return read_parts(self._home, self._inputs, self._facts.schemas, self._features)

    def take_parts(self, other: KnownFacts) -> None:
        """Keep what was compiled before, where it would be compiled the same way."""
        if self._inputs == other._inputs:
            self._parts = dict(other._parts)

    def posted(self, events: Sequence[Event]) -> Posted:
        """The posted facts of one customer, each beside what the lake knows of it."""
        feeds: dict[str, list[Event]] = {}
        for event in events:
            if self.delivers(event.feed):
                feeds.setdefault(event.feed, []).append(event)
        found = [one for feed, own in feeds.items() for one in met(own, self._stored(feed, own[0]))]
        return Posted(found, self._seen_by_night())

    def _seen_by_night(self) -> datetime | None:
        """Up to when the night's rows know what these histories do; null if of others."""
        same = self._build is not None and self.night.histories == self._build
        return datetime.fromisoformat(self.night.as_of) if same else None

    def _stored(self, feed: str, event: Event) -> list[dict[str, Any]]:
        table = self._table(feed, event.customer_id)
        rows: list[dict[str, Any]] = table.select([*FEEDS[feed].key, "known_at"]).to_pylist()
        return rows

    def table(self, name: str, customer_id: str, posted: Posted) -> pa.Table:
        """The customer's rows of a table with those of the posted facts."""
        table = self._table(name, customer_id)
        if name == TOPICS:
            return with_events(
                table,
                [
                    self._with_topic(own)
                    for own in posted.of("complaints")
                    if own.event.fields.get("event") == "opened"
                ],
            )
        return with_events(table, posted.of(name))

    def _with_topic(self, own: Any) -> Any:
        assert self._topics is not None
        (topic,) = assign(self._topics, [own.event.fields.get("text")])
        event = replace(own.event, fields={**own.event.fields, "topic": topic})
        return replace(own, event=event)

    def _table(self, name: str, customer_id: str) -> pa.Table:
        key = name, customer_id
        with self._lock:
            if key in self._tables:
                self._tables.move_to_end(key)
                return self._tables[key]
        found = self._facts.of(name, customer_id)
        with self._lock:
            self._tables[key] = found
            if len(self._tables) > MAX_TABLES:
                self._tables.popitem(last=False)
        return found


def known_facts(home: Path, night: Night, before: KnownFacts | None) -> KnownFacts:
    """The facts as the histories of `home` have them now. Raises LakeError where there are none."""
    while True:
        build = histories_id(home)
        facts = CustomerFacts(open_last_histories(home))
        found = KnownFacts(home, night, facts, build, read_topics(home))
        if found.are_current():
            if before is not None:
                found.take_parts(before)
            return found
