"""The logistic curve: log-odds, probabilities, and a regression on one score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]

SETTLED = 1e-6  # a Newton step this small is followed by one of its square


def log_odds(risk: Floats) -> Floats:
    """log(p / (1 - p)), with p kept 1e-9 away from 0 and 1."""
    kept = np.clip(risk, 1e-9, 1 - 1e-9)
    odds: Floats = np.log(kept / (1 - kept))
    return odds


def probability(score: Floats) -> Floats:
    """The inverse of `log_odds`."""
    result: Floats = expit(score)
    return result


def fit_logistic(
    score: Floats,
    churned: Floats,
    weight: Floats,
    start: tuple[float, float] | None = None,
) -> tuple[float, float]:
    """Intercept and slope of the maximum-likelihood logistic regression on one score.

    Newton's method with step halving; both classes and two different scores must be there.
    Where a score parts them completely the best slope is infinite, and a steep one comes back.
    `start` is a fit of nearly the same rows: from there plain Newton mostly needs three steps.
    """
    if start is not None:
        near = _newton_from(start, score, churned, weight)
        if near is not None:
            return near
    beta = np.array([log_odds(np.array([np.average(churned, weights=weight)]))[0], 0.0])
    loss = _log_loss(beta[0] + beta[1] * score, churned, weight)
    for _ in range(50):
        step = _step(beta, score, churned, weight)
        while (tried := _log_loss(_line(beta + step, score), churned, weight)) > loss + 1e-12:
            step = step / 2
        beta, gain, loss = beta + step, loss - tried, tried
        if gain <= 1e-12 * abs(loss) or loss < 1e-9:
            break
    return float(beta[0]), float(beta[1])


def _newton_from(
    start: tuple[float, float], score: Floats, churned: Floats, weight: Floats
) -> tuple[float, float] | None:
    """Newton without halving from a near start; None where it does not settle at once."""
    beta = np.array(start)
    for _ in range(8):
        step = _step(beta, score, churned, weight)
        beta = beta + step
        size = float(np.abs(step).max())
        if not np.isfinite(size) or size > 1:
            return None
        if size < SETTLED:
            return float(beta[0]), float(beta[1])
    return None


def _step(beta: Floats, score: Floats, churned: Floats, weight: Floats) -> Floats:
    fitted = expit(_line(beta, score))
    missed = weight * (churned - fitted)
    spread = weight * (fitted * (1 - fitted))
    level, cross, square = spread.sum(), spread @ score, (spread * score) @ score
    curvature = np.array([[level, cross], [cross, square]])
    gradient = np.array([missed.sum(), missed @ score])
    step: Floats = np.linalg.solve(curvature + 1e-9 * np.trace(curvature) * np.eye(2), gradient)
    return step


def _line(beta: Floats, score: Floats) -> Floats:
    line: Floats = beta[0] + beta[1] * score
    return line


def _log_loss(line: Floats, churned: Floats, weight: Floats) -> float:
    return float((weight * (np.logaddexp(0, line) - churned * line)).sum())
