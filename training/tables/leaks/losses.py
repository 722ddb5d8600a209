"""What a model loses without a column: its AUC on held-out rows, with it and without it.

One small fit per fold reads all columns. The columns that matter most are found by permuting each
in the held-out rows; for those alone the model is fitted again without them, since a permuted
column misleads where others would have stood in for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd

from training.churn import threads_for
from training.columns import TableColumn
from training.encoding import Matrix, encode
from training.statistics.metrics import Floats, auc
from training.tables.fit.folds import Places
from training.tables.fit.levels import fit_levels

MAX_ROWS = 20_000  # of a larger table as many by chance: AUC within 0.01 or so
REFITTED = 3  # columns that the model is fitted without
TREES = 100
SHAPE: dict[str, Any] = {
    "objective": "binary", "max_depth": 6, "num_leaves": 15, "learning_rate": 0.1,
    "min_data_in_leaf": 20, "lambda_l2": 1.0, "max_bin": 127, "deterministic": True,
    "force_row_wise": True, "verbose": -1,
}  # fmt: skip


@dataclass(frozen=True)
class Losses:
    """The AUC on held-out rows with all columns, and by column that without it.

    `without` has the columns that matter most, the greatest loss first.
    """

    auc: float
    without: dict[str, float]


@dataclass(frozen=True)
class _Fold:
    booster: lgb.Booster
    held_out: Places
    matrix: Matrix


def losses(
    rows: pd.DataFrame, churned: Floats, columns: Sequence[TableColumn], fold: Places, seed: int
) -> Losses:
    """`rows` as `prepare` gives them, labels and folds of shape (n,); at least two columns."""
    random = np.random.default_rng(seed)
    if len(rows) > MAX_ROWS:
        some = np.sort(random.permutation(len(rows))[:MAX_ROWS])
        rows, churned, fold = rows.iloc[some], churned[some], fold[some]
    read = sorted((one for one in columns if one.is_read), key=lambda one: one.name)
    folds = [_fitted(rows, churned, read, fold == own, seed) for own in np.unique(fold)]
    matter = [_permuted(folds, churned, place, random) for place in range(len(read))]
    first = np.argsort(matter, kind="stable")[:REFITTED]
    without = {}
    for place in first:
        rest = [one for one in read if one is not read[place]]
        again = [_fitted(rows, churned, rest, fold == own, seed) for own in np.unique(fold)]
        without[read[place].name] = _auc(again, churned)
    return Losses(_auc(folds, churned), dict(sorted(without.items(), key=lambda one: one[1])))


def _fitted(
    rows: pd.DataFrame, churned: Floats, columns: list[TableColumn], own: Places, seed: int
) -> _Fold:
    """A fit on all rows but a fold's own, which it is judged by."""
    names = [column.name for column in columns]
    maps = fit_levels(rows[~own], churned[~own], columns)
    parameters = SHAPE | {"seed": seed, "num_threads": threads_for(len(rows))}
    data = lgb.Dataset(encode(rows[~own], names, maps), churned[~own])
    booster = lgb.train(parameters, data, num_boost_round=TREES)
    return _Fold(booster, np.flatnonzero(own), encode(rows[own], names, maps))


def _permuted(
    folds: list[_Fold], churned: Floats, place: int, random: np.random.Generator
) -> float:
    """The AUC where one column's values are permuted within each held-out fold."""
    changed = []
    for one in folds:
        matrix = one.matrix.copy()
        matrix[:, place] = random.permutation(matrix[:, place])
        changed.append(_Fold(one.booster, one.held_out, matrix))
    return _auc(changed, churned)


def _auc(folds: list[_Fold], churned: Floats) -> float:
    raw = np.empty(len(churned))
    for one in folds:
        raw[one.held_out] = one.booster.predict(one.matrix, raw_score=True)
    found = auc(churned, raw, np.ones(len(churned)))
    assert found is not None, "both classes are there"
    return found
