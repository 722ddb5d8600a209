"""Categories become numbers: each level its share of positives, mixed with the overall share.

(sum + 20 * share) / (rows + 20), so that rare levels stay near the rest (Micci-Barreca 2001).
Trees then cut the levels in the order of their risk. Levels of fewer than 3 rows, and those that
training never saw, are NaN, so the model learns what an unknown level means; a missing value is
a level of its own.

A row must not see its own label in its number. The rows of a category with many levels are
fitted with maps learned on the other folds (as scikit-learn's TargetEncoder does); with few
levels a row's own part is too small to matter, and one map for all gives cleaner cuts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from training.encoding import Maps, Matrix, encode
from training.metrics import Floats
from training.tables.columns import CATEGORY, Column
from training.tables.folds import Places

SHRINK_ROWS = 20
LEAST_ROWS = 3
FEW_LEVELS = 16


def learn_levels(rows: pd.DataFrame, churned: Floats, columns: Sequence[Column]) -> Maps:
    """A number for each level of each category; of a yes/no 0 and 1, whatever the labels."""
    maps: Maps = {}
    for column in columns:
        if column.kind == CATEGORY:
            maps[column.name] = _shares(rows[column.name], churned)
        elif column.is_category:
            maps[column.name] = {column.no: 0, column.yes: 1}
    return maps


def fitting_matrix(
    rows: pd.DataFrame, churned: Floats, columns: Sequence[Column], maps: Maps, fold: Places
) -> Matrix:
    """The matrix to fit on, shape (n, columns): many levels by maps of the other folds."""
    names = [column.name for column in columns]
    matrix = encode(rows, names, maps)
    for place, column in enumerate(columns):
        if column.kind != CATEGORY or rows[column.name].nunique() <= FEW_LEVELS:
            continue
        values = rows[column.name].astype("object")
        for own in np.unique(fold):
            other = fold != own
            shares = _shares(values[other], churned[other])
            matrix[~other, place] = values[~other].map(shares).to_numpy(dtype=float)
    return matrix


def _shares(values: pd.Series, churned: Floats) -> dict[str, float]:
    levels, names = pd.factorize(values, sort=True)
    sums, rows = np.bincount(levels, churned), np.bincount(levels)
    shares = (sums + SHRINK_ROWS * churned.mean()) / (rows + SHRINK_ROWS)
    return {
        str(name): float(shares[place])
        for place, name in enumerate(names)
        if rows[place] >= LEAST_ROWS
    }
