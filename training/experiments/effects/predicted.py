"""What each row's outcome would have been expected to be before the draw, out of fold.

The arm is not among the inputs: the prediction only explains what differs between customers
anyway. It is fitted on the other folds, clusters kept together, so that no row explains itself.
A ridge regression and, with enough rows, boosted trees (LightGBM) are mixed by what predicts best
out of fold. A risk that was known before contact is one covariate among the others.
"""

from __future__ import annotations

from collections.abc import Callable

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from training.experiments.covariates import design, tree_matrix
from training.experiments.effects.clustered import clusters_of
from training.experiments.trial import Numbers, Trial

FOLDS = 5
MIN_UNITS = 60  # clusters; with fewer, a prediction is noise
MIN_TREE_ROWS = 1_500
PENALTIES = np.logspace(-1, 6, 15)
TREES = 120
SHAPE = {
    "objective": "regression",
    "learning_rate": 0.06,
    "num_leaves": 15,
    "min_data_in_leaf": 40,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # threads that wait for each other cost more than they save here
    "verbose": -1,
}
MIXES = (0.0, 0.5, 1.0)  # the share of the trees

Fit = Callable[[Numbers, Numbers, Numbers, int], Numbers]


def predicted(trial: Trial, values: Numbers, seed: int) -> Numbers | None:
    """(n,) the prediction of `values`; null where there is too little to predict from."""
    clusters = clusters_of(trial)
    if trial.covariates.shape[1] == 0 or clusters.count < MIN_UNITS or np.ptp(values) == 0:
        return None
    fold = np.random.default_rng(seed).permutation(clusters.count)[clusters.of] % FOLDS
    by_ridge = _out_of_fold(_ridge, design(trial.covariates), values, fold, seed)
    if len(values) < MIN_TREE_ROWS:
        return by_ridge
    by_trees = _out_of_fold(_trees, tree_matrix(trial.covariates), values, fold, seed)
    mixed = [share * by_trees + (1 - share) * by_ridge for share in MIXES]
    return min(mixed, key=lambda one: float(np.mean((values - one) ** 2)))


def _out_of_fold(
    fit: Fit, matrix: Numbers, values: Numbers, fold: NDArray[np.intp], seed: int
) -> Numbers:
    found = np.empty(len(values))
    for own in range(FOLDS):
        judged = fold == own
        found[judged] = fit(matrix[~judged], values[~judged], matrix[judged], seed + own)
    return found


def _ridge(matrix: Numbers, values: Numbers, judged: Numbers, seed: int) -> Numbers:
    """By ridge regression, its penalty the one that predicts a fifth of the rows best."""
    held = np.random.default_rng(seed).random(len(values)) < 1 / FOLDS
    if not held.any() or held.all():
        return np.full(len(judged), values.mean())
    tried = _paths(matrix[~held], values[~held], matrix[held])
    loss = ((tried - values[held][:, None]) ** 2).mean(axis=0)
    return _paths(matrix, values, judged)[:, int(loss.argmin())]


def _paths(matrix: Numbers, values: Numbers, judged: Numbers) -> Numbers:
    """(judged, penalties) what each penalty predicts."""
    centre, mean = matrix.mean(axis=0), values.mean()
    own = matrix - centre
    spread, axes = np.linalg.eigh(own.T @ own)
    along = axes.T @ (own.T @ (values - mean))
    slopes = axes @ (along[:, None] / (np.maximum(spread, 0)[:, None] + PENALTIES))
    return np.asarray(mean + (judged - centre) @ slopes, dtype=float)


def _trees(matrix: Numbers, values: Numbers, judged: Numbers, seed: int) -> Numbers:
    parameters = SHAPE | {"seed": seed}
    booster = lgb.train(parameters, lgb.Dataset(matrix, values), num_boost_round=TREES)
    return np.asarray(booster.predict(judged, num_threads=1), dtype=float)
