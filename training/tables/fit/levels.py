"""Categories become numbers: each level its share of positives, mixed with the overall share.

(sum + 20 * share) / (rows + 20), so that rare levels stay near the rest (Micci-Barreca 2001).
Trees then cut the levels in the order of their risk. Levels of fewer than 3 rows, and those that
training never saw, are NaN, so that the model is fitted to unknown levels too; a missing value is
a level of its own.

A row must not see its own label in its number, nor the labels of the rows that stop its member:
within a level what a row has the others lack, and a member that fits this finds it confirmed in
every fold of the fit, and nowhere else. So where levels have few rows, each fold of a member is
fitted with maps of the folds that are neither itself nor the one excluded; the latter, with maps of
all others. (scikit-learn's TargetEncoder excludes the former alone.) Where levels have many rows,
a row's own part is too small to matter, and one map for all gives cleaner cuts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from training.columns import CATEGORY, TableColumn
from training.encoding import Maps, Matrix
from training.statistics.metrics import Floats
from training.tables.fit.folds import Places

SHRINK_ROWS = 20
MIN_ROWS = 3
MANY_ROWS = 100  # a level, on average: then a row's own label is less than a hundredth


def fit_levels(rows: pd.DataFrame, churned: Floats, columns: Sequence[TableColumn]) -> Maps:
    """A number for each level of each category; of a yes/no 0 and 1, whatever the labels."""
    maps: Maps = {}
    for column in columns:
        if column.kind == CATEGORY:
            level, names = pd.factorize(rows[column.name], sort=True)
            shares = _shares(np.bincount(level, churned).astype(float), np.bincount(level))
            known = zip(names, shares.tolist(), ~np.isnan(shares), strict=True)
            maps[column.name] = {str(name): share for name, share, there in known if there}
        elif column.is_category:
            maps[column.name] = {column.no: 0, column.yes: 1}
    return maps


def thin_categories(rows: pd.DataFrame, columns: Sequence[TableColumn]) -> dict[int, Places]:
    """By their place the categories whose levels have few rows, each row's level, shape (n,)."""
    found = {}
    for place, column in enumerate(columns):
        if column.kind == CATEGORY:
            level, names = pd.factorize(rows[column.name])
            if len(rows) < MANY_ROWS * len(names):
                found[place] = level
    return found


def fitting_matrix(
    matrix: Matrix, thin: Mapping[int, Places], churned: Floats, fold: Places, excluded: int
) -> Matrix:
    """The matrix of the member that fold `excluded` stops; itself where no category is thin.

    `matrix` is encoded by the maps of all rows, `thin` as `thin_categories` gives it. At least
    three folds, or no row is left to fit a level on.
    """
    if not thin:
        return matrix
    own = matrix.copy()
    cells = fold.max() + 1
    for place, level in thin.items():
        shape = (cells, level.max() + 1)
        cell = fold * shape[1] + level
        sums = np.bincount(cell, churned, minlength=cells * shape[1]).reshape(shape)
        rows = np.bincount(cell, minlength=cells * shape[1]).reshape(shape)
        for part in range(cells):
            hidden = sorted({part, excluded})
            shares = _shares(
                sums.sum(axis=0) - sums[hidden].sum(axis=0),
                rows.sum(axis=0) - rows[hidden].sum(axis=0),
            )
            own[fold == part, place] = shares[level[fold == part]]
    return own


def _shares(positives: Floats, rows: Places) -> Floats:
    """The number of each level, NaN where it is rare; all of shape (levels,)."""
    share = positives.sum() / rows.sum()
    found: Floats = (positives + SHRINK_ROWS * share) / (rows + SHRINK_ROWS)
    return np.where(rows >= MIN_ROWS, found, np.nan)
