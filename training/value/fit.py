"""Fitting the models of value: LightGBM on the value that customers had afterwards.

The margin is fitted as its change against the mean of the last three bills, as a share of the
mean bill and weighted by it, so that the sum of what is expected is the sum of what comes. What
moved everyone between two dates (a season, a price) is taken out before the fit and its mean
over the dates put back: less than two years do not separate a season from a trend.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.histories.bills.tiers import TIERS, Bounds
from features.progress import Progress, silent
from training.churn import MAX_BIN, dataset, threads_for
from training.encoding import Maps, Matrix, encode
from training.fit_settings import TrainingSettings
from training.statistics.metrics import Floats
from training.value import ValueModels, means, next_margin, next_tier, sums_of

HELD_OUT_SHARE = 0.2  # of the customers: they say when boosting has learned enough
EARLY_STOPPING_ROUNDS = 8
MIN_BILL_SHARE = 0.1  # of the mean bill: a change is not measured by less


def fit_value(
    rows: pd.DataFrame,
    columns: Sequence[str],
    maps: Maps,
    bounds: Bounds,
    settings: TrainingSettings,
    base_risk: Mapping[str, float],
    progress: Progress = silent,
) -> ValueModels:
    """The two models, fitted on the fit dates of `rows` (a `value_panel`)."""
    fit = (rows["period"] == "fit").to_numpy()
    held_out = fit & _held_out(rows["customer_id"], settings.fit.seed)
    learned = fit & ~held_out
    sums = sums_of(rows)
    bill, margin = means(sums)
    least_bill = MIN_BILL_SHARE * float(bill[fit].mean())
    scale = np.maximum(bill, least_bill)
    labels = {
        "tier": next_tier(rows, bounds).astype(float),
        "margin": _levelled((next_margin(rows) - margin) / scale, rows["as_of"], scale, fit),
    }
    weights = {"tier": np.ones(len(rows)), "margin": scale}
    threads = threads_for(int(fit.sum()))
    boosters = {}
    inputs = [encode(rows, columns, maps, where) for where in (learned, held_out)]
    for place, name in enumerate(labels):
        progress("value", place, len(labels))
        train, valid = (
            (matrix, labels[name][where], weights[name][where])
            for matrix, where in zip(inputs, (learned, held_out), strict=True)
        )
        boosters[name] = _boosted(name, train, valid, columns, settings, threads)
    progress("value", len(labels), len(labels))
    return ValueModels(
        boosters["tier"],
        boosters["margin"],
        least_bill,
        dict(base_risk),
        settings.value.annual_discount,
    )


def _held_out(customers: pd.Series, seed: int) -> NDArray[np.bool_]:
    codes, names = pd.factorize(customers, sort=True)
    drawn: NDArray[np.bool_] = np.random.default_rng(seed).random(len(names)) < HELD_OUT_SHARE
    return drawn[codes]


def _levelled(change: Floats, dates: pd.Series, weight: Floats, fit: NDArray[np.bool_]) -> Floats:
    """The changes with each date's mean replaced by the mean over the fit dates."""
    level = np.average(change[fit], weights=weight[fit])
    levelled = change.copy()
    for date in dates[fit].unique():
        own = fit & (dates == date).to_numpy()
        levelled[own] += level - np.average(change[own], weights=weight[own])
    return levelled


def _boosted(
    name: str,
    train: tuple[Matrix, Floats, Floats],
    valid: tuple[Matrix, Floats, Floats],
    columns: Sequence[str],
    settings: TrainingSettings,
    threads: int,
) -> lgb.Booster:
    data = dataset(train[0], train[1], columns, threads, train[2])
    booster = lgb.train(
        _parameters(name, settings, len(train[0])) | {"num_threads": threads},
        data,
        num_boost_round=settings.value.rounds,
        valid_sets=[data.create_valid(valid[0], valid[1], weight=valid[2])],
        callbacks=[lgb.early_stopping(EARLY_STOPPING_ROUNDS, verbose=False)],
    )
    rounds = booster.best_iteration or booster.current_iteration()
    return lgb.Booster(model_str=booster.model_to_string(num_iteration=rounds))


def _parameters(name: str, settings: TrainingSettings, rows: int) -> dict[str, Any]:
    objective = {"objective": "multiclass", "num_class": len(TIERS)}
    return {
        **(objective if name == "tier" else {"objective": "regression"}),
        "max_depth": settings.fit.max_depth,
        "num_leaves": 15,
        "learning_rate": 0.15,
        "min_data_in_leaf": int(np.clip(rows // 400, 20, 200)),
        "feature_fraction": 0.3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 10.0,
        "max_bin": MAX_BIN,
        "seed": settings.fit.seed,
        "deterministic": True,
        "force_row_wise": True,
        "feature_pre_filter": False,
        "verbose": -1,
    }
