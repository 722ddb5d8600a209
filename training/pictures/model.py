"""Pictures of a model, made to be read: calibration, and what its features say.

Figures are made without a display and without matplotlib's global state, but for the packaged
fonts. Axes are labelled in words; what a picture means stands beside it, so there is not a title.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from training.pictures.fonts import use_fonts
from training.pictures.words import word
from training.pictures.wrapping import wrapped
from training.statistics.logistic import Floats

INK, ACCENT, QUIET, PALE = "#1f2933", "#c2410c", "#7b8794", "#e4e7eb"
BLUE = "#52798f"  # what is low, and what speaks for staying
SIZE = (4.8, 3.7)  # inches; small, so that the words stay legible on a telephone
DOTS = LinearSegmentedColormap.from_list("low to high", [BLUE, "#cbd2d9", ACCENT])


def canvas(size: tuple[float, float] = SIZE) -> tuple[Figure, Axes]:
    """An empty picture in the house style, and its axes."""
    figure, (axes,) = canvases(size, 1, 1)
    return figure, axes


def canvases(
    size: tuple[float, float], lines: int, columns: int
) -> tuple[Figure, tuple[Axes, ...]]:
    """The same with so many lines and columns of axes, line by line."""
    use_fonts()
    figure = Figure(figsize=size, layout="constrained", facecolor="none")
    FigureCanvasAgg(figure)
    grid = tuple(figure.subplots(lines, columns, squeeze=False).flat)
    for axes in grid:
        axes.set_facecolor("none")
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[["left", "bottom"]].set_color(QUIET)
        axes.tick_params(colors=INK, labelsize=9, color=QUIET)
        axes.xaxis.label.set(color=INK, size=10)
        axes.yaxis.label.set(color=INK, size=10)
    return figure, grid


def svg(figure: Figure) -> str:
    """The picture as an `<svg>` element; its words stay words and take the page's font."""
    drawn = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "liuke"}):
        figure.savefig(drawn, format="svg", metadata={"Date": None}, transparent=True)
    text = drawn.getvalue()
    return text[text.index("<svg") :]


def per_cent(value: float, _place: object = None) -> str:
    """A tick as per cent.

    >>> per_cent(0.03), per_cent(0.003)
    ('3 %', '0.3 %')
    """
    return f"{100 * value:.4g} %"


def calibration_curve(
    churned: Floats, risk: Floats, groups: int = 10, language: str = "en"
) -> Figure:
    """Observed churn against expected, by groups of equal size, on logarithmic axes."""
    figure, axes = canvas()
    parts = np.array_split(np.argsort(risk, kind="stable"), min(groups, max(1, len(risk))))
    points = np.array([(risk[part].mean(), churned[part].mean()) for part in parts if len(part)])
    expected, observed = points.reshape(-1, 2).T
    seen = observed > 0
    low = float(min(expected.min(initial=1.0), observed[seen].min(initial=1.0))) / 1.5
    label = word("calibrated", language)
    axes.plot([low, 1], [low, 1], color=QUIET, linewidth=0.8, label=label)
    label = word("test_period", language)
    axes.plot(expected[seen], observed[seen], "o-", color=ACCENT, markersize=5, label=label)
    axes.set(xscale="log", xlabel=word("expected_churn", language))
    axes.set(yscale="log", ylabel=word("observed_churn", language))
    high = float(expected.max(initial=low))
    axes.set_xlim(low, min(1.0, high * 2))
    axes.set_ylim(low, min(1.0, observed.max(initial=high) * 2))
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(per_cent)
        axis.set_minor_formatter("")
    axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    return figure


def beeswarm(
    contributions: Floats,
    values: Floats,
    names: Sequence[str],
    most: int = 14,
    seed: int = 7,
    language: str = "en",
) -> Figure:
    """A shap beeswarm: each dot a customer, by how far a feature moved the score.

    `contributions` (log-odds, without the expected value) and `values` (missing as NaN; of
    categories their codes) have shape (n, features); `names` say in words what they are.
    """
    import shap

    most = min(most, len(names))
    figure, axes = canvas((8.4, 0.4 * most + 0.7))
    explanation = shap.Explanation(
        values=contributions,
        data=values,
        feature_names=list(names),
    )
    with _own_chance(seed), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "All-NaN slice")  # a category has no high and low
        shap.plots.beeswarm(
            explanation,
            max_display=most,
            color=DOTS,
            axis_color=INK,
            ax=axes,
            show=False,
            s=7,
            plot_size=None,
            color_bar=False,
            group_remaining_features=False,
        )
    axes.set_xlabel(word("push_axis", language), size=9)
    axes.set_ylim(-0.7, most - 0.3)
    axes.tick_params("x", labelsize=8.5)
    _wrapped_labels(axes)
    return figure


@contextmanager
def _own_chance(seed: int) -> Iterator[None]:
    """Shap scatters the dots by numpy's global generator; seed it and put it back."""
    kept = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(kept)


def _wrapped_labels(axes: Axes) -> None:
    """Replace the labels of the rows by lines of text that each end at the axis."""
    for place, label in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True):
        lines = wrapped(label.get_text()).splitlines()
        for line, words in enumerate(lines):
            axes.annotate(
                words, (0, place), (-6, 10 * ((len(lines) - 1) / 2 - line)), fontsize=8.5,
                xycoords=axes.get_yaxis_transform(), textcoords="offset points", ha="right",
                va="center", color=INK,
            )  # fmt: skip
    axes.set_yticks([])
