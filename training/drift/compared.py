"""What moved between two sketches: beyond a declared size and beyond what chance brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal

import numpy as np

from training.drift.sketches import MISSING, OTHER, Counts, Sketch
from training.drift.stability import HALF, chance_psi, expected_psi, joined, psi

Kind = Literal["shape", "unit", "missing", "levels", "absent", "late", "quarantined"]
UNITS = (10, 60, 100, 1000, 1024, 3600)  # by which amounts differ when their unit was changed
UNIT_SLACK = 0.1  # how far the means' ratio may be from one of them
MAX_NAMED = 5  # levels of a category that are new, or gone


@dataclass(frozen=True)
class Bars:
    """From where on something has moved.

    `psi`: the index. `missing_share`: how far the share of missing values. `level_share`: of the
    rows, the share of a level that is new or has gone. `chance`: of one false alarm in a
    comparison of two nights. `own_pace`: features, `*` for any letters, whose distribution moves
    with the calendar; of them the missing share alone is compared.
    """

    psi: float
    missing_share: float
    level_share: float
    chance: float
    own_pace: tuple[str, ...]

    def moves_by_itself(self, name: str) -> bool:
        return any(fnmatchcase(name, own) for own in self.own_pace)


@dataclass(frozen=True)
class Moved:
    """One thing that moved; of feeds, which come late or are quarantined, too.

    `size` is the index, `by_chance` its mean and `limit` the most that it reaches by chance.
    `places`: the only places where it moved, empty where it did over all. `before` and `after`:
    means of a number, null of a category; `missing_*`: shares of the rows. `new` and `gone`:
    levels with their share. `factor`: what the unit seems to have been changed by. `more`: other
    features of the same data that moved in the same places, less far.
    """

    kind: Kind
    name: str
    size: float
    by_chance: float
    limit: float
    places: tuple[str, ...] = ()
    before: float | None = None
    after: float | None = None
    missing_before: float = 0.0
    missing_after: float = 0.0
    new: tuple[tuple[str, float], ...] = ()
    gone: tuple[tuple[str, float], ...] = ()
    factor: float | None = None
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Size:
    size: float
    by_chance: float
    limit: float


def compare(
    before: Sketch, after: Sketch, bars: Bars, families: Mapping[str, str], skip: Sequence[str] = ()
) -> list[Moved]:
    """What moved from one sketch to the other, the largest index first.

    Names in `skip`, and numbers whose bins differ, are not compared. `families` has the data that
    a feature is computed from; of each the feature that moved farthest stands for the others.
    Raises ValueError where a sketch has no rows.
    """
    if not before.rows.sum() or not after.rows.sum():
        raise ValueError("a sketch of no rows is not compared")
    names = [own for own in (*before.numbers, *before.levels) if own not in skip]
    tests = max(1, len(names) * before.size)
    after = after.placed_as(before.bins.places)
    comparison = _Comparison(before, after, bars, bars.chance / tests)
    found = [own for name in names for own in comparison.of(name)]
    return _in_families(sorted(found, key=lambda own: (-own.size, own.name)), families)


def _in_families(found: Sequence[Moved], families: Mapping[str, str]) -> list[Moved]:
    kept: dict[tuple[str, Kind, tuple[str, ...]], Moved] = {}
    for own in found:
        key = families.get(own.name, own.name), own.kind, own.places
        if key in kept:
            kept[key] = replace(kept[key], more=(*kept[key].more, own.name))
        else:
            kept[key] = own
    return list(kept.values())


@dataclass(frozen=True)
class _Comparison:
    before: Sketch
    after: Sketch
    bars: Bars
    chance: float

    def of(self, name: str) -> list[Moved]:
        if name in self.before.levels:
            if name not in self.after.levels:
                return [self._absent(name)]
            return self._category(name)
        if name not in self.after.numbers:
            return [self._absent(name)]
        if self.before.bins.edges[name] != self.after.bins.edges[name]:
            return []
        return self._number(name)

    def _absent(self, name: str) -> Moved:
        """What the second sketch has no counts of: as if every row lacked it."""
        rows = int(self.before.rows.sum()), int(self.after.rows.sum())
        size = psi(np.array([rows[0], 0]), np.array([0, rows[1]]))
        return Moved("absent", name, size, 0.0, 0.0, missing_after=1.0)

    def _number(self, name: str) -> list[Moved]:
        before, after = self.before.numbers[name], self.after.numbers[name]
        if not self.bars.moves_by_itself(name):
            size, places = self._shape(before, after)
            if size is not None:
                return [self._about(name, size, places)]
        size = self._size(_known_or_not(before), _known_or_not(after))
        found = self._about(name, size, ())
        change = abs(found.missing_after - found.missing_before)
        if change < self.bars.missing_share or size.size <= size.limit:
            return []
        return [replace(found, kind="missing", factor=None)]

    def _about(self, name: str, size: _Size, places: tuple[str, ...]) -> Moved:
        """What there is to say of a number that moved: everywhere, or in these places."""
        known = self.before.bins.places
        rows = [known.index(own) for own in places] or list(range(self.before.size))
        means = self.before.mean(name, rows), self.after.mean(name, rows)
        missing = [_missing(own.numbers[name][rows]) for own in (self.before, self.after)]
        factor = _factor(*means)
        kind: Kind = "unit" if factor else "shape"
        if not factor and abs(missing[1] - missing[0]) >= self.bars.missing_share:
            kind = "missing"
        return Moved(
            kind, name, size.size, size.by_chance, size.limit, places, before=means[0],
            after=means[1], missing_before=missing[0], missing_after=missing[1], factor=factor,
        )  # fmt: skip

    def _category(self, name: str) -> list[Moved]:
        levels = self.before.levels[name], self.after.levels[name]
        order = sorted(set(levels[0]) | set(levels[1]), key=lambda own: _frequency(own, levels))
        empty = np.zeros(self.before.size, np.int64)
        counts = [
            np.stack([own.get(level, empty) for level in order], axis=1) for own in levels
        ]  # (places, levels), the missing last
        new = self._levels(counts[0], counts[1], order)
        gone = self._levels(counts[1], counts[0], order)
        if not new and not gone:
            size, places = self._shape(counts[0], counts[1])
            if size is None:
                return []
            return [Moved("shape", name, size.size, size.by_chance, size.limit, places)]
        size = self._size(counts[0].sum(0), counts[1].sum(0))
        return [Moved("levels", name, size.size, size.by_chance, size.limit, new=new, gone=gone)]

    def _levels(
        self, without: Counts, having: Counts, order: Sequence[str]
    ) -> tuple[tuple[str, float], ...]:
        """Levels that only the second counts have, the most frequent first, with their share."""
        none, some = without.sum(0), having.sum(0)
        rest = none[order.index(OTHER)] / none.sum() if OTHER in order else 0.0
        found = []
        for level, zero, count in zip(order, none, some, strict=True):
            share = float(count / some.sum())
            by_chance = (1 - share) ** int(none.sum())
            enough = share >= max(self.bars.level_share, rest)
            if level not in (MISSING, OTHER) and zero == 0 and enough and by_chance < self.chance:
                found.append((level, share))
        return tuple(sorted(found, key=lambda own: -own[1])[:MAX_NAMED])

    def _shape(self, before: Counts, after: Counts) -> tuple[_Size | None, tuple[str, ...]]:
        """Index and only places of a distribution that moved; null where it did not."""
        total = before.sum(0), after.sum(0)
        whole = self._size(*total)
        moved = [
            (size, place)
            for place in self._far(before, after)
            if self._moved(size := self._size(before[place], after[place]))
        ]
        places = tuple(self.before.bins.places[place] for _, place in moved)
        if len(moved) == 1:
            size, place = moved[0]
            rest = self._size(total[0] - before[place], total[1] - after[place])
            if not self._moved(rest):
                return size, places
        if self._moved(whole) or not moved:
            return (whole if self._moved(whole) else None), ()
        return max((size for size, _ in moved), key=lambda own: own.size), places

    def _far(self, before: Counts, after: Counts) -> list[int]:
        """Places that may have moved: to join bins never makes the index larger."""
        p, q = before[:-1] + HALF, after[:-1] + HALF
        p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
        far = ((q - p) * np.log(q / p)).sum(1) > self.bars.psi
        both = (before[:-1].sum(1) > 0) & (after[:-1].sum(1) > 0)
        return [int(own) for own in np.flatnonzero(far & both)]

    def _size(self, before: Counts, after: Counts) -> _Size:
        rows = int(before.sum()), int(after.sum())
        if not all(rows):
            return _Size(0.0, 0.0, np.inf)
        own = joined(before, after)
        bins = max(1, int(((own[0] + own[1]) > 0).sum()))
        return _Size(psi(*own), expected_psi(bins, *rows), chance_psi(bins, *rows, self.chance))

    def _moved(self, own: _Size) -> bool:
        return own.size > max(self.bars.psi, own.limit)


def _known_or_not(counts: Counts) -> Counts:
    return np.array([counts[:, :-1].sum(), counts[:, -1].sum()])


def _missing(counts: Counts) -> float:
    return float(counts[:, -1].sum() / max(1, counts.sum()))


def _frequency(level: str, levels: Sequence[Mapping[str, Counts]]) -> tuple[bool, int, str]:
    """The key of an order in which the frequent stand first and the missing last."""
    count = sum(int(own[level].sum()) for own in levels if level in own)
    return level == MISSING, -count, level


def _factor(before: float | None, after: float | None) -> float | None:
    """By what a unit was changed, if the ratio of the means is near one of `UNITS`.

    >>> _factor(12.0, 12_290.0), _factor(60.0, 6.0), _factor(10.0, 15.0)
    (1024, 0.1, None)
    """
    if not before or not after or before * after < 0:
        return None
    ratio = after / before
    near = min(UNITS, key=lambda unit: abs(np.log(max(ratio, 1 / ratio) / unit)))
    if abs(np.log(max(ratio, 1 / ratio) / near)) > UNIT_SLACK:
        return None
    return near if ratio > 1 else 1 / near
