"""The time line of a customer: a lane for each kind of thing that happened, on one axis.

A lane is drawn in a hundred of height and stretched to the page, so it holds no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from serving.pages.customer.axis import Axis, axis_of
from serving.pages.customer.happened import LANES, Entry

HEIGHT = 100.0
LEAST = 4.0  # of what lasted a moment, or of a small amount
COLUMNS = ("data", "voice", "bills")
DOT = "dot"


@dataclass(frozen=True)
class Shape:
    """A rectangle, or a dot at x and y (`kind`), with the text and the class of its entry."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    text: str
    tone: str


@dataclass(frozen=True)
class Lane:
    """One lane: its name, its shapes, its entries (the latest first), a path if it has one.

    `most`: what the full height is, null where height means nothing.
    """

    name: str
    shapes: list[Shape]
    entries: list[Entry]
    path: str
    most: float | None


@dataclass(frozen=True)
class Timeline:
    """All lanes that have an entry, their axis, and which lanes have none."""

    axis: Axis
    lanes: list[Lane]
    empty: list[str]


def timeline(entries: Sequence[Entry], night: datetime, months: int, now: datetime) -> Timeline:
    """The lanes of these months; the entries before them stay in the tables."""
    moments = [own.at for own in entries if own.at > night]
    axis = axis_of(night, months, moments, now)
    by_name = {name: [own for own in entries if own.lane == name] for name in LANES}
    lanes = [_lane(name, own, axis) for name, own in by_name.items() if own]
    return Timeline(axis, lanes, [name for name, own in by_name.items() if not own])


def _lane(name: str, entries: list[Entry], axis: Axis) -> Lane:
    shown = [own for own in entries if own.at >= axis.begin or (own.until or own.at) > axis.begin]
    sizes = [own.size for own in shown if own.size is not None]
    most = max(sizes, default=0.0) or None
    shapes = [_shape(own, axis, most or 1.0) for own in shown]
    path = _path(shapes) if name == "risk" else ""
    return Lane(name, shapes, entries[::-1], path, most)


def _shape(own: Entry, axis: Axis, most: float) -> Shape:
    start = max(0.0, axis.place(own.at))
    if own.lane in COLUMNS and own.size is not None and own.until is not None:
        end = min(axis.place(own.until), axis.width)
        height = max(round(HEIGHT * own.size / most, 1), LEAST if own.size else 0.0)
        width = round(max(end - start, LEAST) * 0.86, 1)
        return Shape("column", start, HEIGHT - height, width, height, own.text, own.tone)
    if own.size is not None:
        y = round(90 - 80 * own.size / most, 1)
        return Shape(DOT, start, y, 0, 0, own.text, own.tone)
    if own.until is not None:
        width = round(max(axis.place(own.until) - start, LEAST), 1)
        return Shape("span", start, 32, width, 36, own.text, own.tone)
    return Shape(DOT, start, 50, 0, 0, own.text, own.tone)


def _path(shapes: list[Shape]) -> str:
    """A line through dots."""
    return "M" + "L".join(f"{own.x} {own.y}" for own in shapes) if len(shapes) > 1 else ""
