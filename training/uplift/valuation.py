"""Values of policies from rows whose arms were drawn otherwise, with intervals that hold jointly.

    value = mean over rows of  sum over arms of  policy(arm) x score(arm)

with doubly robust scores (Dudik, Langford and Li 2011). Rows of one cluster count as one draw. The
intervals of several differences hold together with 95 %: their width is that of the greatest of
correlated normal deviates (Montiel Olea and Plagborg-Moller 2019, sup-t), so that the number of
comparisons is accounted for and policies that hardly differ are not punished for being many.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, t

from training.statistics.estimate import Estimate
from training.statistics.logistic import Floats

LEVEL = 0.95
DRAWS = 4000
NOTHING = 1e-12  # a standard error below this share of the greatest is that of equal policies


def value_of(each: Floats, cluster: NDArray[np.intp]) -> Estimate:
    """The mean of (n,) values and its own 95 % interval."""
    deviations = _sums(each[:, None] - each.mean(), cluster)
    error = _errors(deviations, len(each))[0]
    width = float(t.ppf((1 + LEVEL) / 2, len(deviations) - 1) * error)
    mean = float(each.mean())
    return Estimate(mean, mean - width, mean + width)


def joint(each: Floats, cluster: NDArray[np.intp], seed: int) -> list[Estimate]:
    """The means of (n, figures), with intervals that hold for all figures together."""
    means = each.mean(axis=0)
    deviations = _sums(each - means, cluster)
    errors = _errors(deviations, len(each))
    width = joint_width(deviations, seed) * errors
    return [
        Estimate(float(mean), float(mean - one), float(mean + one))
        for mean, one in zip(means, width, strict=True)
    ]


def joint_width(deviations: Floats, seed: int) -> float:
    """How many standard errors the intervals of (clusters, figures) take on either side.

    >>> one = np.random.default_rng(1).normal(size=(5000, 1))
    >>> round(joint_width(one, 1), 1), round(joint_width(np.tile(one, 9), 1), 1)
    (2.0, 2.0)
    """
    sizes = np.sqrt((deviations**2).sum(axis=0))
    kept = deviations[:, sizes > NOTHING * max(sizes.max(initial=0), 1e-300)]
    if not kept.shape[1]:
        return 0.0
    scaled = kept / np.sqrt((kept**2).sum(axis=0))
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    draws = np.random.default_rng(seed).normal(size=(DRAWS, len(values))) @ root.T
    found = float(np.quantile(np.abs(draws).max(axis=1), LEVEL))
    found = max(found, float(norm.ppf((1 + LEVEL) / 2)))
    return found * _heavier(len(deviations), found)


def _heavier(clusters: int, deviate: float) -> float:
    """Few clusters have heavier tails than the normal: the ratio of the deviates."""
    return float(t.isf(norm.sf(deviate), max(clusters - 1, 1))) / deviate


def _sums(deviations: Floats, cluster: NDArray[np.intp]) -> Floats:
    """(clusters, figures) the sums of each cluster."""
    count = int(cluster.max()) + 1
    if count == len(cluster):
        return deviations
    sums = [np.bincount(cluster, column, minlength=count) for column in deviations.T]
    return np.column_stack(sums)


def _errors(deviations: Floats, rows: int) -> Floats:
    clusters = len(deviations)
    few = clusters / max(clusters - 1, 1)
    errors: Floats = np.sqrt(few * (deviations**2).sum(axis=0)) / rows
    return errors
