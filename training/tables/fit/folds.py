"""Folds that cannot be cheated: equal rows stand in one, whatever the order of the file.

A row's key is computed from what the model reads of it. Keys are mixed with the seed, so a fold
depends on contents alone: sorting the file, or its columns, changes nothing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import NotEnoughData
from training.statistics.metrics import Floats

Keys = NDArray[np.uint64]
Places = NDArray[np.intp]


def row_keys(rows: pd.DataFrame) -> Keys:
    """A key a row, equal where all values are; `rows` come from `training.columns.values`."""
    ordered = rows[sorted(rows.columns)]
    return np.asarray(pd.util.hash_pandas_object(ordered, index=False), dtype=np.uint64)


def folds(keys: Keys, churned: Floats, count: int, seed: int, setting: str = "--folds") -> Places:
    """The fold (from 0) of each row: equal keys together, both classes spread evenly.

    Raises NotEnoughData where a class has fewer different rows than there are folds; `setting`
    is where their number can be changed.
    """
    groups, group = np.unique(keys, return_inverse=True)
    sizes = np.bincount(group)
    positive = np.bincount(group, churned).astype(int)
    for name, own in (("positive", positive > 0), ("other", positive < sizes)):
        if own.sum() < count:
            raise NotEnoughData(
                f"only {own.sum()} different {name} rows for {count} folds; take fewer folds "
                f"({setting}) or more rows"
            )
    mixed = _mixed(groups, seed)
    placed = np.full(len(groups), -1, dtype=np.intp)
    filled = np.zeros((2, count), dtype=int)  # negatives and positives of each fold
    several = np.flatnonzero(sizes > 1)
    for one in several[np.lexsort((mixed[several], -sizes[several]))]:
        own = np.array([sizes[one] - positive[one], positive[one]])
        scarce = filled[1] if own[1] else filled[0]
        placed[one] = np.lexsort((filled.sum(axis=0), scarce))[0]
        filled[:, placed[one]] += own
    for label in (1, 0):
        single = np.flatnonzero((sizes == 1) & (positive == label))
        single = single[np.argsort(mixed[single], kind="stable")]
        placed[single] = _evenly(filled[label], len(single))
    return placed[group]


def _evenly(filled: NDArray[np.int_], more: int) -> Places:
    """Folds for `more` rows, one after the other always to the emptiest."""
    levels = filled[:, None] + np.arange(more)
    owners = np.repeat(np.arange(len(filled)), more)
    order = np.lexsort((owners, levels.ravel()))[:more]
    return owners[order]


def _mixed(keys: Keys, seed: int) -> Keys:
    """The keys in an order that only the seed decides (splitmix64, Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        mixed = keys + np.uint64(0x9E3779B97F4A7C15) * np.uint64(seed + 1)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
        return mixed ^ (mixed >> np.uint64(31))
