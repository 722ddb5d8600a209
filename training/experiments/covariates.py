"""What was known of customers before the draw, as numbers to compute with."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.experiments.trial import Numbers

MAX_LEVELS = 20  # of a category, each a column; the rest is one more
FEW_ROWS = 5  # a level of fewer is among the rest
EDGES = (0.2, 0.4, 0.6, 0.8)


def design(covariates: pd.DataFrame) -> Numbers:
    """(n, k) for a linear fit: numbers standardised and by rank, categories a column a level.

    A missing number is the median, and its being missing a column of its own. Columns that do not
    vary are dropped.
    """
    parts = [np.empty((len(covariates), 0))]
    for name in covariates.columns:
        values = covariates[name]
        parts.append(_of_number(values) if _is_number(values) else _of_levels(values))
    found = np.hstack(parts)
    spread = found.std(axis=0)
    scaled: Numbers = (found - found.mean(axis=0))[:, spread > 1e-9] / spread[spread > 1e-9]
    return scaled


def bins(covariates: pd.DataFrame) -> dict[str, Numbers]:
    """By column (n, k) of 0 and 1 that say in which fifth or level a row is; missing is one.

    Two arms that differ in any way within one column differ in one of these.
    """
    found = {}
    for name in covariates.columns:
        values = covariates[name]
        found[str(name)] = _fifths(values) if _is_number(values) else _of_levels(values)
    return found


def tree_matrix(covariates: pd.DataFrame) -> Numbers:
    """(n, columns) for trees: numbers as they are, missing as NaN, levels by how frequent."""
    found = np.empty(covariates.shape)
    for place, name in enumerate(covariates.columns):
        values = covariates[name]
        if _is_number(values):
            found[:, place] = values.to_numpy(dtype=float)
        else:
            counts = values.astype(str).value_counts()
            ranks = {level: rank for rank, level in enumerate(counts.index)}
            found[:, place] = values.astype(str).map(ranks)
    return found


def _is_number(values: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(values.dtype)


def _of_number(values: pd.Series) -> Numbers:
    numbers = values.to_numpy(dtype=float)
    missing = np.isnan(numbers)
    if missing.all():
        return np.empty((len(numbers), 0))
    filled = np.where(missing, np.median(numbers[~missing]), numbers)
    low, high = np.quantile(filled, (0.005, 0.995))
    rank = pd.Series(filled).rank().to_numpy() / len(filled) - 0.5
    return np.column_stack([np.clip(filled, low, high), rank, rank**2, missing.astype(float)])


def _fifths(values: pd.Series) -> Numbers:
    numbers = values.to_numpy(dtype=float)
    there = ~np.isnan(numbers)
    edges = np.unique(np.quantile(numbers[there], EDGES)) if there.any() else np.empty(0)
    part = np.where(there, np.searchsorted(edges, numbers, side="left"), len(edges) + 1)
    return _columns(pd.Series(part))


def _of_levels(values: pd.Series) -> Numbers:
    counts = values.astype(str).value_counts()
    kept = set(counts[counts >= FEW_ROWS].index[:MAX_LEVELS])
    return _columns(values.astype(str).where(values.astype(str).isin(kept), "\0rest"))


def _columns(levels: pd.Series) -> Numbers:
    code, names = pd.factorize(levels, sort=True)
    return np.asarray(code[:, None] == np.arange(len(names)), dtype=float)
