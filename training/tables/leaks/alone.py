"""How well a column ranks by itself, judged on folds that its rates are not fitted on.

The separation is the distance between the two classes in standard deviations, as if both were
normal: sqrt(2) * z(AUC) from the whole curve, z(share of positives found) - z(share of the others
found) at one point of it (Green and Swets 1966). For a flag or a category the latter says more: one
that is filled for 70 % of the churners and 3 % of the others has an AUC of 0.84 only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from training.statistics.metrics import Floats, auc
from training.tables.fit.folds import Places

MAX_BINS = 64
SHRINK = 10.0  # rows of the overall rate that each bin's own is mixed with
ONE_SIDED = 1.64  # standard errors below the estimate: separations are lower bounds (95 %)
FOUND = (0.45, 0.9)  # shares of the rarer class at which a point of the curve is read


@dataclass(frozen=True)
class Alone:
    """AUC of a column by itself, and its separation.

    At the point of the curve that separates most, it finds the shares `found` of the rarer class
    and `among` of the other; null where no point lies within `FOUND`.
    """

    auc: float
    separation: float
    found: float | None = None
    among: float | None = None


def alone(values: pd.Series, churned: Floats, fold: Places) -> Alone:
    """Both classes must be there; `values` as `prepare` gives them, `fold` of shape (n,)."""
    rate = _rates(values, churned, fold)
    area = auc(churned, rate, np.ones(len(churned)))
    assert area is not None, "both classes are there"
    whole = separation(area - ONE_SIDED * _auc_error(area, churned))
    point = _sharpest(rate, churned)
    if point is None:
        return Alone(area, whole)
    sharp, found, among = point
    return Alone(area, max(whole, sharp), found, among)


def auc_alone(values: pd.Series, churned: Floats, fold: Places) -> float | None:
    """AUC of the rate of the column's own bins or levels, fitted on the other folds."""
    return auc(churned, _rates(values, churned, fold), np.ones(len(churned)))


def separation(area: float) -> float:
    """The distance of two normal classes of which an AUC is known, in standard deviations.

    >>> round(separation(0.93), 2)
    2.09
    """
    return float(np.sqrt(2) * norm.ppf(np.clip(area, 1e-4, 1 - 1e-4)))


def _rates(values: pd.Series, churned: Floats, fold: Places) -> Floats:
    """(n,) the rate of each row's bin or level on the other folds, less their overall rate."""
    bins = _bins(values)
    rate = np.full(len(values), np.nan)
    for own in np.unique(fold):
        other = fold != own
        mean = churned[other].mean()
        sums = np.bincount(bins[other], churned[other], minlength=bins.max() + 1)
        sizes = np.bincount(bins[other], minlength=bins.max() + 1)
        # Against the mean of the very rows it was fitted on, or folds would differ by it.
        lift = (sums + SHRINK * mean) / (sizes + SHRINK) - mean
        rate[~other] = lift[bins[~other]]
    return rate


def _bins(values: pd.Series) -> Places:
    """A bin a row: levels of a category, quantiles of a number; missing is one of its own."""
    if not pd.api.types.is_float_dtype(values.dtype):
        return pd.factorize(values)[0]
    numbers = values.to_numpy(dtype=float)
    there = ~np.isnan(numbers)
    distinct = np.unique(numbers[there])
    if len(distinct) > MAX_BINS:
        distinct = np.unique(np.quantile(numbers[there], np.linspace(0, 1, MAX_BINS + 1)[1:-1]))
    return np.where(there, np.searchsorted(distinct, numbers, side="right"), len(distinct) + 1)


def _auc_error(area: float, churned: Floats) -> float:
    """The standard error of an AUC (Hanley and McNeil 1982)."""
    positives = float(churned.sum())
    others = len(churned) - positives
    both, one = area / (2 - area) - area**2, 2 * area**2 / (1 + area) - area**2
    variance = area * (1 - area) + (positives - 1) * both + (others - 1) * one
    return float(np.sqrt(max(variance, 0.0) / (positives * others)))


def _sharpest(rate: Floats, churned: Floats) -> tuple[float, float, float] | None:
    """The lower bound of the separation at the best point of the curve, and its two shares."""
    if churned.mean() > 0.5:
        rate, churned = -rate, 1 - churned
    order = np.argsort(-rate, kind="stable")
    ends = np.append(np.diff(rate[order]) != 0, True)
    hits = np.cumsum(churned[order])[ends]
    misses = np.flatnonzero(ends) + 1 - hits
    rare, others = churned.sum(), (1 - churned).sum()
    found, among = (hits + 0.5) / (rare + 1), (misses + 0.5) / (others + 1)
    inside = (found >= FOUND[0]) & (found <= FOUND[1])
    if not inside.any():
        return None
    found, among = found[inside], among[inside]
    high, low = norm.ppf(found), norm.ppf(among)
    variance = found * (1 - found) / (rare * norm.pdf(high) ** 2)
    variance += among * (1 - among) / (others * norm.pdf(low) ** 2)
    bound = high - low - ONE_SIDED * np.sqrt(variance)
    best = int(bound.argmax())
    return float(bound[best]), float(found[best]), float(among[best])
