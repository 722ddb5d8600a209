"""The fit of a table, one recipe for all of them.

The rows are parted into inner folds. A member is fitted on all but one of them; the one excluded
stops it in time, and its risks there, which no member saw, choose the shape of the trees and
fit the calibration. Then each member of that shape has a twin, of as many trees but fitted on all
rows; the twins' mean is one booster (`joined`), the model. So every row is fitted on, and
no fit is judged on its own rows.

Depth stays at 6 and categories are numbers, as the exact fast reasons need it. The constants
were chosen on other tables than docs/comparison.md judges them by (docs/decisions/0014).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from training.churn import threads_for
from training.churn.calibration import EVERYONE, Calibration, fit_calibration
from training.columns import TableColumn
from training.encoding import Maps, Matrix, encode
from training.statistics.logistic import probability
from training.statistics.metrics import Floats, log_loss
from training.tables.fit.folds import Keys, Places, folds
from training.tables.fit.joined import join
from training.tables.fit.levels import fit_levels, fitting_matrix, thin_categories

MAX_BIN = 127
MAX_TREES = 400  # of a member
PATIENCE = 30  # trees without gain on the excluded fold
INNER_FOLDS = "inner_folds in settings/tables.toml"
# Two shapes: many interactions of few rows each, hardly held back, or a cautious sum of simple
# effects.
SHAPES: dict[str, dict[str, float]] = {
    "deep": {"max_depth": 6, "num_leaves": 31, "learning_rate": 0.1, "min_data_in_leaf": 10,
             "feature_fraction": 0.8, "feature_fraction_bynode": 0.8, "bagging_fraction": 0.9,
             "lambda_l2": 0.3},
    "shallow": {"max_depth": 3, "num_leaves": 8, "learning_rate": 0.12, "min_data_in_leaf": 20,
                "feature_fraction": 0.5, "bagging_fraction": 0.7, "lambda_l2": 10.0},
}  # fmt: skip


@dataclass(frozen=True)
class Fitted:
    """A fitted table: the booster, the maps of its categories, the calibration.

    `columns` are read in this order; `parameters` are the shape and the settings found for it.
    """

    booster: lgb.Booster
    columns: tuple[TableColumn, ...]
    maps: Maps
    calibration: Calibration
    parameters: dict[str, Any]


@dataclass(frozen=True)
class _Rows:
    """The rows to fit on, sorted; `matrix` encoded by the maps of all rows."""

    matrix: Matrix
    thin: Mapping[int, Places]
    churned: Floats
    fold: Places
    seed: int


@dataclass(frozen=True)
class _Members:
    """Each member's number of trees, and each row's raw score by the member that never saw it."""

    trees: tuple[int, ...]
    raw: Floats


def fit_table(
    rows: pd.DataFrame,
    churned: Floats,
    columns: Sequence[TableColumn],
    keys: Keys,
    inner_folds: int,
    seed: int,
) -> Fitted:
    """The recipe on all of `rows`, as `prepare` gives them; labels and keys of shape (n,).

    The order of rows and columns does not matter: rows are sorted by key, columns by name.
    Raises NotEnoughData where a class has fewer different rows than there are inner folds.
    """
    order = np.lexsort((churned, keys))
    rows, churned, keys = rows.iloc[order].reset_index(drop=True), churned[order], keys[order]
    read = tuple(sorted((one for one in columns if one.is_read), key=lambda one: one.name))
    fold = folds(keys, churned, inner_folds, seed + 1, INNER_FOLDS)
    maps = fit_levels(rows, churned, read)
    matrix = encode(rows, [column.name for column in read], maps)
    ordered = _Rows(matrix, thin_categories(rows, read), churned, fold, seed)
    fitted = {shape: _members(ordered, shape) for shape in SHAPES}
    chosen, raw = _best(fitted, churned)
    twins = [twin for shape in chosen for twin in _twins(ordered, shape, fitted[shape])]
    booster = join(twins)
    everyone = np.full(len(rows), EVERYONE, dtype=object)
    return Fitted(
        booster=booster,
        columns=read,
        maps=maps,
        calibration=fit_calibration(raw, churned, everyone),
        parameters={
            "shape": " and ".join(chosen),
            "members": len(twins),
            "num_trees": booster.num_trees(),
            "inner_folds": inner_folds,
            "seed": seed,
        },
    )


def _members(rows: _Rows, shape: str) -> _Members:
    """A member for each inner fold, stopped on it."""
    trees, raw = [], np.empty(len(rows.churned))
    for excluded, parameters, data, matrix in _by_fold(rows, shape):
        fit, stop = np.flatnonzero(rows.fold != excluded), np.flatnonzero(rows.fold == excluded)
        booster = lgb.train(
            parameters,
            data.subset(fit),
            num_boost_round=MAX_TREES,
            valid_sets=[data.subset(stop)],
            callbacks=[lgb.early_stopping(PATIENCE, verbose=False)],
        )
        raw[stop] = booster.predict(matrix[stop], raw_score=True)
        trees.append(booster.best_iteration or booster.current_iteration())
    return _Members(tuple(trees), raw)


def _twins(rows: _Rows, shape: str, members: _Members) -> list[lgb.Booster]:
    """For each member one of as many trees, fitted on all rows."""
    return [
        lgb.train(parameters, data, num_boost_round=trees)
        for trees, (_, parameters, data, _) in zip(
            members.trees, _by_fold(rows, shape), strict=True
        )
    ]


def _by_fold(rows: _Rows, shape: str) -> Iterator[tuple[int, dict[str, Any], lgb.Dataset, Matrix]]:
    """Each inner fold with what its member is fitted by and from: parameters, bins, matrix."""
    parameters = {
        "objective": "binary",
        "max_bin": MAX_BIN,
        "bagging_freq": 1,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "num_threads": threads_for(len(rows.matrix)),
        "verbose": -1,
        **SHAPES[shape],
    }
    data = None
    for excluded in range(rows.fold.max() + 1):
        own = fitting_matrix(rows.matrix, rows.thin, rows.churned, rows.fold, excluded)
        if data is None or rows.thin:
            data = lgb.Dataset(own, rows.churned, params=parameters).construct()
        yield excluded, parameters | {"seed": rows.seed + excluded}, data, own


def _best(fitted: dict[str, _Members], churned: Floats) -> tuple[tuple[str, ...], Floats]:
    """The shape, or all of them together, with the least log loss on rows not seen; raw scores."""
    once = np.ones(len(churned))

    def raw(shapes: tuple[str, ...]) -> Floats:
        mean: Floats = np.mean([fitted[shape].raw for shape in shapes], axis=0)
        return mean

    def loss(shapes: tuple[str, ...]) -> float:
        found = log_loss(churned, probability(raw(shapes)), once)
        assert found is not None, "every row counts once"
        return found

    best = min([*((shape,) for shape in fitted), tuple(fitted)], key=loss)
    return best, raw(best)
