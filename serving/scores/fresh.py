"""Last night's rows with what was posted since: only what the new facts can change is rebuilt.

A customer without posted facts has the night's row. Of the others the features that a posted
fact's feed can change (`features.builder.kept`) are computed at the request's instant, from the
lake's facts and the posted ones, by the one builder. A fact that the night's rows were computed
with already changes nothing more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
from sqlalchemy import Engine

from features.errors import LakeError, UnknownCustomers
from serving.access.principal import Scope
from serving.events.ledger import events_of
from serving.events.merging import Posted
from serving.events.waiting import WaitingEvents
from serving.scores.known import KnownFacts, known_facts
from serving.scores.latest import EVERYONE, Latest, Rows
from training.encoding import PRECISION
from training.night import Night

CONTRACTS = "contracts"  # the feed by which customers come and go

logger = logging.getLogger("bentoml.liuke")


@dataclass(frozen=True)
class FreshRows:
    """Rows as `serving.scores.latest` has them.

    `events`: with how many posted facts each was rebuilt. `unused`: whether facts were posted that
    could not be used, since the lake cannot be read.
    """

    rows: Rows
    events: list[int]
    unused: list[bool]


def of_night(rows: Rows) -> FreshRows:
    """Rows of the night, of customers of whom nothing was posted."""
    count = len(rows.categories)
    return FreshRows(rows, [0] * count, [False] * count)


class Fresh:
    """The latest rows brought up to the moment; safe to use from several threads.

    `reading`: the operational database. `clock`: the operator's local time. Posted facts count
    for `max_age_days`, by when the operator's extract has brought them.
    """

    def __init__(
        self, home: Path, reading: Engine, clock: Callable[[], datetime], max_age_days: int
    ) -> None:
        self._home, self._engine, self._clock = home, reading, clock
        self._max_age = timedelta(days=max_age_days)
        self._waiting = WaitingEvents(reading)
        self._lock = Lock()
        self._known: KnownFacts | None = None
        self._nothing_new: dict[str, int] = {}

    def have_events(self, customer_ids: Sequence[str]) -> bool:
        """Whether rows of these customers may have to be rebuilt."""
        return bool(self._with_events(customer_ids))

    def rows(
        self,
        latest: Latest,
        customer_ids: Sequence[str],
        features: Sequence[str] | None = None,
        scope: Scope = EVERYONE,
        moment: datetime | None = None,
    ) -> FreshRows:
        """As `Latest.rows`, with what was posted up to the moment: now, unless it is named.

        Raises what that raises.
        """
        if self._known is not None and self._known.night != latest.night:
            self._nothing_new = {}
        last = self._with_events(customer_ids)
        if not last:
            return of_night(latest.rows(customer_ids, features, scope))
        rows = latest.rows(customer_ids, None, scope)
        try:
            known = self.known(latest.night)
            moment = self._clock() if moment is None else moment
        except LakeError as error:
            logger.warning("posted facts are not used: %s", error.message)
            rows = latest.rows(customer_ids, features, scope)
            return replace(of_night(rows), unused=[own in last for own in customer_ids])
        posted = self._posted(known, last, moment)
        rows = _overlaid(rows, customer_ids, latest.night, _rebuilt(known, posted, moment))
        if features is not None:
            rows = rows.of(features, latest.night.features)
        counts = {own: len(found.new_at(moment)) for own, found in posted.items()}
        return replace(of_night(rows), events=[counts.get(own, 0) for own in customer_ids])

    def warm(self, latest: Latest) -> None:
        """Have the parts planned, so that the first posted fact does not wait for them."""
        with suppress(LakeError):  # it is said once a posted fact cannot be used
            self.known(latest.night).prepare()

    def _with_events(self, customer_ids: Sequence[str]) -> dict[str, int]:
        """The customers of whom anything new was posted, with the number of the latest fact."""
        last = self._waiting.of(customer_ids, self._clock() - self._max_age)
        if not last or self._known is None or not self._known.are_current():
            return last
        old = self._nothing_new
        return {own: number for own, number in last.items() if old.get(own) != number}

    def known(self, night: Night) -> KnownFacts:
        """The lake's facts, opened again where they or the night's rows have been replaced.

        Raises LakeError where there are none.
        """
        with self._lock:
            if self._known is None or self._known.night != night or not self._known.are_current():
                self._known, self._nothing_new = known_facts(self._home, night, self._known), {}
            return self._known

    def _posted(
        self, known: KnownFacts, last: Mapping[str, int], moment: datetime
    ) -> dict[str, Posted]:
        """The posted facts of each customer of whom any says what the night did not know."""
        found = {}
        own: dict[str, list[Any]] = {}
        for event in events_of(self._engine, list(last), moment - self._max_age):
            own.setdefault(event.customer_id, []).append(event)
        for customer_id, events in own.items():
            posted = known.posted(events)
            if posted.new:
                found[customer_id] = posted
        self._nothing_new |= {own: last[own] for own in last if own not in found}
        return found


def _rebuilt(known: KnownFacts, posted: Mapping[str, Posted], moment: datetime) -> list[pa.Table]:
    """The features that the new facts can change, a table a feed that any is of.

    Raises UnknownCustomers for those who by a posted contract event are customers no more.
    """
    found = []
    feeds = {fact.event.feed for own in posted.values() for fact in own.new_at(moment)}
    for feed in sorted(feeds):
        part = known.part(feed)
        if part is None:
            continue
        ids = [
            own for own in posted if feed in {one.event.feed for one in posted[own].new_at(moment)}
        ]
        tables = {
            name: pa.concat_tables([known.table(name, own, posted[own]) for own in ids])
            if name not in known.catalogues
            else known.catalogues[name]
            for name in part.schemas
        }
        found.append(part.rows(tables, moment))
        if feed == CONTRACTS:
            _check_in_network(ids, found[-1])
    return found


def _check_in_network(customer_ids: Sequence[str], rebuilt: pa.Table) -> None:
    """Raises UnknownCustomers for those who have left: the builder makes no row of them."""
    left = sorted(set(customer_ids) - set(rebuilt["customer_id"].to_pylist()))
    if left:
        raise UnknownCustomers(
            f"no score for {len(left)} customers: by what was posted since last night they are "
            "not in the network any more.",
            customer_ids=left,
        )


def _overlaid(
    rows: Rows, customer_ids: Sequence[str], night: Night, rebuilt: Sequence[pa.Table]
) -> Rows:
    """The night's rows, with the rebuilt features in their places."""
    numbers, categories = rows.numbers.copy(), [dict(own) for own in rows.categories]
    places = {name: place for place, name in enumerate(night.features)}
    for table in rebuilt:
        at: dict[str, list[int]] = {}
        for row, customer_id in enumerate(customer_ids):
            at.setdefault(customer_id, []).append(row)
        targets = [at[own] for own in table["customer_id"].to_pylist()]
        for name in table.column_names[2:]:
            values = table[name].to_pylist()
            if pa.types.is_string(table.schema.field(name).type):
                _put_categories(categories, targets, name, values)
                continue
            own = np.array(values, dtype=np.float64).astype(PRECISION)
            for found, chosen in zip(own, targets, strict=True):
                numbers[chosen, places[name]] = found
    return replace(rows, numbers=numbers, categories=categories)


def _put_categories(
    categories: list[dict[str, str]],
    targets: Sequence[Sequence[int]],
    name: str,
    values: Sequence[str | None],
) -> None:
    for value, chosen in zip(values, targets, strict=True):
        for row in chosen:
            categories[row].pop(name, None)
            if value is not None:
                categories[row][name] = value
