"""Figures over dates, a panel each: value, interval, and what to read it against.

The labels are words of `training.pictures.words` in `language` (en or zh).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from features.disk.atomic import replacing
from training.indicators import Indicator
from training.indicators.indicator import NEAR_ONE
from training.pictures.model import ACCENT, INK, QUIET, canvases
from training.pictures.words import word
from training.statistics.estimate import Estimate
from training.statistics.logistic import Floats

COLUMNS, PANEL_INCHES = 2, (4.2, 2.6)
LEGEND_INCHES = 0.3
MAX_TICKS = 4
# Lines and markers of what stands beside the values.
DASHES = (((0, (4, 2)), "s"), ((0, (1, 2)), "o"), ("-.", "^"), ("-", "D"), ((0, (6, 3)), "v"))


@dataclass(frozen=True)
class Panel:
    """An indicator at each date, and by their names the values beside it; null is a gap."""

    indicator: Indicator
    values: Sequence[Estimate]
    beside: Mapping[str, Sequence[float | None]] = field(default_factory=dict)


def save_figure(path: Path, figure: Figure) -> None:
    """Write a picture as a PNG. Raises OutputError."""
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150, facecolor="white")


def over_time(dates: Sequence[str], panels: Sequence[Panel], language: str = "en") -> Figure:
    """The panels in two columns; `dates` as 2026-03-02."""
    lines = math.ceil(len(panels) / COLUMNS)
    size = (PANEL_INCHES[0] * COLUMNS, PANEL_INCHES[1] * lines + LEGEND_INCHES)
    figure, grid = canvases(size, lines, COLUMNS)
    places = pd.to_datetime(list(dates)).to_numpy()
    names = dict.fromkeys(name for panel in panels for name in panel.beside)
    styles = dict(zip(names, DASHES, strict=False))
    named: dict[str, Any] = {}
    for axes, panel in zip(grid, panels, strict=False):
        _draw(axes, places, panel, styles, language)
        handles, labels = axes.get_legend_handles_labels()
        named |= dict(zip(labels, handles, strict=True))
    figure.legend(
        list(named.values()), list(named), loc="outside lower right", ncols=4, frameon=False,
        fontsize=9, labelcolor=INK,
    )  # fmt: skip
    return figure


def _draw(
    axes: Axes,
    dates: NDArray[np.datetime64],
    panel: Panel,
    styles: Mapping[str, Any],
    language: str,
) -> None:
    axes.set_title(panel.indicator.words(language), loc="left", fontsize=10, color=INK)
    if panel.indicator.better == NEAR_ONE:
        axes.axhline(1, color=QUIET, linewidth=0.8)
    own = [one.value for one in panel.values]
    axes.plot(
        dates, _numbers(own), "o-", color=ACCENT, linewidth=2.2, markersize=5,
        label=word("all", language),
    )  # fmt: skip
    for name, values in panel.beside.items():
        dashes, marker = styles[name]
        axes.plot(
            dates, _numbers(values), marker, linestyle=dashes, color=INK, linewidth=1,
            markersize=4, zorder=1.5, label=word(name, language),
        )  # fmt: skip
    for date, one in zip(dates, panel.values, strict=True):
        if one.interval is not None:
            axes.plot([date, date], one.interval, color=ACCENT, linewidth=3, alpha=0.35)
    shown = dates[:: max(1, math.ceil(len(dates) / MAX_TICKS))]
    axes.set_xticks(shown, [f"{pd.Timestamp(date):%F}" for date in shown])
    axes.margins(x=0.5 if len(dates) == 1 else 0.1)
    axes.tick_params("x", labelsize=8.5)


def _numbers(values: Sequence[float | None]) -> Floats:
    return np.array(values, dtype=float)
