"""What pages draw: the geometry of bars, intervals, lines and columns, of a hundred by a hundred.

Templates (`charts.html`) draw it as SVG that stretches with the page, and write the labels beside
it. Every picture stands beside the numbers that it is drawn from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FULL = 100.0
SERIES = 7  # colours that the style sheet has: a series has the class s0 to s6


def lengths(values: Sequence[float | None]) -> list[float]:
    """How long the bars are; the greatest fills the place, what is not known has none.

    >>> lengths([4.0, 1.0, None])
    [100.0, 25.0, 0.0]
    """
    most = max((own for own in values if own is not None), default=0.0) or 1.0
    return [0.0 if own is None else round(FULL * max(own, 0.0) / most, 2) for own in values]


@dataclass(frozen=True)
class Interval:
    """A value with its interval, as places of a hundred."""

    at: float
    low: float
    high: float


def intervals(
    rows: Sequence[tuple[float | None, float | None, float | None]], least: float = 0.0
) -> tuple[list[Interval | None], float, float]:
    """Each row's interval, null where the value is not known; and where the scale ends.

    The scale is from `least`, or the lowest bound below it, to the highest bound.

    >>> intervals([(2.0, 1.0, 4.0), (None, None, None)])
    ([Interval(at=50.0, low=25.0, high=100.0), None], 0.0, 4.0)
    """
    known = [own for row in rows for own in row if own is not None]
    low, high = min([least, *known]), max([least, *known])
    span = (high - low) or 1.0

    def place(value: float) -> float:
        return round(FULL * (value - low) / span, 2)

    found = [
        None
        if value is None
        else Interval(
            place(value),
            place(value if bottom is None else bottom),
            place(value if top is None else top),
        )
        for value, bottom, top in rows
    ]
    return found, low, high


@dataclass(frozen=True)
class Line:
    """A series over the periods: its name, its class, and its path; a gap where it is not known."""

    name: str
    colour: str
    path: str


@dataclass(frozen=True)
class Lines:
    """Some lines, and between which values they are drawn. `labels`: of the periods, some empty."""

    lines: Sequence[Line]
    low: float
    high: float
    labels: Sequence[str]


MAX_LABELS = 6


def lines(
    series: Mapping[str, Sequence[float | None]], labels: Sequence[str], *, from_zero: bool = True
) -> Lines:
    """The lines of these series, each with a value a period in the middle of the period's place.

    >>> lines({"all": [0.0, 5.0, None, 10.0]}, ["1", "2", "3", "4"]).lines[0].path
    'M12.5 100L37.5 50M87.5 0h.01'
    """
    known = [own for values in series.values() for own in values if own is not None]
    start = [0.0] if from_zero or not known else []
    low, high = min([*start, *known], default=0.0), max([*start, *known], default=0.0)
    span = (high - low) or 1.0
    count = max(len(labels), 1)
    found = []
    for place, (name, values) in enumerate(series.items()):
        points = [
            None
            if own is None
            else (round(FULL * (at + 0.5) / count, 2), round(FULL * (1 - (own - low) / span), 2))
            for at, own in enumerate(values)
        ]
        found.append(Line(name, f"s{place % SERIES}", _path(points)))
    step = -(-count // MAX_LABELS)
    shown = [label if at % step == 0 else "" for at, label in enumerate(labels)]
    return Lines(found, low, high, shown)


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """The points joined; one that stands alone is a dot, which a round end of the stroke makes."""
    parts: list[str] = []
    for place, point in enumerate(points):
        if point is None:
            continue
        before = points[place - 1] if place else None
        after = points[place + 1] if place + 1 < len(points) else None
        x, y = (f"{own:g}" for own in point)
        parts.append(f"{'L' if before else 'M'}{x} {y}")
        if before is None and after is None:
            parts.append("h.01")
    return "".join(parts)


@dataclass(frozen=True)
class Part:
    """A part of a column: whose, its class, and from where down it is how high."""

    name: str
    colour: str
    top: float
    height: float
    value: float


def columns(rows: Sequence[Sequence[float]], names: Sequence[str]) -> list[list[Part]]:
    """A column a row, of a part a name, the first at the foot; the tallest fills the place.

    >>> [(one.top, one.height) for one in columns([[3.0, 1.0], [2.0, 0.0]], ["a", "b"])[0]]
    [(25.0, 75.0), (0.0, 25.0)]
    """
    most = max((sum(row) for row in rows), default=0.0) or 1.0
    found = []
    for row in rows:
        own, height = [], 0.0
        for place, (name, value) in enumerate(zip(names, row, strict=True)):
            height += value
            top = round(FULL * (1 - height / most), 2)
            length = round(FULL * value / most, 2)
            own.append(Part(name, f"s{place % SERIES}", max(top, 0.0), length, value))
        found.append(own)
    return found
