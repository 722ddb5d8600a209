"""Declared acceptances and effects of offers by tier, updated by what read-outs found.

A cell (offer, tier) may differ from what was declared by what all offers share, by what is the
offer's own and by what is the cell's own:

    scale(true) = scale(declared) + k sd (shared + of the offer + of the cell)

`sd` is the declared doubt. The three have normal priors whose variances add up to 1; how they are
split, and the factor k by which the declared doubt was too small or too large, are integrated over
a grid, weighed by how well they predict the read-outs (Gelman et al. 2013, Bayesian Data Analysis,
chapter 5). So without read-outs what was declared comes back, with many what they found, and a cell
without its own learns from its neighbours as far as cells prove alike. Where what was declared is
far off, k grows, and with it the intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from features.errors import TableRefused
from training.statistics.estimate import Estimate
from training.statistics.logistic import Floats, log_odds, probability

Cell = tuple[str, str]  # offer and tier

FACTORS = np.geomspace(0.8, 8, 9)  # of the declared doubt; before read-outs mostly about 1
SPLITS = ((0.6, 0.3, 0.1), (0.2, 0.6, 0.2), (0.2, 0.2, 0.6), (0.34, 0.33, 0.33))
NEWTON_STEPS = 25
DEVIATE = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Counted:
    """A read-out of acceptance: of `reached` customers of a cell so many accepted."""

    cell: Cell
    accepted: int
    reached: int


@dataclass(frozen=True)
class Measured:
    """A read-out of an effect: the logarithm of its factor, and the standard error of that."""

    cell: Cell
    log_factor: float
    error: float


@dataclass(frozen=True)
class Updated:
    """A figure after the read-outs: declared value, value with 95 % interval, and the share of it
    that is evidence (0: what was declared alone, 1: read-outs alone)."""

    declared: float
    estimate: Estimate
    evidence_share: float


def update_acceptance(
    declared: Mapping[Cell, float], counts: Sequence[Counted], doubt: float
) -> dict[Cell, Updated]:
    """Acceptances, above 0 and below 1; `doubt` is the standard deviation of their logarithm.

    >>> cells = {("gift", "gold"): 0.4, ("gift", "silver"): 0.4}
    >>> found = update_acceptance(cells, [Counted(("gift", "gold"), 1000, 5000)], 0.35)
    >>> round(found["gift", "gold"].estimate.value, 2), found["gift", "gold"].evidence_share > 0.99
    (0.2, True)
    >>> 0.2 < found["gift", "silver"].estimate.value < 0.35
    True
    """
    cells = _checked(declared, [one.cell for one in counts], doubt)
    for one in counts:
        if not 0 <= one.accepted <= one.reached:
            raise TableRefused(
                f"read-out of {one.cell}: {one.accepted} of {one.reached} accepted; expected 0 to "
                f"as many as were reached"
            )
    share = np.array([declared[cell] for cell in cells])
    if not ((share > 0) & (share < 1)).all():
        raise TableRefused("a declared acceptance is not above 0 and below 1")
    events, trials = np.zeros(len(cells)), np.zeros(len(cells))
    for one in counts:
        events[cells.index(one.cell)] += one.accepted
        trials[cells.index(one.cell)] += one.reached
    start = log_odds(share)
    # A factor of the share moves its log-odds by 1 / (1 - share) as much.
    found = _integrate(cells, start, doubt / (1 - share), _Binomial(events, trials))
    return _updated(cells, share, found, probability)


def update_factor(
    declared: Mapping[Cell, float], measured: Sequence[Measured], doubt: float
) -> dict[Cell, Updated]:
    """Factors above 0, such as of the hazard; `doubt` is the standard deviation of their logarithm.

    >>> found = update_factor({("gift", "gold"): 0.75}, [], 0.5)
    >>> round(found["gift", "gold"].estimate.value, 2)
    0.75
    """
    cells = _checked(declared, [one.cell for one in measured], doubt)
    factor = np.array([declared[cell] for cell in cells])
    if not (factor > 0).all():
        raise TableRefused("a declared factor is not above 0")
    precision, weighed = np.zeros(len(cells)), np.zeros(len(cells))
    for one in measured:
        if not one.error > 0:
            raise TableRefused(f"read-out of {one.cell}: its error is {one.error}, not above 0")
        precision[cells.index(one.cell)] += one.error**-2
        weighed[cells.index(one.cell)] += one.log_factor * one.error**-2
    start = np.log(factor)
    spread = np.full(len(cells), doubt)
    found = _integrate(cells, start, spread, _Normal(weighed, precision))
    return _updated(cells, factor, found, np.exp)


@dataclass(frozen=True)
class _Binomial:
    """Accepted of reached, of shape (cells,)."""

    events: Floats
    trials: Floats

    def at(self, place: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood of (cells,) log-odds, its slope, and less its curvature."""
        share = probability(place)
        total = float((self.events * place - self.trials * np.logaddexp(0, place)).sum())
        return total, self.events - self.trials * share, self.trials * share * (1 - share)


@dataclass(frozen=True)
class _Normal:
    """Estimates times their precisions, and the precisions, of shape (cells,)."""

    weighed: Floats
    precision: Floats

    def at(self, place: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood of (cells,) logarithms, its slope, and less its curvature."""
        total = float((self.weighed * place - self.precision * place**2 / 2).sum())
        return total, self.weighed - self.precision * place, self.precision


@dataclass(frozen=True)
class _Found:
    """On the scale of the model: means, standard deviations and shares of evidence, (cells,)."""

    mean: Floats
    spread: Floats
    evidence: Floats


def _integrate(
    cells: Sequence[Cell], start: Floats, spread: Floats, evidence: _Binomial | _Normal
) -> _Found:
    """The posterior over the grid of factors and splits, by Laplace's approximation at each."""
    alike = _alike(cells)
    means, variances, shares, logs = [], [], [], []
    likely = FACTORS**-4.0
    size = np.sqrt((likely * FACTORS**2).sum() / likely.sum())  # so that the mean k squared is 1
    for factor, weight in zip(FACTORS / size, likely, strict=True):
        for split in SPLITS:
            own = np.outer(spread, spread) * factor**2
            prior = own * sum(part * one for part, one in zip(split, alike, strict=True))
            mean, covariance, log = _mode(start, prior, evidence)
            variance = np.diag(covariance)
            means.append(mean)
            variances.append(variance)
            shares.append(1 - variance / np.diag(prior))
            logs.append(log + np.log(weight))
    weights = np.exp(np.array(logs) - max(logs))
    weights /= weights.sum()
    mean = weights @ np.array(means)
    variance = weights @ (np.array(variances) + (np.array(means) - mean) ** 2)
    return _Found(mean, np.sqrt(variance), np.clip(weights @ np.array(shares), 0, 1))


def _mode(
    start: Floats, prior: Floats, evidence: _Binomial | _Normal
) -> tuple[Floats, Floats, float]:
    """The most likely place, the covariance there, and the log of how likely the read-outs are."""
    inverse = np.linalg.inv(prior)
    place = start
    for _ in range(NEWTON_STEPS):
        _, slope, curvature = evidence.at(place)
        step = np.linalg.solve(inverse + np.diag(curvature), slope - inverse @ (place - start))
        place = place + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    total, _, curvature = evidence.at(place)
    precision = inverse + np.diag(curvature)
    away = place - start
    fit = total - away @ inverse @ away / 2
    return place, np.linalg.inv(precision), fit - _log_size(prior @ precision) / 2


def _log_size(matrix: Floats) -> float:
    return float(np.linalg.slogdet(matrix)[1])


def _alike(cells: Sequence[Cell]) -> tuple[Floats, Floats, Floats]:
    """(cells, cells) 1 where two cells share anything, the offer, and all they have."""
    offers = np.array([offer for offer, _ in cells])
    same = (offers[:, None] == offers).astype(float)
    return np.ones(same.shape), same, np.eye(len(cells))


def _updated(
    cells: Sequence[Cell], declared: Floats, found: _Found, natural: Callable[[Floats], Floats]
) -> dict[Cell, Updated]:
    ends = [found.mean + sign * DEVIATE * found.spread for sign in (0, -1, 1)]
    value, low, high = (natural(end) for end in ends)
    return {
        cell: Updated(
            float(declared[place]),
            Estimate(float(value[place]), float(low[place]), float(high[place])),
            float(found.evidence[place]),
        )
        for place, cell in enumerate(cells)
    }


def _checked(declared: Mapping[Cell, float], seen: Sequence[Cell], doubt: float) -> list[Cell]:
    unknown = sorted(set(seen) - set(declared))
    if unknown:
        raise TableRefused(f"nothing is declared for {unknown[0]}, which has a read-out")
    if not declared or not doubt > 0:
        raise TableRefused(f"expected declared cells and a doubt above 0; found {doubt}")
    return list(declared)
