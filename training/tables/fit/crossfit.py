"""Risks out of fold, and the figures by which they are judged.

For each fold everything is fitted on the others: levels, trees, their number, calibration. The
figures are of the sample as it is; a prior for another population changes no ranking and is not
judged here. Intervals are 95 %, over groups of equal rows (`training.statistics.resamples`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.progress import Progress, silent
from training.churn.calibration import EVERYONE
from training.columns import TableColumn
from training.encoding import encode
from training.statistics.metrics import Floats, log_loss
from training.statistics.ranking import MEASURES, Weighed, rank
from training.statistics.resamples import Key, intervals
from training.tables.fit.folds import Keys, Places
from training.tables.fit.recipe import Fitted, fit_table
from training.tables.table_settings import TableSettings


def crossfit(
    rows: pd.DataFrame,
    churned: Floats,
    columns: Sequence[TableColumn],
    keys: Keys,
    fold: Places,
    settings: TableSettings,
    progress: Progress = silent,
) -> Floats:
    """The risk of each row by a fit on all folds but its own, shape (n,).

    Raises NotEnoughData where too few different rows of a class are left to fit on.
    """
    risk = np.empty(len(churned))
    names = np.unique(fold)
    for place, own in enumerate(names):
        progress("folds", place, len(names))
        judged = fold == own
        fitted = fit_table(
            rows[~judged],
            churned[~judged],
            columns,
            keys[~judged],
            settings.inner_folds,
            settings.seed,
        )
        risk[judged] = fitted_risk(fitted, rows[judged])
    progress("folds", len(names), len(names))
    return risk


def fitted_risk(fitted: Fitted, rows: pd.DataFrame) -> Floats:
    """Calibrated risks of rows as `prepare` gives them, shape (n,)."""
    matrix = encode(rows, [column.name for column in fitted.columns], fitted.maps)
    raw = np.asarray(fitted.booster.predict(matrix, raw_score=True))
    return fitted.calibration.risk(raw, np.full(len(raw), EVERYONE, dtype=object))


def figures(
    churned: Floats,
    risk: Floats,
    keys: Keys,
    settings: TableSettings,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Every figure of the risks, each with its interval; null where the rows do not suffice."""
    groups, group = np.unique(keys, return_inverse=True)
    ranked = rank(churned, risk)
    # In the order of risk, as the ranking counts its weights.
    group, churned, risk = group[ranked.order], ranked.churned, ranked.risk

    def statistics(times: Floats) -> dict[Key, float | None]:
        weighed = Weighed(ranked, times[group])
        found: dict[Key, float | None] = {
            (name,): measure(weighed) for name, measure in MEASURES.items()
        }
        found[("log_loss",)] = log_loss(churned, risk, times[group])
        return found

    bounds = intervals(statistics, len(groups), settings.bootstrap, settings.seed, progress)
    found: dict[str, Any] = {"rows": len(churned), "positives": int(churned.sum())}
    found["distinct_rows"] = len(groups)
    for (name,), value in statistics(np.ones(len(groups))).items():
        found |= {name: value, f"{name}_interval": bounds[(name,)]}
    return found
