"""Counts of many rows that fit into a small file: numbers in bins, categories by level, by place.

Sketches of parts add up to the sketch of the whole, whatever the parts, if they have the same bins
and places. Bins come from a reference: the first rows that were ever counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

BINS = 20  # of as many equal shares of the reference; equal values join some
COARSE = 4.0  # times the fullest bin of new edges: from there on known ones are made again
MAX_PLACES = 40  # the others are counted together
MAX_LEVELS = 1000  # of a category while it is counted; those that come later are `OTHER`
KEPT_LEVELS = 64  # of these in a file: the most frequent
OTHER, MISSING = "*other", "*missing"

Counts = NDArray[np.int64]
Numbers = Mapping[str, NDArray[np.floating[Any]]]
Categories = Mapping[str, pd.Series]


@dataclass(frozen=True)
class Bins:
    """The frame that sketches must share to be merged or compared.

    `edges` of a number rise; a bin holds the values above one edge up to the next, itself included.
    `places`: the known ones.
    """

    edges: Mapping[str, tuple[float, ...]]
    places: tuple[str, ...]


def bins_of(
    numbers: Numbers, places: pd.Series, known: Bins | None = None, *, renew: bool = False
) -> Bins:
    """Bins by these rows; of numbers and places that `known` has, those of `known`.

    `renew`: where the known bins of a number have become `COARSE`, it gets new ones, and new places
    are added. Below the least and above the largest value there is a bin too, so that a value that
    never occurred is seen.
    """
    edges, there = ({}, ()) if known is None else (known.edges, known.places)
    frequent = [str(own) for own in places.value_counts().index[:MAX_PLACES]]
    if renew or not there:
        there = tuple(dict.fromkeys((*there, *frequent)))[:MAX_PLACES]
    return Bins({name: _edges(own, edges.get(name), renew) for name, own in numbers.items()}, there)


def _edges(
    values: NDArray[np.floating[Any]], before: tuple[float, ...] | None, renew: bool
) -> tuple[float, ...]:
    if before and not renew:
        return before
    own = _own_edges(values)
    if before and _fullest(values, before) <= COARSE * max(_fullest(values, own), 1 / BINS):
        return before
    return own


def _fullest(values: NDArray[np.floating[Any]], edges: tuple[float, ...]) -> float:
    """The share of the values in the fullest bin."""
    known = values[np.isfinite(values)]
    counts = np.bincount(np.searchsorted(np.asarray(edges), known, side="left"))
    return float(counts.max() / len(known)) if len(known) else 0.0


def _own_edges(values: NDArray[np.floating[Any]]) -> tuple[float, ...]:
    known = np.sort(values[np.isfinite(values)].astype(np.float64))
    if not len(known):
        return ()
    at = np.ceil(np.arange(1, BINS + 1) / BINS * len(known)).astype(int) - 1
    below = np.nextafter(known[0], -np.inf)
    return tuple(float(own) for own in np.unique([below, *known[at]]))


class Sketch:
    """Counts of rows by place; the last place is that of all which are not known.

    `numbers[name]` has shape (places, bins and missing), `sums[name]` and `levels[name][level]`
    shape (places,). A value that is not finite is missing.
    """

    def __init__(self, bins: Bins, categories: Sequence[str]) -> None:
        self.bins, self.size = bins, len(bins.places) + 1
        self.numbers = {
            name: np.zeros((self.size, len(edges) + 2), np.int64)
            for name, edges in bins.edges.items()
        }
        self.sums = {name: np.zeros(self.size) for name in bins.edges}
        self.levels: dict[str, dict[str, Counts]] = {name: {} for name in categories}
        self.rows = np.zeros(self.size, np.int64)

    def add(self, numbers: Numbers, categories: Categories, places: pd.Series) -> None:
        """Count these rows too; `numbers` and `categories` have all names of the sketch."""
        found = pd.Index(self.bins.places).get_indexer(pd.Index(places.astype("object")))
        at = np.where(found < 0, self.size - 1, found)
        self.rows += np.bincount(at, minlength=self.size)
        for name, counts in self.numbers.items():
            width, values = counts.shape[1], numbers[name]
            known = np.isfinite(values)
            bins = np.searchsorted(np.asarray(self.bins.edges[name]), values, side="left")
            cells = at * width + np.where(known, bins, width - 1)
            counts += np.bincount(cells, minlength=counts.size).reshape(counts.shape)
            self.sums[name] += np.bincount(at, np.where(known, values, 0.0), self.size)
        for name in self.levels:
            self._add_levels(name, categories[name], at)

    def _add_levels(self, name: str, values: pd.Series, at: NDArray[np.int64]) -> None:
        codes, levels = pd.factorize(values.astype("object"), use_na_sentinel=True)
        cells = np.where(codes < 0, len(levels), codes) * self.size + at
        counts = np.bincount(cells, minlength=(len(levels) + 1) * self.size)
        for level, own in zip((*levels, None), counts.reshape(-1, self.size), strict=True):
            if own.any():
                self._count(name, MISSING if level is None else str(level), own)

    def _count(self, name: str, level: str, counts: Counts) -> None:
        own = self.levels[name]
        if level not in own and len(own) >= MAX_LEVELS and level not in (MISSING, OTHER):
            level = OTHER
        own[level] = own[level] + counts if level in own else counts.copy()

    def merge(self, other: Sketch) -> None:
        """Count the rows of another sketch too. Raises ValueError where its bins are others."""
        if self.bins != other.bins or set(self.levels) != set(other.levels):
            raise ValueError("sketches of other bins, places or categories do not add up")
        self.rows += other.rows
        for name in self.numbers:
            self.numbers[name] += other.numbers[name]
            self.sums[name] += other.sums[name]
        for name, levels in other.levels.items():
            for level, counts in levels.items():
                self._count(name, level, counts)

    def mean(self, name: str, places: Sequence[int]) -> float | None:
        """The mean of a number over these places; null where it is missing everywhere."""
        known = int(self.numbers[name][places, :-1].sum())
        return float(self.sums[name][places].sum()) / known if known else None

    def placed_as(self, places: tuple[str, ...]) -> Sketch:
        """The same counts by other places: what is not among them is counted with the last."""
        if places == self.bins.places:
            return self
        own = Sketch(Bins(self.bins.edges, places), list(self.levels))
        found = pd.Index(places).get_indexer(pd.Index(self.bins.places))
        at = np.append(np.where(found < 0, own.size - 1, found), own.size - 1)
        np.add.at(own.rows, at, self.rows)
        for name, counts in self.numbers.items():
            np.add.at(own.numbers[name], at, counts)
            np.add.at(own.sums[name], at, self.sums[name])
        for name, levels in self.levels.items():
            for level, counts in levels.items():
                own.levels[name][level] = np.zeros(own.size, np.int64)
                np.add.at(own.levels[name][level], at, counts)
        return own

    def to_json(self) -> dict[str, Any]:
        """The sketch as plain values; of each category the most frequent levels."""
        return {
            "places": list(self.bins.places),
            "rows": self.rows.tolist(),
            "numbers": {
                name: {
                    "edges": list(self.bins.edges[name]),
                    "counts": counts.tolist(),
                    "sums": self.sums[name].tolist(),
                }
                for name, counts in self.numbers.items()
            },
            "levels": {name: _kept(own) for name, own in self.levels.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Sketch:
        """What `to_json` returned. Raises KeyError, TypeError, ValueError for anything else."""
        numbers = content["numbers"]
        edges = {name: tuple(own["edges"]) for name, own in numbers.items()}
        own = cls(Bins(edges, tuple(content["places"])), list(content["levels"]))
        own.rows += np.array(content["rows"], np.int64)
        for name, found in numbers.items():
            own.numbers[name] += np.array(found["counts"], np.int64)
            own.sums[name] += np.array(found["sums"], np.float64)
        for name, levels in content["levels"].items():
            own.levels[name] = {
                level: np.array(counts, np.int64) for level, counts in levels.items()
            }
        return own


def _kept(levels: Mapping[str, Counts]) -> dict[str, list[int]]:
    named = sorted(set(levels) - {MISSING, OTHER}, key=lambda own: (-levels[own].sum(), own))
    kept = {level: levels[level].tolist() for level in named[:KEPT_LEVELS]}
    rest = [levels[own] for own in (*named[KEPT_LEVELS:], OTHER) if own in levels]
    if rest:
        kept[OTHER] = np.sum(rest, axis=0).tolist()
    if MISSING in levels:
        kept[MISSING] = levels[MISSING].tolist()
    return kept
