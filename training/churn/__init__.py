"""The churn model: LightGBM on the panel, one model for prepaid and postpaid.

No resampling and no class weights: they would bend the probabilities. Categories become
numbers through maps learned before the test period and stored in the bundle; a category not in the
map is missing. Optuna chooses the shape on customers held out of the fit, never on the test.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.catalogue.families import Feature
from features.progress import Progress, silent
from training.encoding import Maps, Matrix, encode, learn_maps
from training.fit_settings import FitSettings
from training.panels import modelled, weights
from training.statistics.metrics import Floats

if TYPE_CHECKING:
    import lightgbm as lgb
    import optuna

EARLY_STOPPING_ROUNDS = 20
FOLDS = 3
MORE_TREES = 1.1  # of a fit on all customers over one without a fold of them
MAX_LOG_ODDS = 20.0  # log-odds: a fold whose others hold no churned customer says less than that
# Below this, threads wait for each other longer than they work; on a busy machine 50 times.
ROWS_FOR_THREADS = 50_000
MAX_BIN = 63  # five times as fast as 255, for 0.002 of AUC


@dataclass(frozen=True)
class Trial:
    """One fit of the search: parameters, log-loss, and when it ran in seconds of the epoch."""

    number: int
    parameters: dict[str, Any]
    log_loss: float
    began: float
    ended: float
    is_best: bool = False


@dataclass(frozen=True)
class ChurnModel:
    """A fitted booster, the columns it reads in order, the maps of its categories, the search.

    `held_out`: of the modelled calibration rows, in their order, the log-odds by a fit that saw no
    row of the same customer.
    """

    booster: lgb.Booster
    columns: tuple[str, ...]
    maps: Maps
    parameters: dict[str, Any]
    held_out: Floats
    trials: tuple[Trial, ...] = ()


def fit_churn(
    rows: pd.DataFrame,
    features: Sequence[Feature],
    settings: FitSettings,
    progress: Progress = silent,
) -> ChurnModel:
    """The best of `settings.trials` shapes, fitted on the fit and the calibration period together.

    `rows` as `training_panel` gives them. The customers are divided into `FOLDS`. A shape is judged
    by the log-loss on the customers of one of them, the number of trees by early stopping on each;
    the fits without a fold say what the calibration needs to know of its customers.
    """
    counted = modelled(rows)
    fit = counted & (rows["period"] != "test").to_numpy()
    columns = tuple(feature.name for feature in features)
    categories = [feature.name for feature in features if feature.is_category]
    maps = learn_maps(rows.loc[fit, categories], categories)
    left, fold = churned(rows)[fit], folds(rows[fit])
    threads = threads_for(int(fit.sum()))
    weight = weights(rows)[fit]
    whole = dataset(encode(rows, columns, maps, fit), left, columns, threads, weight)
    # Constructed at once, so that the numbers are let go and only their bins stay.
    whole.construct()
    parts = [_parted(whole, fold == own) for own in range(FOLDS)]
    # Small leaves of rare churners fit single customers.
    least_leaf = int(np.clip(fit.sum() // 400, 20, 200))
    best: tuple[float, lgb.Booster, dict[str, Any]] | None = None
    trials: list[Trial] = []

    def objective(trial: optuna.Trial) -> float:
        nonlocal best
        began = time.time()
        progress("fit", trial.number, settings.trials)
        parameters = _suggest(trial, settings, least_leaf) | {"num_threads": threads}
        booster = _stopped(parameters, *parts[0], settings.max_trees)
        loss = float(booster.best_score["valid_0"]["binary_logloss"])
        trees = {"num_trees": _trees(booster)}
        trials.append(Trial(trial.number, parameters | trees, loss, began, time.time()))
        if best is None or loss < best[0]:
            best = (loss, booster, parameters)
        return loss

    # Seconds at the start of every server, which fits nothing.
    import lightgbm as lgb
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=settings.seed))
    study.optimize(objective, n_trials=settings.trials)
    progress("fit", settings.trials, settings.trials)
    assert best is not None
    _, first, parameters = best
    boosters = [first]
    for number, (own, other) in enumerate(parts[1:], start=1):
        progress("folds", number, FOLDS)
        boosters.append(_stopped(parameters, own, other, settings.max_trees))
    progress("folds", FOLDS, FOLDS)
    trees = min(settings.max_trees, max(1, round(MORE_TREES * np.mean([*map(_trees, boosters)]))))
    booster = lgb.train(parameters, whole, num_boost_round=trees)
    late = (rows["period"] == "calibration").to_numpy()
    held_out = _held_out(boosters, encode(rows, columns, maps, fit & late), fold[late[fit]])
    tried = tuple(replace(one, is_best=one.number == study.best_trial.number) for one in trials)
    kept = lgb.Booster(model_str=booster.model_to_string())
    return ChurnModel(
        kept, columns, maps, parameters | {"num_trees": kept.num_trees()}, held_out, tried
    )


def folds(rows: pd.DataFrame) -> NDArray[np.intp]:
    """A fold from 0 on of each row, shape (n,): all rows of a customer are of one.

    Customers who ever left are dealt evenly, those who stayed too: so the others of each fold hold
    churned customers as soon as two of them are there.
    """
    customer, names = pd.factorize(rows["customer_id"])
    by_chance = np.argsort(pd.util.hash_array(np.asarray(names, dtype=object)), kind="stable")
    churner = np.bincount(customer, churned(rows), len(names))[by_chance] > 0
    found = np.empty(len(names), dtype=np.intp)
    for own in (churner, ~churner):
        found[by_chance[own]] = np.arange(own.sum())[::-1] % FOLDS
    return np.asarray(found[customer])


def _parted(whole: lgb.Dataset, apart: NDArray[np.bool_]) -> tuple[lgb.Dataset, lgb.Dataset]:
    """The rows of the other folds, and those apart; both of the whole's bins."""
    return whole.subset(np.flatnonzero(~apart)), whole.subset(np.flatnonzero(apart))


def _stopped(
    parameters: dict[str, Any], own: lgb.Dataset, other: lgb.Dataset, max_trees: int
) -> lgb.Booster:
    """A fit on `own` that ends where further trees do not help on `other`."""
    import lightgbm as lgb

    stopping = lgb.early_stopping(EARLY_STOPPING_ROUNDS, verbose=False)
    return lgb.train(
        parameters, own, num_boost_round=max_trees, valid_sets=[other], callbacks=[stopping]
    )


def _trees(booster: lgb.Booster) -> int:
    return int(booster.best_iteration or booster.current_iteration())


def _held_out(boosters: Sequence[lgb.Booster], matrix: Matrix, fold: NDArray[np.intp]) -> Floats:
    """The log-odds of each row by the fit without its fold, shape (n,)."""
    raw = np.empty(len(matrix))
    for own, booster in enumerate(boosters):
        apart = fold == own
        if apart.any():
            trees = _trees(booster)
            raw[apart] = booster.predict(matrix[apart], raw_score=True, num_iteration=trees)
    return np.clip(raw, -MAX_LOG_ODDS, MAX_LOG_ODDS)


def dataset(
    matrix: Matrix,
    label: Floats,
    columns: Sequence[str],
    threads: int,
    weight: Floats | None = None,
) -> lgb.Dataset:
    """An encoded matrix of shape (n, len(columns)) as LightGBM's bins, with its labels."""
    import lightgbm as lgb

    return lgb.Dataset(
        matrix,
        label,
        weight=weight,
        feature_name=list(columns),
        params={
            "max_bin": MAX_BIN,
            "feature_pre_filter": False,
            "num_threads": threads,
            "verbose": -1,
        },
    )


def threads_for(rows: int) -> int:
    """How many threads a fit on so many rows takes; 0: as many as there are cores."""
    return 1 if rows < ROWS_FOR_THREADS else 0


def churned(rows: pd.DataFrame) -> Floats:
    """The label: 1.0 for who left in the window, else 0.0, of shape (n,)."""
    return np.asarray(rows["outcome"] == "left", dtype=float)


def _suggest(trial: optuna.Trial, settings: FitSettings, least_leaf: int) -> dict[str, Any]:
    depth = trial.suggest_int("max_depth", min(3, settings.max_depth), settings.max_depth)
    return {
        "objective": "binary",
        "max_bin": MAX_BIN,
        "max_depth": depth,
        "num_leaves": trial.suggest_int("num_leaves", 6, 31),
        "learning_rate": trial.suggest_float("learning_rate", 0.08, 0.2, log=True),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", least_leaf, 4 * least_leaf),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.4, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "bagging_freq": 1,
        "lambda_l2": trial.suggest_float("lambda_l2", 1.0, 100.0, log=True),
        "seed": settings.seed,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "verbose": -1,
    }
