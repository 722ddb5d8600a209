"""The parts of a stored row that facts can change, built again by the one builder.

Many customers are one query (`features.builder.kept`): so is one customer under many sets of facts,
each under an id of its own. A row's values of a feed are those of the night, or, where facts of
the feed had been posted, those of the decision's moment. Which of the two, the row itself says:
a moment whose values differ in one cell is not the row's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.builder.kept import KeptPart
from serving.events.ledger import Event
from serving.scores.known import KnownFacts
from serving.scores.latest import Rows
from training.encoding import PRECISION

Values = Mapping[str, float | str | None]
KEY = 2  # of a part's columns: customer and moment


@dataclass(frozen=True)
class Base:
    """How the row came to its values of one feed: up to which moment, with which posted facts."""

    known: KnownFacts
    part: KeptPart
    moment: datetime
    events: tuple[Event, ...]
    values: Values


@dataclass(frozen=True)
class StoredRow:
    """The row that a decision was made from: its numbers are those of `features`, in order."""

    customer_id: str
    rows: Rows
    features: tuple[str, ...]
    as_of: datetime
    at: datetime

    def has(self, values: Values) -> bool:
        """Whether these are the row's, in every cell that it has."""
        places = {name: place for place, name in enumerate(self.features)}
        own = self.rows.categories[0]
        for name, value in values.items():
            if isinstance(value, str) or name in own:
                if (name in places or name in own) and own.get(name) != value:
                    return False
            elif name in places and not _is_same(self.rows.numbers[0, places[name]], value):
                return False
        return True

    def value(self, name: str) -> float | str | None:
        """The row's value of a feature; null where it is missing, or the row has no such one."""
        if name in self.rows.categories[0]:
            return self.rows.categories[0][name]
        if name not in self.features:
            return None
        found = float(self.rows.numbers[0, self.features.index(name)])
        return None if np.isnan(found) else found

    def with_values(self, changed: Sequence[Values]) -> Rows:
        """One row for each of these, with the values in their places."""
        count = len(changed)
        numbers = np.repeat(self.rows.numbers, count, axis=0)
        categories = [dict(self.rows.categories[0]) for _ in changed]
        places = {name: place for place, name in enumerate(self.features)}
        for row, values in enumerate(changed):
            for name, value in values.items():
                if isinstance(value, str):
                    categories[row][name] = value
                elif name in categories[row]:
                    del categories[row][name]
                elif name in places:
                    numbers[row, places[name]] = _number(value)
        return Rows(numbers, categories, np.repeat(self.rows.sums, count, axis=0))


def base_of(
    known: KnownFacts, part: KeptPart, row: StoredRow, feed: str, posted: Sequence[Event]
) -> Base | None:
    """How the row came to its values of the feed; null where today's facts do not give them.

    `posted`: the facts that had been posted by the decision.
    """
    options: list[tuple[datetime, tuple[Event, ...]]] = [(row.as_of, ())]
    if any(event.feed == feed for event in posted):
        options.insert(0, (row.at, tuple(posted)))
    for moment, events in options:
        (values,) = built(known, part, row.customer_id, moment, [events])
        if values is not None and row.has(values):
            return Base(known, part, moment, events, values)
    return None


def built(
    known: KnownFacts,
    part: KeptPart,
    customer_id: str,
    moment: datetime,
    variants: Sequence[Sequence[Event]],
) -> list[Values | None]:
    """The part's features under each of these sets of facts, beside the lake's, by one query.

    Null where the customer is not in the network.
    """
    ids = [f"{place:05}" for place in range(len(variants))]
    posted = [known.posted(own) for own in variants]
    tables = {
        name: known.catalogues[name]
        if name in known.catalogues
        else pa.concat_tables(
            _renamed(known.table(name, customer_id, own), customer_id, new)
            for new, own in zip(ids, posted, strict=True)
        )
        for name in part.schemas
    }
    found = part.rows(tables, moment)
    names = found.column_names[KEY:]
    by_id = {row["customer_id"]: {name: row[name] for name in names} for row in found.to_pylist()}
    return [by_id.get(own) for own in ids]


def _renamed(table: pa.Table, customer_id: str, new: str) -> pa.Table:
    """The customer's facts as those of another one.

    The versions of a payment are found by its id, whosever it is: so that gets another name too.
    """
    ids = table["customer_id"]
    own = pc.if_else(pc.equal(ids, customer_id), new, ids)
    table = _with(table, "customer_id", own)
    if "payment_id" in table.column_names:
        named = pc.binary_join_element_wise(pa.scalar(new), table["payment_id"], "/")
        table = _with(table, "payment_id", named)
    return table


def _with(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(name), values)


def _number(value: float | str | None) -> np.floating:
    return PRECISION(np.nan if value is None else value)


def _is_same(found: np.floating, value: float | str | None) -> bool:
    expected = _number(value)
    return bool(found == expected or (np.isnan(found) and np.isnan(expected)))
