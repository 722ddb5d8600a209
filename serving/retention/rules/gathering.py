"""The facts of the rules, put together from the night and from what was recorded since.

What was posted since the night only ever adds a reason against a contact: what takes one away, such
as a payment, counts from the next night on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sqlalchemy import Connection

from serving.retention.retention_settings import RuleSettings
from serving.retention.rules.facts import Counts, Facts, Flags
from serving.retention.rules.night import NightFacts, night_facts
from serving.retention.rules.recorded import (
    TREATED,
    PostedFact,
    Reader,
    inactive,
    open_complaints,
    requests_to_cancel,
)

Column = TypeVar("Column", bound=NDArray[Any])
Row = TypeVar("Row", bound=tuple[Any, ...])
Contact = tuple[str, str, str]  # whose, its key, and of which contact


def gather(
    home: Path,
    connection: Connection,
    scores: pd.DataFrame,
    settings: RuleSettings,
    now: datetime,
) -> Facts:
    """The facts of the customers of these scores, in their order, at this moment.

    A million customers in seconds. Raises LakeError.
    """
    return gathered(connection, night_facts(home, scores, settings, now), settings, now)


def gathered(
    connection: Connection,
    night: NightFacts,
    settings: RuleSettings,
    now: datetime,
    customer_id: str | None = None,
) -> Facts:
    """The facts of all customers of the night, or of one. Raises UnknownCustomers."""
    reader = Reader(connection, now, customer_id)
    places = _Places(night, customer_id)
    posted = list(reader.posted(now - timedelta(days=night.posted_days)))
    promised = list(reader.promised())
    held_by = np.full(len(places), "", dtype=object)
    is_control = np.zeros(len(places), dtype=bool)
    for place, (_, campaign, control) in places.of(list(reader.held())):
        held_by[place], is_control[place] = campaign, control
    requested = places.flags(fact.customer_id for fact in posted if requests_to_cancel(fact))
    complaining = open_complaints([fact for fact in posted if night.lacks(fact)])
    return Facts(
        customer_ids=places.column(night.customer_ids),
        consent=places.column(night.consent),
        objection=places.flags(reader.objecting()),
        universal_holdout=places.column(night.universal_holdout),
        eligible=places.column(night.eligible) & ~places.flags(inactive(posted)),
        has_bill=places.column(night.has_bill),
        open_complaint=places.column(night.open_complaint) | places.flags(complaining),
        open_promise=places.flags(own for own, _ in promised),
        broken_promise=places.flags(own for own, is_broken in promised if is_broken),
        contacts=places.counts(_contacts(reader, settings, posted)),
        held_by=held_by,
        is_control=is_control,
        overdue_fen=places.column(night.overdue_fen),
        overdue_days=places.column(night.overdue_days),
        cancel_requested=places.column(night.cancel_requested) | requested,
    )


def _contacts(
    reader: Reader, settings: RuleSettings, posted: Iterable[PostedFact]
) -> Iterable[Contact]:
    """Each commercial contact in the window that the database knows, by the ledger or by a post."""
    since = reader.now - timedelta(days=settings.contact_days)
    yield from reader.contacted(since, settings.counted)
    for fact in posted:
        is_treated = fact.feed == "contacts" and fact.fields.get("arm") == TREATED
        if is_treated and fact.event_time > since:
            key = str(fact.fields.get("contact_id"))
            yield fact.customer_id, key, key


class _Places:
    """Where the customers stand in the facts: all of the night, or the one."""

    def __init__(self, night: NightFacts, customer_id: str | None) -> None:
        self._night = night
        self._one = None if customer_id is None else night.need(customer_id)

    def __len__(self) -> int:
        return len(self._night) if self._one is None else 1

    def of(self, rows: Sequence[Row]) -> Iterator[tuple[int, Row]]:
        """The rows, of which each begins with the customer, with the place; others are dropped."""
        if self._one is not None:
            yield from ((0, row) for row in rows)
            return
        found = self._night.places([row[0] for row in rows]).tolist()
        yield from ((place, row) for place, row in zip(found, rows, strict=True) if place >= 0)

    def column(self, own: Column) -> Column:
        if self._one is None:
            return own
        alone: Column = own[self._one : self._one + 1]  # type: ignore[assignment]
        return alone

    def flags(self, customer_ids: Iterable[str]) -> Flags:
        found = np.zeros(len(self), dtype=bool)
        for place, _ in self.of([(own,) for own in customer_ids]):
            found[place] = True
        return found

    def counts(self, contacts: Iterable[Contact]) -> Counts:
        """How many contacts each had, those that the lake delivered among them, one fact once.

        A key that was seen before, in the ledger or in the lake, is the same contact again.
        """
        recorded: dict[int, set[str]] = {}
        keys: dict[int, set[str]] = {}
        for place, (_, key, contact) in self.of(list(contacts)):
            seen = keys.setdefault(place, set())
            if key not in seen:
                recorded.setdefault(place, set()).add(contact)
            seen.add(key)
        found = np.zeros(len(self), dtype=np.int64)
        for place, delivered in self._delivered():
            found[place] = len(delivered - keys.get(place, set()))
        for place, own_contacts in recorded.items():
            found[place] += len(own_contacts)
        return found

    def _delivered(self) -> Iterable[tuple[int, frozenset[str]]]:
        if self._one is None:
            return self._night.delivered.items()
        return ((0, self._night.delivered.get(self._one, frozenset())),)
