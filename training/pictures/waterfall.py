"""One customer's score, feature by feature: from the average score to theirs, and the probability.

Bars to the right (`LEAVE`) push the score towards leaving, bars to the left (`STAY`) towards
staying, in the colours of the report. The axis is the raw score in log-odds; calibration turns its
end into a probability, which no bar can be read in.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from features.disk.atomic import replacing
from training.pictures.model import ACCENT, BLUE, INK, PALE, QUIET, canvas
from training.pictures.words import word
from training.pictures.wrapping import JOINER, wrapped
from training.statistics.logistic import Floats

LEAVE, STAY = ACCENT, BLUE
MAX_FEATURES = 9  # with a bar of their own
ROOM = 0.1  # of the axis, beside the bars for their numbers


def save_waterfall(
    path: Path,
    title: str,
    names: Sequence[str],
    values: Sequence[str],
    contributions: Floats,
    risk: float | None = None,
    language: str = "en",
) -> None:
    """Write the waterfall of one customer as a PNG. Raises OutputError; see `waterfall`."""
    figure = waterfall(title, names, values, contributions, risk, language)
    with replacing(path) as temporary:
        figure.savefig(temporary, format="png", dpi=150, facecolor="white")


def waterfall(
    title: str,
    names: Sequence[str],
    values: Sequence[str],
    contributions: Floats,
    risk: float | None = None,
    language: str = "en",
) -> Figure:
    """The strongest features' contributions to one raw score, the strongest on top.

    `contributions` has one number a feature and the expected value last; `names` and `values` are
    what each feature is and what it was, in words. `risk` is the calibrated probability.
    """
    effects, base = contributions[:-1], float(contributions[-1])
    order = np.argsort(-np.abs(effects), kind="stable")
    shown, rest = order[:MAX_FEATURES], order[MAX_FEATURES:]
    # A value stays together, and with the end of its name, where the line breaks.
    kept = [JOINER.join(values[place].replace(" ", "\N{NO-BREAK SPACE}")) for place in shown]
    labels = [
        f"{names[place]}:\N{NO-BREAK SPACE}{value}"
        for place, value in zip(shown, kept, strict=True)
    ]
    steps = [float(effects[place]) for place in shown]
    if len(rest):
        labels.append(word("other_features", language, count=len(rest)))
        steps.append(float(effects[rest].sum()))
    figure, axes = canvas((8.4, 0.4 * len(steps) + 1.6))
    ends = base + np.cumsum(steps[::-1])[::-1]  # the lowest bar begins at the average
    _bars(axes, steps, ends)
    score = float(ends[0]) if steps else base
    _mark(axes, base, word("average_score", language, score=f"{base:.2f}"), -0.9, len(steps))
    said = "its_score" if risk is None else "its_score_and_risk"
    percent = "" if risk is None else f"{100 * risk:.1f} %"
    text = word(said, language, score=f"{score:.2f}", risk=percent)
    _mark(axes, score, text, len(steps) - 0.1, len(steps), loud=True)
    axes.set_yticks(range(len(steps)), [wrapped(label) for label in labels[::-1]], fontsize=9)
    axes.tick_params("y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_ylim(-1.3, len(steps) + 0.4)
    axes.set_xlabel(word("score_axis", language), size=9)
    figure.suptitle(title, fontsize=10.5, color=INK, x=0.01, ha="left")
    return figure


def _bars(axes: Axes, steps: Sequence[float], ends: Floats) -> None:
    """A bar for each step, from where the one below ended, with its number beside its tip."""
    top = len(steps) - 1
    for place, (step, end) in enumerate(zip(steps, ends, strict=True)):
        height, colour = top - place, LEAVE if step > 0 else STAY
        axes.barh(height, step, left=end - step, height=0.62, color=colour)
        if height < top:
            axes.plot([end, end], [height, height + 1], color=QUIET, linewidth=0.7, zorder=0)
        side = 1 if step > 0 else -1
        axes.annotate(
            f"{step:+.2f}", (end, height), (4 * side, 0), textcoords="offset points",
            ha="left" if side > 0 else "right", va="center", fontsize=9, color=colour,
        )  # fmt: skip
    axes.use_sticky_edges = False
    axes.margins(x=ROOM)


def _mark(
    axes: Axes, at: float, text: str, height: float, bars: int, *, loud: bool = False
) -> None:
    """A line down the picture where a score lies, and what it says at `height`."""
    axes.plot([at, at], [-0.6, bars - 0.4], color=PALE, linewidth=1, zorder=-1)
    low, high = axes.get_xlim()
    left = (at - low) / (high - low) > 0.5  # the words go where there is room
    axes.annotate(
        text, (at, height), (-2 if left else 2, 0), textcoords="offset points",
        fontsize=11 if loud else 9, ha="right" if left else "left", va="center",
        color=INK if loud else QUIET,
    )  # fmt: skip
