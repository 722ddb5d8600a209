"""A cross-fitted regression that a few rows cannot mislead: small trees, their mean kept in check.

One member for each fold, fitted on all others. All have the same number of trees, the one at
which their summed error on rows they did not see is least; the prediction is their mean. Then it is
shrunk to the mean of the target by the slope of the target on the predictions of members that did
not see it, itself shrunk by its own error (James and Stein 1961): pure noise leaves the mean.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.encoding import Matrix
from training.statistics.logistic import Floats

MAX_BIN = 63
SHAPE = {"num_leaves": 7, "max_depth": 3, "learning_rate": 0.1, "lambda_l2": 10.0,
         "feature_fraction_bynode": 0.8, "bagging_fraction": 0.8, "bagging_freq": 1,
         "cat_smooth": 20, "cat_l2": 20}  # fmt: skip
MAX_TREES = 80
PATIENCE = 10  # trees of every member without gain
LEAF_SHARE = 0.02  # of the rows, at least in each leaf
MIN_LEAF = 10


@dataclass(frozen=True)
class Table:
    """What trees are fitted on: the matrix, which places are categories, the fold of each row."""

    matrix: Matrix
    categorical: list[int]
    fold: NDArray[np.intp]
    seed: int

    def rows(self, chosen: NDArray[np.bool_]) -> Table:
        """The same of some rows."""
        return replace(self, matrix=self.matrix[chosen], fold=self.fold[chosen])


@dataclass(frozen=True)
class Boosted:
    """Members, one for each fold; `level` and `slope` of the shrinkage; `own` the (n,) predictions
    of the rows that were fitted, each by the member that did not see it."""

    members: tuple[lgb.Booster, ...]
    centres: tuple[float, ...]
    trees: int
    level: float
    slope: float
    own: Floats

    def predict(self, matrix: Matrix, member: int | None = None) -> Floats:
        """(n,) the mean of the members, or one of them, shrunk."""
        chosen = range(len(self.members)) if member is None else [member]
        if not self.slope:
            return np.full(len(matrix), self.level)
        parts = [
            _predicted(self.members[one], matrix, self.trees) - self.centres[one] for one in chosen
        ]
        shrunk: Floats = self.level + self.slope * np.mean(parts, axis=0)
        return shrunk


def boost(table: Table, target: Floats, *, is_event: bool = False) -> Boosted:
    """Fit `target`, by log loss where it is 0 or 1 (`is_event`), else by squared error.

    (n,), or (n, folds) where the member of each fold has targets of its own.
    """
    names = np.unique(table.fold)
    targets = np.broadcast_to(target.reshape(len(target), -1), (len(target), len(names)))
    data = _bins(table, is_event)
    started = [
        _start(table, data.set_label(targets[:, place]), fold, is_event)
        for place, fold in enumerate(names)
    ]
    trees = _grow(started, np.bincount(np.searchsorted(names, table.fold)))
    members = tuple(started)
    moved, own, centres = np.empty(len(target)), np.empty(len(target)), []
    for place, fold in enumerate(names):
        held = table.fold == fold
        centres.append(float(targets[~held, place].mean()))
        raw = _predicted(members[place], table.matrix[held], trees)
        moved[held], own[held] = raw - centres[place], targets[held, place]
    slope, level = shrunk_slope(own, moved), float(own.mean())
    return Boosted(members, tuple(centres), trees, level, slope, level + slope * moved)


def _bins(table: Table, is_event: bool) -> lgb.Dataset:
    """The matrix in bins, made once for all members."""
    return lgb.Dataset(
        table.matrix,
        np.zeros(len(table.matrix)),
        categorical_feature=table.categorical,
        params=_parameters(table, is_event),
        free_raw_data=False,
    ).construct()


def shrunk_slope(target: Floats, moved: Floats) -> float:
    """Between 0 and 1: how much of `moved`, predictions about 0, `target` bears out.

    >>> shrunk_slope(np.array([0.0, 2.0, 0.0, 2.0]), np.array([-1.0, 1.0, -1.0, 1.0]))
    1.0
    """
    centred = moved - moved.mean()
    power = float(centred @ centred)
    if power <= 1e-12 * len(target):
        return 0.0
    residual = target - target.mean()
    slope = float(centred @ residual) / power
    error = float((centred**2) @ (residual - slope * centred) ** 2) / power**2
    if slope <= 0:
        return 0.0
    return float(np.clip(slope * max(0.0, 1 - error / slope**2), 0, 1))


def _start(table: Table, data: lgb.Dataset, fold: int, is_event: bool) -> lgb.Booster:
    """A member without trees, to be fitted on all folds but one and judged on that one."""
    fit, held = np.flatnonzero(table.fold != fold), np.flatnonzero(table.fold == fold)
    parameters = _parameters(table, is_event) | {"seed": table.seed + int(fold)}
    member = lgb.Booster(parameters, data.subset(fit))
    member.add_valid(data.subset(held), "held")
    return member


def _grow(members: list[lgb.Booster], rows: NDArray[np.intp]) -> int:
    """Grow all members tree by tree; the number of trees of the least error on rows not seen."""
    losses: list[float] = []
    while len(losses) < MAX_TREES and len(losses) - np.argmin([*losses, np.inf]) <= PATIENCE:
        for member in members:
            member.update()
        losses.append(
            sum(
                count * member.eval_valid()[0][2]
                for count, member in zip(rows, members, strict=True)
            )
        )
    return int(np.argmin(losses)) + 1


def _predicted(member: lgb.Booster, matrix: Matrix, trees: int) -> Floats:
    """By the first so many trees; in one thread, since several wait for each other (see churn)."""
    return np.asarray(member.predict(matrix, num_iteration=trees, num_threads=1))


def _parameters(table: Table, is_event: bool) -> dict[str, Any]:
    rows = len(table.fold)
    return {
        "objective": "binary" if is_event else "regression",
        "metric": "binary_logloss" if is_event else "l2",
        "max_bin": MAX_BIN,
        "min_data_in_leaf": max(MIN_LEAF, int(LEAF_SHARE * rows)),
        "min_data_per_group": max(MIN_LEAF, int(LEAF_SHARE * rows)),
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "num_threads": 1,
        "verbose": -1,
        **SHAPE,
    }
