"""Pictures of a model, made to be read: calibration, and one customer's explanation.

Figures are made without a display and without matplotlib's global state.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from features.atomic import replacing
from training.metrics import Floats

INK, ACCENT = "#1f2933", "#c2410c"


def calibration_curve(churned: Floats, risk: Floats, groups: int = 10) -> Figure:
    """Observed churn against expected, by groups of equal size, on logarithmic axes."""
    figure = Figure(figsize=(5.6, 5.2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    parts = np.array_split(np.argsort(risk, kind="stable"), min(groups, max(1, len(risk))))
    points = np.array([(risk[part].mean(), churned[part].mean()) for part in parts if len(part)])
    expected, observed = points.reshape(-1, 2).T
    seen = observed > 0
    low = float(min(expected.min(initial=1.0), observed[seen].min(initial=1.0))) / 1.5
    axes.plot([low, 1], [low, 1], color=INK, linewidth=0.8, label="calibrated")
    axes.plot(expected[seen], observed[seen], "o-", color=ACCENT, label="test period")
    axes.set(xscale="log", yscale="log", xlabel="expected churn", ylabel="observed churn")
    high = float(expected.max(initial=low))
    axes.set_xlim(low, min(1.0, high * 2))
    axes.set_ylim(low, min(1.0, observed.max(initial=high) * 2))
    axes.set_title(f"Calibration in {len(points)} groups of equal size")
    axes.legend(frameon=False)
    return figure


def save_waterfall(
    path: Path,
    title: str,
    names: Sequence[str],
    values: Sequence[str],
    contributions: Floats,
) -> None:
    """Write a shap waterfall of one customer's raw score as a PNG.

    `contributions` has one number a feature and the expected value last; `names` and `values`
    say what each feature is and what it was, in words.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import shap

    explanation = shap.Explanation(
        values=contributions[:-1],
        base_values=float(contributions[-1]),
        data=np.array(values, dtype=object),
        feature_names=list(names),
    )
    plt.figure()
    try:
        shap.plots.waterfall(explanation, max_display=10, show=False)
        plt.gcf().set_size_inches(11, 6)
        plt.title(title, fontsize=12, loc="left")
        with replacing(path) as aside:
            plt.savefig(aside, format="png", dpi=120, bbox_inches="tight")
    finally:
        plt.close()
