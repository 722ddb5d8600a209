"""How far two counts are apart: the population stability index, and its size by chance alone.

The index is sum((q - p) ln(q / p)) over the bins, p and q their shares then and now: Siddiqi,
Credit Risk Scorecards (2006). Of two samples from one population it is about
(1/n + 1/m) times a chi-squared of as many degrees of freedom as bins, less one: Yurdakul and
Naranjo, Statistical properties of the population stability index, Journal of Risk Model
Validation 14 (2020).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

HALF = 0.5  # added to each count, so that an empty bin has a logarithm
MIN_COUNT = 20  # of both samples together in a bin; smaller ones join their neighbour

Counts = NDArray[np.int64]


def psi(before: Counts, after: Counts) -> float:
    """The population stability index of two counts over the same bins; 0 where nothing moved.

    >>> round(psi(np.array([500, 500]), np.array([400, 600])), 3)
    0.04
    """
    p = (before + HALF) / (before.sum() + HALF * len(before))
    q = (after + HALF) / (after.sum() + HALF * len(after))
    return float(np.sum((q - p) * np.log(q / p)))


def expected_psi(bins: int, before: int, after: int) -> float:
    """The mean index of two samples of this many rows from one population.

    >>> expected_psi(11, 1000, 1000)
    0.02
    """
    return (bins - 1) * (1 / before + 1 / after)


def chance_psi(bins: int, before: int, after: int, chance: float) -> float:
    """The index that two samples from one population exceed with this probability.

    >>> round(chance_psi(11, 1000, 1000, 0.05), 4)
    0.0366
    """
    if bins < 2:
        return 0.0
    found: Any = chdtri(bins - 1, chance)
    return float(found) * (1 / before + 1 / after)


def joined(before: Counts, after: Counts) -> tuple[Counts, Counts]:
    """Both counts with neighbouring bins joined until each has `MIN_COUNT` rows of both together.

    The last bin, of missing values, joins no other.

    >>> joined(np.array([5, 6, 30, 0]), np.array([5, 9, 30, 2]))
    (array([11, 30,  0]), array([14, 30,  2]))
    """
    both = before[:-1] + after[:-1]
    starts, count = [0], 0
    for place, own in enumerate(both):
        if count >= MIN_COUNT:
            starts.append(place)
            count = 0
        count += int(own)
    if count < MIN_COUNT and len(starts) > 1:
        starts.pop()
    ends = [*starts, len(both)]
    return np.add.reduceat(before, ends), np.add.reduceat(after, ends)
