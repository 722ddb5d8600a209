"""The churn model: LightGBM on the panel, one model for prepaid and postpaid.

No resampling and no class weights: they would bend the probabilities. Categories become
numbers through maps learned on the fit period alone and stored in the bundle; a category not
in the map is missing. Optuna chooses the shape on the calibration period, never on the test.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

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
    """A fitted booster, the columns it reads in order, the maps of its categories, the search."""

    booster: lgb.Booster
    columns: tuple[str, ...]
    maps: Maps
    parameters: dict[str, Any]
    trials: tuple[Trial, ...] = ()


def fit_churn(
    rows: pd.DataFrame,
    features: Sequence[Feature],
    settings: FitSettings,
    progress: Progress = silent,
) -> ChurnModel:
    """The best of `settings.trials` fits on the panel's fit period.

    `rows` as `training_panel` gives them. Judged by the log-loss on the calibration period;
    the number of trees follows from it too, by early stopping.
    """
    counted = modelled(rows)
    fit, later = (
        counted & (rows["period"] == period).to_numpy() for period in ("fit", "calibration")
    )
    columns = tuple(feature.name for feature in features)
    categories = [feature.name for feature in features if feature.is_category]
    maps = learn_maps(rows.loc[fit, categories], categories)
    left = churned(rows)
    threads = threads_for(int(fit.sum()))
    weight = weights(rows)
    train = dataset(encode(rows, columns, maps, fit), left[fit], columns, threads, weight[fit])
    # Constructed at once, so that the numbers are let go and only their bins stay.
    train.construct()
    later_matrix = encode(rows, columns, maps, later)
    valid = train.create_valid(
        later_matrix, left[later], weight=weight[later], params=train.params
    ).construct()
    # Small leaves of rare churners fit single customers.
    least_leaf = int(np.clip(fit.sum() // 400, 20, 200))
    best: tuple[float, lgb.Booster, dict[str, Any]] | None = None
    trials: list[Trial] = []

    def objective(trial: optuna.Trial) -> float:
        nonlocal best
        began = time.time()
        progress("fit", trial.number, settings.trials)
        parameters = _suggest(trial, settings, least_leaf) | {"num_threads": threads}
        booster = lgb.train(
            parameters,
            train,
            num_boost_round=settings.max_trees,
            valid_sets=[valid],
            callbacks=[lgb.early_stopping(EARLY_STOPPING_ROUNDS, verbose=False)],
        )
        loss = float(booster.best_score["valid_0"]["binary_logloss"])
        trees = {"num_trees": booster.best_iteration or booster.current_iteration()}
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
    _, booster, parameters = best
    trees = booster.best_iteration or booster.current_iteration()
    kept = lgb.Booster(model_str=booster.model_to_string(num_iteration=trees))
    tried = tuple(replace(one, is_best=one.number == study.best_trial.number) for one in trials)
    return ChurnModel(kept, columns, maps, parameters | {"num_trees": kept.num_trees()}, tried)


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
