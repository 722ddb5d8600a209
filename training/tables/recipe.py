"""The fit of a table, one recipe for all of them.

The rows are parted into inner folds. A member is fitted on all but one of them; the one left out
stops it in time, and its risks there, which no member saw, choose the shape of the trees and
fit the calibration. The members' mean is one booster (`joined`). So every row is learned from,
and nothing is judged on what it learned from.

Depth stays at 6 and categories are numbers, as the exact fast reasons need it. The constants
were chosen on other tables than docs/comparison.md judges them by (docs/decisions/0014).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from training.calibration import EVERYONE, Calibration, fit_calibration
from training.churn import threads_for
from training.encoding import Maps, Matrix, encode
from training.logistic import probability
from training.metrics import Floats, log_loss
from training.tables.columns import Column
from training.tables.folds import Keys, Places, folds
from training.tables.joined import join
from training.tables.levels import fitting_matrix, learn_levels, thin_categories

MAX_BIN = 255
MOST_TREES = 400  # of a member
PATIENCE = 30  # trees without gain on the fold left out
INNER_FOLDS = "inner_folds in settings/tables.toml"
# Two shapes: many interactions of few rows each, or a cautious sum of simple effects.
SHAPES: dict[str, dict[str, float]] = {
    "deep": {"max_depth": 6, "num_leaves": 31, "learning_rate": 0.08, "min_data_in_leaf": 10,
             "feature_fraction": 0.6, "bagging_fraction": 0.8, "lambda_l2": 3.0},
    "shallow": {"max_depth": 3, "num_leaves": 8, "learning_rate": 0.06, "min_data_in_leaf": 20,
                "feature_fraction": 0.5, "bagging_fraction": 0.7, "lambda_l2": 10.0},
}  # fmt: skip


@dataclass(frozen=True)
class Fitted:
    """A fitted table: the booster, the maps of its categories, the calibration.

    `columns` are read in this order; `parameters` tell the shape and what came of it.
    """

    booster: lgb.Booster
    columns: tuple[Column, ...]
    maps: Maps
    calibration: Calibration
    parameters: dict[str, Any]


@dataclass(frozen=True)
class _Members:
    """The boosters of one shape, and the raw score of each row by the member that never saw it."""

    boosters: tuple[lgb.Booster, ...]
    raw: Floats


def fit_table(
    rows: pd.DataFrame,
    churned: Floats,
    columns: Sequence[Column],
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
    maps = learn_levels(rows, churned, read)
    matrix = encode(rows, [column.name for column in read], maps)
    thin = thin_categories(rows, read)
    fitted = {
        name: _members(matrix, thin, churned, fold, shape, seed) for name, shape in SHAPES.items()
    }
    chosen, members = _best(fitted, churned)
    everyone = np.full(len(rows), EVERYONE, dtype=object)
    booster = join(members.boosters)
    return Fitted(
        booster=booster,
        columns=read,
        maps=maps,
        calibration=fit_calibration(members.raw, churned, everyone),
        parameters={
            "shape": chosen,
            "members": len(members.boosters),
            "num_trees": booster.num_trees(),
            "inner_folds": inner_folds,
            "seed": seed,
        },
    )


def _members(
    matrix: Matrix,
    thin: Mapping[int, Places],
    churned: Floats,
    fold: Places,
    shape: dict[str, float],
    seed: int,
) -> _Members:
    """A member for each inner fold, stopped on it."""
    parameters = {
        "objective": "binary",
        "max_bin": MAX_BIN,
        "bagging_freq": 1,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "num_threads": threads_for(len(matrix)),
        "verbose": -1,
        **shape,
    }
    data = None
    boosters, raw = [], np.empty(len(churned))
    for left_out in range(fold.max() + 1):
        own = fitting_matrix(matrix, thin, churned, fold, left_out)
        if data is None or thin:
            data = lgb.Dataset(own, churned, params=parameters).construct()
        fit, stop = np.flatnonzero(fold != left_out), np.flatnonzero(fold == left_out)
        booster = lgb.train(
            parameters | {"seed": seed + left_out},
            data.subset(fit),
            num_boost_round=MOST_TREES,
            valid_sets=[data.subset(stop)],
            callbacks=[lgb.early_stopping(PATIENCE, verbose=False)],
        )
        raw[stop] = booster.predict(own[stop], raw_score=True)
        trees = booster.best_iteration or booster.current_iteration()
        boosters.append(lgb.Booster(model_str=booster.model_to_string(num_iteration=trees)))
    return _Members(tuple(boosters), raw)


def _best(fitted: dict[str, _Members], churned: Floats) -> tuple[str, _Members]:
    """The shape, or all of them together, with the least log loss on rows not seen."""
    together = _Members(
        tuple(booster for members in fitted.values() for booster in members.boosters),
        np.mean([members.raw for members in fitted.values()], axis=0),
    )
    tried = fitted | {" and ".join(fitted): together}
    once = np.ones(len(churned))

    def loss(name: str) -> float:
        told = log_loss(churned, probability(tried[name].raw), once)
        assert told is not None, "every row counts once"
        return told

    best = min(tried, key=loss)
    return best, tried[best]
