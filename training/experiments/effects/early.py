"""Intervals that stay valid for those who look before the end, and again whenever they like.

A usual interval holds at one moment that was fixed before; who looks every day and stops at the
first success finds one too often. An asymptotic confidence sequence holds at all moments together
(Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, Annals of Statistics 52, theorem 2.2, after
Robbins 1970):

    estimate +- s sqrt( 2 (t r^2 + 1) / (t r)^2 * log( sqrt(t r^2 + 1) / a ) )

for t clusters of standard deviation s, error a. r makes it narrowest at a number of clusters that
is chosen beforehand (their appendix): here the number at which it is read first.
"""

from __future__ import annotations

import numpy as np

from training.experiments.effects.clustered import Clusters, covariance
from training.experiments.trial import Numbers


def always_valid(
    value: float, influence: Numbers, clusters: Clusters, level: float, slopes: int = 0
) -> tuple[float, float]:
    """The ends of the interval of one estimate, from the influence (n,) of each row."""
    error = float(np.sqrt(covariance(influence[:, None], clusters, slopes)[0, 0]))
    far = deviates(clusters.count, clusters.count, level) * error
    return value - far, value + far


def deviates(count: int, narrowest: int, level: float) -> float:
    """How many standard errors the interval takes on either side after `count` clusters.

    >>> round(deviates(1000, 1000, 0.95), 2), round(deviates(100, 1000, 0.95), 2)
    (2.92, 3.37)
    """
    error = 1 - level
    wide = -2 * np.log(error)
    square = (wide + np.log(wide) + 1) / narrowest
    whole = count * square + 1
    return float(np.sqrt(2 * whole / (count * square) * np.log(np.sqrt(whole) / error)))
