"""The row under changed facts, scored again by the version that the decision was made by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from serving.decision.explanation.changes import MAX_SIZE, Change, sets_of
from serving.decision.explanation.rebuilding import Base, StoredRow, Values, built
from serving.scores.latest import Rows
from serving.scoring import LoadedChampion
from training.statistics.metrics import Floats

Set = tuple[Change, ...]
Band = Callable[[float], str | None]


@dataclass(frozen=True)
class Scored:
    """What a set of changes leads to. `values`: of the parts that it touches."""

    changes: Set
    values: Values
    risk: float
    band: str | None


@dataclass(frozen=True)
class Searched:
    """Each single change, and the smallest sets that lead to another band, the least risk first.

    `tried`: how many sets were scored until then.
    """

    singles: list[Scored]
    smallest: list[Scored]
    tried: int


@dataclass
class Scenarios:
    """One decision's row under changed facts. `bases`: by feed, of those that were rebuilt."""

    row: StoredRow
    champion: LoadedChampion
    bases: Mapping[str, Base]
    band: Band
    _values: dict[tuple[str, Set], Values] = field(default_factory=dict)

    def search(self, changes: Sequence[Change]) -> Searched:
        """Sets of one change, then of two, up to `MAX_SIZE`, until any leads to another band."""
        own = self.band(float(risks(self.champion, self.row.rows)[0]))
        possible = [change for change in changes if change.feed in self.bases]
        singles: list[Scored] = []
        tried = 0
        for size in range(1, MAX_SIZE + 1):
            found = self.scored(list(sets_of(possible, size)))
            tried += len(found)
            singles = singles or found
            leading = [one for one in found if one.band != own]
            if leading or not found:
                return Searched(singles, sorted(leading, key=lambda one: one.risk), tried)
        return Searched(singles, [], tried)

    def scored(self, sets: Sequence[Set]) -> list[Scored]:
        """What each of these sets leads to, in their order."""
        if not sets:
            return []
        self._build(sets)
        values = [self._merged(own) for own in sets]
        found = risks(self.champion, self.row.with_values(values)).tolist()
        return [
            Scored(own, changed, risk, self.band(risk))
            for own, changed, risk in zip(sets, values, found, strict=True)
        ]

    def changed(self, values: Values) -> int:
        """How many of the version's features have another value."""
        rows = self.row.with_values([{}, values])
        matrix = rows.encoded(self.champion.maps)
        same = (matrix[0] == matrix[1]) | (np.isnan(matrix[0]) & np.isnan(matrix[1]))
        return int((~same).sum())

    def _build(self, sets: Sequence[Set]) -> None:
        """The values of the feeds' parts under these sets: one query a feed.

        No feature is in the parts of two feeds, so what a set changes is what its changes of each
        feed change.
        """
        for feed, base in self.bases.items():
            wanted = {_of(feed, own) for own in sets} - {()}
            new = [own for own in sorted(wanted, key=str) if (feed, own) not in self._values]
            if not new:
                continue
            name = self.row.customer_id
            variants = [
                [*base.events, *(change.event(name, base.moment) for change in own)] for own in new
            ]
            found = built(base.known, base.part, name, base.moment, variants)
            for own, values in zip(new, found, strict=True):
                assert values is not None  # no change here ends a contract
                self._values[feed, own] = values

    def _merged(self, own: Set) -> Values:
        merged: dict[str, float | str | None] = {}
        for feed in self.bases:
            part = _of(feed, own)
            merged |= self._values[feed, part] if part else {}
        return merged


def risks(champion: LoadedChampion, rows: Rows) -> Floats:
    """The risks of these rows, shape (n,), by this version."""
    bundle = champion.bundle
    modes = np.array([own.get("payment_mode") for own in rows.categories], dtype=object)
    return bundle.risk(bundle.raw(rows.encoded(champion.maps)), modes)


def _of(feed: str, changes: Iterable[Change]) -> Set:
    return tuple(change for change in changes if change.feed == feed)
