"""How far an estimate may be off where rows were drawn together.

An estimate is a mean of one influence per row (Hampel 1974), so its variance is the sum of squares
of the clusters' sums. Of few clusters the sum is too small and a normal quantile too short: each
arm's part is raised by G / (G - 1 - slopes), and the quantile is Student's, with the degrees of
freedom of Welch and Satterthwaite over the arms, clusters counted by their effective number
(Carter, Schnepel and Steigerwald 2017): one cluster with half of the rows is not as good as many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from training.experiments.trial import Numbers, Trial

MIXED = -1  # the arm of a cluster that has rows in several


@dataclass(frozen=True)
class Clusters:
    """`of`: (n,) the cluster of each row; `arm`, `rows`: (clusters,) its arm or MIXED, its size."""

    of: NDArray[np.intp]
    arm: NDArray[np.intp]
    rows: Numbers

    @property
    def count(self) -> int:
        return len(self.arm)


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval, and how likely one as far from 0 is by chance."""

    value: float
    low: float
    high: float
    p_value: float

    @property
    def width(self) -> float:
        return self.high - self.low


def clusters_of(trial: Trial) -> Clusters:
    """The clusters of a test; each row is one where none were drawn together."""
    if trial.cluster is None:
        rows = len(trial.arm)
        return Clusters(np.arange(rows), trial.arm, np.ones(rows))
    _, of = np.unique(trial.cluster, return_inverse=True)
    first = np.full(of.max() + 1, len(trial.arms), dtype=np.intp)
    last = np.full(of.max() + 1, MIXED, dtype=np.intp)
    np.minimum.at(first, of, trial.arm)
    np.maximum.at(last, of, trial.arm)
    return Clusters(of, np.where(first == last, first, MIXED), np.bincount(of).astype(float))


def covariance(influence: Numbers, clusters: Clusters, slopes: int = 0) -> Numbers:
    """(k, k) of k estimates, from the influence (n, k) of each row on each."""
    sums = _sums(influence, clusters) / len(influence)
    scaled = sums * np.sqrt(_factor(clusters, slopes))[:, None]
    found: Numbers = scaled.T @ scaled
    return found


def freedom(influence: Numbers, clusters: Clusters) -> float:
    """Degrees of freedom of the variance of one estimate, influence of shape (n,)."""
    squares = _sums(influence[:, None], clusters)[:, 0] ** 2
    total, parts = 0.0, 0.0
    for own in np.unique(clusters.arm):
        there = clusters.arm == own
        effective = clusters.rows[there].sum() ** 2 / (clusters.rows[there] ** 2).sum()
        part = squares[there].sum() * effective / max(effective - 1, 1e-9)
        total += part
        parts += part**2 / max(effective - 1, 1e-9)
    return max(total**2 / parts, 1.0) if parts else float(clusters.count)


def interval(
    value: float, influence: Numbers, clusters: Clusters, level: float, slopes: int = 0
) -> Interval:
    """The interval of one estimate at `level`, and its two-sided p value against 0."""
    error = float(np.sqrt(covariance(influence[:, None], clusters, slopes)[0, 0]))
    degrees = freedom(influence, clusters)
    far = float(student.ppf((1 + level) / 2, degrees)) * error
    chance = 2 * float(student.sf(abs(value) / error, degrees)) if error else float(value == 0)
    return Interval(value, value - far, value + far, chance)


def _sums(influence: Numbers, clusters: Clusters) -> Numbers:
    columns = [np.bincount(clusters.of, own, minlength=clusters.count) for own in influence.T]
    return np.column_stack(columns)


def _factor(clusters: Clusters, slopes: int) -> Numbers:
    """(clusters,) by how much each one's square is raised."""
    factor = np.empty(clusters.count)
    for own in np.unique(clusters.arm):
        there = clusters.arm == own
        count = int(there.sum())
        factor[there] = count / max(count - 1 - slopes, 1)
    return factor
