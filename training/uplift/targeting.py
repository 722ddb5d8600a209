"""How well an order of customers finds those whom an arm changes: AUTOC, its kin, and calibration.

All of them are computed from (n,) doubly robust gains, the difference of the scores of an arm and
of the control: so arms of any share, propensities, clusters and money are covered.

The targeting operator characteristic TOC(q) is the mean gain of the best share q less the mean of
all. AUTOC is its mean over q, the Qini form that of q TOC(q) (Yadlowsky, Fleming, Shah, Brunskill
and Wager 2025, "Evaluating Treatment Prioritization Rules via RATE"; as grf computes them). Their
errors come from samples of half of the clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.statistics.estimate import Estimate
from training.statistics.logistic import Floats
from training.uplift.valuation import value_of

DRAWS = 200
DEVIATE = 1.959964  # of a 95 % interval
DECILES = 10


@dataclass(frozen=True)
class Tenth:
    """A tenth of the customers in the order of the predicted effect, the highest first."""

    rows: int
    predicted: float
    observed: Estimate


def autoc(gains: Floats, score: Floats, cluster: NDArray[np.intp], seed: int) -> Estimate:
    """AUTOC with its 95 % interval; 0 for an order that finds no one."""
    return _rate(gains, score, cluster, seed, by_share=False)


def qini_rate(gains: Floats, score: Floats, cluster: NDArray[np.intp], seed: int) -> Estimate:
    """The Qini form: the gain over a random choice, averaged over all shares of customers."""
    return _rate(gains, score, cluster, seed, by_share=True)


def gain_at(share: float, gains: Floats, score: Floats, cluster: NDArray[np.intp]) -> Estimate:
    """The mean gain of the best `share` (at least one row) with its 95 % interval."""
    top = np.argsort(-score, kind="stable")[: max(1, round(share * len(score)))]
    return value_of(gains[top], _numbered(cluster[top]))


def tenths(
    gains: Floats, score: Floats, cluster: NDArray[np.intp], parts: int = DECILES
) -> tuple[Tenth, ...]:
    """Predicted and observed effect in each tenth."""
    order = np.argsort(-score, kind="stable")
    return tuple(
        Tenth(len(own), float(score[own].mean()), value_of(gains[own], _numbered(cluster[own])))
        for own in np.array_split(order, parts)
        if len(own) > 1
    )


def calibration_slope(gains: Floats, score: Floats, cluster: NDArray[np.intp]) -> Estimate:
    """1 where predicted effects differ as much as the observed ones, 0 where they say nothing.

    The slope of the gains on the predictions (Chernozhukov, Demirer, Duflo and Fernandez-Val 2018);
    null where all predictions are equal.
    """
    moved = score - score.mean()
    power = float(moved @ moved)
    if power <= 1e-12 * len(score):
        return Estimate()
    slope = float(moved @ gains) / power
    each = moved * (gains - gains.mean() - slope * moved) * len(score) / power
    error = value_of(each, _numbered(cluster))
    return Estimate(slope, slope + (error.low or 0.0), slope + (error.high or 0.0))


def _rate(
    gains: Floats, score: Floats, cluster: NDArray[np.intp], seed: int, *, by_share: bool
) -> Estimate:
    order = np.argsort(-score, kind="stable")
    tie = np.append(0, np.cumsum(np.diff(score[order]) != 0))
    gains, cluster = gains[order], _numbered(cluster)[order]
    draw = np.random.default_rng(seed)
    count = int(cluster.max()) + 1
    half = np.arange(count) < count // 2
    drawn = [
        _area(gains, tie, draw.permutation(half)[cluster].astype(float), by_share=by_share)
        for _ in range(DRAWS)
    ]
    found = _area(gains, tie, np.ones(len(gains)), by_share=by_share)
    width = DEVIATE * float(np.std(drawn, ddof=1))
    return Estimate(found, found - width, found + width)


def _area(gains: Floats, tie: NDArray[np.intp], weight: Floats, *, by_share: bool) -> float:
    """The mean of TOC over the rows in order; rows of equal score have their mean gain each."""
    count = np.bincount(tie, weight)
    mean = np.divide(
        np.bincount(tie, weight * gains), count, out=np.zeros(len(count)), where=count > 0
    )
    number = np.cumsum(weight)
    total = number[-1]
    levelled = weight * mean[tie]
    so_far = np.divide(np.cumsum(levelled), number, out=np.zeros(len(number)), where=number > 0)
    toc = so_far - levelled.sum() / total
    share = number / total if by_share else 1.0
    return float((weight * share * toc).sum() / total)


def _numbered(cluster: NDArray[np.intp]) -> NDArray[np.intp]:
    """The clusters that are left, from 0 on."""
    return np.unique(cluster, return_inverse=True)[1].astype(np.intp)
