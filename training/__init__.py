"""Features in, a registered and judged model out.

In the order in which data flows: `labels` (who left, when, and when that was known) · `panels`
(features and labels at many dates, split over time) · `churn` (LightGBM, and its score as a
calibrated probability) · `value` (tier and margin) · `evaluation` (out of time, by `statistics` and
`indicators`) · `explainer` (exact SHAP values) · `models` (the bundle as plain files, the MLflow
registry, the gate, the champion) · `report` with `pictures`. `pipeline` runs them in order, and
`backtest` does so at earlier dates.
`tables`, with `columns` and `forms`, does the same for any table with a label.

In a notebook: `training.panel`, `fit_churn`, `champion` and `explain`, on the pandas data of a home
(`training.notebook`).
"""

from __future__ import annotations

import typing as _typing

if _typing.TYPE_CHECKING:
    from training.notebook import Panel, champion, explain, fit_churn, panel

__all__ = ["Panel", "champion", "explain", "fit_churn", "panel"]


def __getattr__(name: str) -> _typing.Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Loaded at its first use: the command and the service start without what only they need.
    from training import notebook

    return getattr(notebook, name)


def __dir__() -> list[str]:
    """What a notebook completes: the functions, not what this file imports."""
    return sorted(__all__)
