"""Curves and bars of a test period: what ranks best, what a list catches, what it brings.

Each is labelled in `language` (en or zh).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray
from sklearn.metrics import roc_curve

from training.indicators.evaluation import CHURN_RATE
from training.pictures.model import ACCENT, INK, PALE, QUIET, canvas, per_cent
from training.pictures.words import word
from training.statistics.estimate import Estimate
from training.statistics.logistic import Floats

# How each rival is drawn: colour, line, width.
LINES = {
    "RFM baseline": (QUIET, "-", 1.3),
    "best possible": (INK, (0, (4, 2)), 1.3),
    "model": (ACCENT, "-", 2.2),
}
POINTS = 400  # a line needs no more to be read

Risks = Mapping[str, Floats]


def roc(churned: Floats, risks: Risks, language: str = "en") -> Figure:
    """The ROC curve of each risk (its name a key of `LINES`); all of shape (n,)."""
    figure, axes = canvas()
    axes.plot([0, 1], [0, 1], color=PALE, linewidth=1)
    for name, (colour, line, width) in LINES.items():
        if name in risks and 0 < churned.sum() < len(churned):
            wrong, right, _ = roc_curve(churned, risks[name])
            x, y = _thinned(wrong, right)
            label = word(name, language)
            axes.plot(x, y, color=colour, linestyle=line, linewidth=width, label=label)
    axes.set_xlabel(word("stayers_flagged", language))
    axes.set_ylabel(word("churners_found", language))
    axes.set(xlim=(0, 1), ylim=(0, 1.01))
    _per_cent(axes, "x", "y")
    _legend(axes)
    return figure


def baseline_bars(aucs: Mapping[str, Estimate], language: str = "en") -> Figure:
    """The AUC of each (its name a key of `LINES`) with its interval; unknown ones are missing."""
    figure, axes = canvas((4.8, 2.0))
    known = {name: one.value for name, one in aucs.items() if one.value is not None}
    for place, (name, value) in enumerate(known.items()):
        colour = LINES[name][0]
        ends = aucs[name].interval or (value, value)
        axes.plot(ends, [place, place], color=colour, linewidth=3, alpha=0.35)
        axes.plot(value, place, "o", color=colour, markersize=8)
        axes.annotate(
            f"{value:.3f}", (value, place), (0, 8), textcoords="offset points",
            ha="center", color=colour, fontsize=9.5,
        )  # fmt: skip
    axes.set_yticks(range(len(known)), [word(name, language) for name in known])
    axes.set(xlabel=word("auc_axis", language), ylim=(-0.6, len(known) - 0.2))
    axes.tick_params("y", length=0, labelsize=10)
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.12)
    return figure


def gains(churned: Floats, risks: Risks, language: str = "en") -> Figure:
    """Share of all churners that a list of the riskiest share holds."""
    figure, axes = canvas()
    axes.plot([0, 1], [0, 1], color=PALE, linewidth=1)
    shares = np.arange(len(churned) + 1) / max(1, len(churned))
    for name, (colour, line, width) in LINES.items():
        if name not in risks or not churned.any():
            continue
        order = np.argsort(-risks[name], kind="stable")
        caught = np.append(0, np.cumsum(churned[order])) / churned.sum()
        x, y = _thinned(shares, caught)
        label = word(name, language)
        axes.plot(x, y, color=colour, linestyle=line, linewidth=width, label=label)
    axes.set_xlabel(word("list_customers", language))
    axes.set_ylabel(word("list_churners", language))
    axes.set(xlim=(0, 1), ylim=(0, 1.01))
    _per_cent(axes, "x", "y")
    _legend(axes)
    return figure


def lift_bars(churned: Floats, risk: Floats, language: str = "en") -> Figure:
    """Churn in each tenth of the customers, riskiest first, against the overall rate."""
    figure, axes = canvas()
    parts = np.array_split(np.argsort(-risk, kind="stable"), 10)
    rates = [churned[part].mean() if len(part) else np.nan for part in parts]
    overall = churned.mean() if len(churned) else np.nan
    colours = [ACCENT, *["#d9b8a8"] * 9]
    axes.bar(range(1, 11), rates, color=colours, width=0.78)
    axes.axhline(overall, color=INK, linewidth=1, linestyle=(0, (4, 2)))
    axes.annotate(
        word("overall", language, rate=per_cent(round(overall, 3))), (10.5, overall), (0, 4),
        textcoords="offset points", ha="right", fontsize=9, color=INK,
    )  # fmt: skip
    if overall > 0:
        axes.annotate(
            word("times", language, lift=f"{rates[0] / overall:.1f}"), (1, rates[0]), (0, 3),
            textcoords="offset points", ha="center", fontsize=9.5, color=ACCENT,
        )  # fmt: skip
    axes.set(xlabel=word("tenths", language), ylabel=word("left_in_window", language))
    axes.set_xticks(range(1, 11))
    _per_cent(axes, "y")
    return figure


def profit(shares: Floats, profits: Floats, language: str = "en") -> Figure:
    """Profit a customer by the share of the riskiest who are contacted, and where it is highest.

    At the mean acceptance, so the length is not that of the expected maximum profit, which is a
    mean over acceptances.
    """
    figure, axes = canvas()
    top = float(shares[profits.argmax()])
    end = min(1.0, max(0.1, 4 * top))
    shown = shares <= end
    x, y = _thinned(shares[shown], profits[shown])
    axes.axhline(0, color=QUIET, linewidth=0.8)
    axes.plot(x, y, color=ACCENT, linewidth=2.2)
    best = float(profits.max())
    if best > 0:
        axes.set_ylim(-1.5 * best, 1.25 * best)  # what a list too long loses has no end
        axes.axvline(top, color=INK, linewidth=1, linestyle=(0, (4, 2)))
        axes.annotate(
            word("best_list", language, share=f"{100 * top:.1f} %"), (top, 0), (6, 6),
            xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=9, color=INK,
        )  # fmt: skip
    axes.set(xlabel=word("contacted", language), ylabel=word("profit_axis", language))
    axes.set_xlim(0, end)
    _per_cent(axes, "x")
    return figure


def base_rate_lines(rates: Sequence[Mapping[str, Any]], language: str = "en") -> Figure:
    """The churn rate over the panel dates, by payment mode, the periods shaded."""
    figure, axes = canvas((8.4, 3.0))
    dates = pd.to_datetime([rate["date"] for rate in rates]).to_numpy()
    for period in dict.fromkeys(rate["period"] for rate in rates):
        own = dates[[rate["period"] == period for rate in rates]]
        axes.axvspan(own[0], own[-1], color=PALE, alpha=0.6, linewidth=0)
        axes.annotate(
            word(period, language), (own[0], 1), (3, 3), xycoords=("data", "axes fraction"),
            textcoords="offset points", fontsize=9, color=QUIET,
        )  # fmt: skip
    modes = sorted({mode for rate in rates for mode in rate["by_payment_mode"]})
    for mode, line in zip(modes, ("-", (0, (4, 2)), (0, (1, 2))), strict=False):
        own_rates = [rate["by_payment_mode"].get(mode) for rate in rates]
        _pieces(axes, dates, own_rates, rates, INK, line, 1.3, word(mode, language))
    everyone = [rate[CHURN_RATE.name] for rate in rates]
    _pieces(axes, dates, everyone, rates, ACCENT, "-", 2.2, word("all", language))
    axes.set_ylabel(word("left_in_window", language))
    axes.set_ylim(bottom=0)
    _per_cent(axes, "y")
    axes.yaxis.set_major_locator(MaxNLocator(5))
    if len(dates):
        figure.legend(loc="outside lower right", ncols=3, frameon=False, fontsize=9, labelcolor=INK)
    return figure


def _pieces(
    axes: Axes,
    dates: NDArray[np.datetime64],
    values: Sequence[float | None],
    rates: Sequence[Mapping[str, Any]],
    colour: str,
    line: Any,
    width: float,
    name: str,
) -> None:
    """One line a period: between them nothing was measured."""
    label: str | None = name
    for period in dict.fromkeys(rate["period"] for rate in rates):
        own = [place for place, rate in enumerate(rates) if rate["period"] == period]
        y = np.array([values[place] for place in own], dtype=float)
        marker = "o" if len(own) == 1 else None
        axes.plot(
            dates[own], y, color=colour, linestyle=line, linewidth=width, label=label,
            marker=marker, markersize=4,
        )  # fmt: skip
        label = None


def _thinned(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    if len(x) <= POINTS:
        return x, y
    # Closer together at the start, where lists are made.
    places = np.unique((np.linspace(0, 1, POINTS) ** 2 * (len(x) - 1)).round().astype(int))
    return x[places], y[places]


def _per_cent(axes: Axes, *which: str) -> None:
    for name in which:
        axis = axes.xaxis if name == "x" else axes.yaxis
        axis.set_major_formatter(per_cent)


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(frameon=False, fontsize=9, labelcolor=INK, loc="lower right")
