"""Cells that share what they share: their posterior given declared values and read-outs.

A cell (offer, tier) may differ from what was declared by what all offers share, by what is the
offer's own and by what is the cell's own:

    scale(true) = scale(declared) + k sd (shared + of the offer + of the cell)

`sd` is the declared doubt. The three have normal priors whose variances add up to 1; how they are
split, and the factor k by which the declared doubt was too small or too large, are integrated over
a grid, weighed by how well they predict the read-outs (Gelman et al. 2013, Bayesian Data Analysis,
chapter 5). Where what was declared is far off, k grows, and with it the intervals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import block_diag

from training.statistics.logistic import Floats, probability

Cell = tuple[str, str]  # offer and tier

FACTORS = np.geomspace(0.8, 8, 9)  # of the declared doubt; before read-outs mostly about 1
SPLITS = ((0.6, 0.3, 0.1), (0.2, 0.6, 0.2), (0.2, 0.2, 0.6), (0.34, 0.33, 0.33))
NEWTON_STEPS, HALVINGS = 25, 20
CLOSE, ROUNDING = 1e-7, 1e-12  # of a place, and of a sum of logarithms


class Evidence(Protocol):
    """What read-outs say of the cells."""

    def at(self, place: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood at (cells,), its slope, and (cells, cells) less its curvature."""


@dataclass(frozen=True)
class Binomial:
    """Accepted of reached, of shape (cells,)."""

    events: Floats
    trials: Floats

    def at(self, place: Floats) -> tuple[float, Floats, Floats]:
        """As `Evidence`, of log-odds."""
        share = probability(place)
        total = float((self.events * place - self.trials * np.logaddexp(0, place)).sum())
        return total, self.events - self.trials * share, np.diag(self.trials * share * (1 - share))


@dataclass(frozen=True)
class Normal:
    """Estimates times their precisions, and the precisions, of shape (cells,)."""

    weighed: Floats
    precision: Floats

    def at(self, place: Floats) -> tuple[float, Floats, Floats]:
        """As `Evidence`, of logarithms."""
        total = float((self.weighed * place - self.precision * place**2 / 2).sum())
        return total, self.weighed - self.precision * place, np.diag(self.precision)


@dataclass(frozen=True)
class Found:
    """On the scale of the model: means, standard deviations and shares of evidence, (cells,)."""

    mean: Floats
    spread: Floats
    evidence: Floats


def integrate(
    cells: Sequence[Cell],
    start: Floats,
    spread: Floats,
    evidence: Evidence,
    apart: NDArray[np.bool_] | None = None,
    beside: Floats | None = None,
) -> Found:
    """The posterior over the grid of factors and splits, by Laplace's approximation at each.

    Cells that are `apart` have nothing in common with any other. `beside`: the prior covariance of
    what the evidence rests on besides the cells, in the places after them; each is 0 before it.
    """
    if beside is not None:
        start = np.concatenate([start, np.zeros(len(beside))])
    alike = _alike(cells, np.zeros(len(cells), bool) if apart is None else apart)
    means, variances, shares, logs = [], [], [], []
    place = start
    likely = FACTORS**-4.0
    size = np.sqrt((likely * FACTORS**2).sum() / likely.sum())  # so that the mean k squared is 1
    for factor, weight in zip(FACTORS / size, likely, strict=True):
        for split in SPLITS:
            own = np.outer(spread, spread) * factor**2
            prior = own * sum(part * one for part, one in zip(split, alike, strict=True))
            if beside is not None:
                prior = block_diag(prior, beside)
            place, covariance, log = _mode(start, prior, evidence, place)
            variance = np.diag(covariance)[: len(cells)]
            means.append(place[: len(cells)])
            variances.append(variance)
            shares.append(1 - variance / np.diag(own))
            logs.append(log + np.log(weight))
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    mean = weights @ np.array(means)
    variance = weights @ (np.array(variances) + (np.array(means) - mean) ** 2)
    return Found(mean, np.sqrt(variance), np.clip(weights @ np.array(shares), 0, 1))


def _mode(
    start: Floats, prior: Floats, evidence: Evidence, place: Floats
) -> tuple[Floats, Floats, float]:
    """The most likely place, the covariance there, and the log of how likely the read-outs are.

    It is sought from `place` on.
    """
    inverse = np.linalg.inv(prior)

    def fit_at(there: Floats) -> float:
        return evidence.at(there)[0] - float((there - start) @ inverse @ (there - start)) / 2

    for _ in range(NEWTON_STEPS):
        _, slope, curvature = evidence.at(place)
        step = np.linalg.solve(inverse + curvature, slope - inverse @ (place - start))
        step, fit = np.clip(step, -2, 2), fit_at(place)
        for _ in range(HALVINGS):
            if fit_at(place + step) >= fit - ROUNDING * max(1.0, abs(fit)):
                break
            step = step / 2
        place = place + step
        if np.abs(step).max() < CLOSE:
            break
    total, _, curvature = evidence.at(place)
    precision = inverse + curvature
    away = place - start
    fit = total - float(away @ inverse @ away) / 2
    covariance = np.asarray(np.linalg.inv(precision), dtype=np.float64)
    return place, covariance, fit - _log_size(prior @ precision) / 2


def _log_size(matrix: Floats) -> float:
    return float(np.linalg.slogdet(matrix)[1])


def _alike(cells: Sequence[Cell], apart: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """(cells, cells) 1 where two cells share anything, the offer, and all they have."""
    offers = np.array([offer for offer, _ in cells])
    own = np.eye(len(cells))
    together = ~(apart[:, None] | apart)
    same = np.where(together, offers[:, None] == offers, own)
    return np.where(together, 1.0, own), same, own
