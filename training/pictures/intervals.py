"""Estimates with their intervals, one below the other, against the line of no effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from training.pictures.model import ACCENT, BLUE, INK, QUIET, canvas
from training.pictures.wrapping import wrapped

WIDTH, ROW, MIN_HEIGHT = 7.2, 0.34, 1.6  # inches


@dataclass(frozen=True)
class Bar:
    """One estimate with the ends of its interval; `is_good` is null where it may be either."""

    label: str
    value: float
    low: float
    high: float
    is_good: bool | None


def bar(label: str, value: float, low: float, high: float, *, more_is_good: bool = True) -> Bar:
    """The bar of an effect, good or bad where its interval lies on one side of 0."""
    beyond = low > 0 or high < 0
    return Bar(label, value, low, high, (low > 0) == more_is_good if beyond else None)


def intervals(bars: Sequence[Bar], unit: str) -> Figure:
    """The picture of the bars, from the top, on one axis of this unit."""
    labels = [wrapped(one.label) for one in bars]
    lines = sum(1 + 0.4 * label.count("\n") for label in labels)
    figure, axes = canvas((WIDTH, max(MIN_HEIGHT, ROW * lines + 0.9)))
    axes.axvline(0, color=QUIET, linewidth=1)
    for place, one in enumerate(bars):
        colour = INK if one.is_good is None else BLUE if one.is_good else ACCENT
        ends = [one.low, one.high]
        axes.plot(ends, [place, place], color=colour, linewidth=2.2, solid_capstyle="butt")
        axes.plot(one.value, place, "o", color=colour, markersize=6)
    axes.set_yticks(range(len(bars)), labels, parse_math=False)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlabel(unit, parse_math=False)
    return figure
