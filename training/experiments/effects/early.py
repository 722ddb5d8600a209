"""Intervals that stay valid for those who look before the end, and again whenever they like.

A usual interval holds at one moment that was fixed before; who looks every day and stops at the
first success finds one too often. An asymptotic confidence sequence holds at all moments together
(Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, Annals of Statistics 52, theorem 2.2, after
Robbins 1970):

    estimate +- s sqrt( 2 (t r^2 + 1) / (t r)^2 * log( sqrt(t r^2 + 1) / a ) )

for t clusters of standard deviation s, error a. It holds only with an r that no look changes. Here
r makes it narrowest at `NARROWEST` (their appendix B.2, by the asymptotic expansion), and nearly so
from a third to fifty times as many.
"""

from __future__ import annotations

import numpy as np

from training.experiments.effects.clustered import Clusters, covariance
from training.experiments.trial import Numbers, Trial

NARROWEST = 200


def always_valid(
    value: float,
    influence: Numbers,
    clusters: Clusters,
    level: float,
    seen: int,
    times: float = 1.0,
    slopes: int = 0,
) -> tuple[float, float]:
    """The ends of the interval of one estimate, from the influence (n,) of each row.

    `seen`: as `seen_so_far` counts. `times`: as `raised` says.
    """
    far = deviates(seen, NARROWEST, level) * times * _error(influence, clusters, slopes)
    return value - far, value + far


def seen_so_far(trial: Trial, clusters: Clusters) -> int:
    """How many clusters inform so far; of an event those with the rarer of its two values.

    The customers of a list are all there on its first day, and only departures come one by one:
    the variance of the difference grows with these.
    """
    values, rows = np.unique(trial.outcome, return_counts=True)
    if len(values) > 2:
        return clusters.count
    rarer = trial.outcome == values[rows.argmin()]
    return len(np.unique(clusters.of[rarer])) if len(values) == 2 else 1


def raised(
    trial: Trial, values: Numbers, weights: Numbers, influence: Numbers, clusters: Clusters
) -> float:
    """By how much the plain error falls short of what it is where the arms vary alike; at least 1.

    Before the first departure of a small control group its own variance is 0, and any departure of
    the others would count as harm. `influence` (n,) is that of the plain difference of `values`
    (n,) by `weights` (arms,) against the control.
    """
    drawn = trial.propensity[np.arange(len(values)), trial.arm]
    chance = 1 / np.maximum(drawn, 1e-12)
    sums = np.bincount(trial.arm, chance, len(weights))
    share = np.bincount(trial.arm, chance**2, len(weights)) / sums**2
    difference = weights.copy()
    difference[0] -= 1.0
    alike = float(np.sqrt(values.var() * (difference**2 @ share)))
    own = _error(influence, clusters)
    return max(alike / own, 1.0) if own else 1.0


def deviates(count: int, narrowest: int, level: float) -> float:
    """How many standard errors the interval takes on either side after `count` clusters.

    >>> round(deviates(1000, 1000, 0.95), 2), round(deviates(100, 1000, 0.95), 2)
    (3.04, 3.76)
    """
    error = 1 - level
    wide = -2 * np.log(error)
    square = (wide + np.log(wide) + 1) / narrowest
    whole = count * square + 1
    return float(np.sqrt(2 * whole / (count * square) * np.log(np.sqrt(whole) / error)))


def _error(influence: Numbers, clusters: Clusters, slopes: int = 0) -> float:
    return float(np.sqrt(covariance(influence[:, None], clusters, slopes)[0, 0]))
