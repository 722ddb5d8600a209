"""The logistic curve: log-odds, probabilities, and a regression on one score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]

SETTLED = 1e-4  # a Newton step this small is followed by one of its square


def log_odds(risk: Floats) -> Floats:
    """log(p / (1 - p)), with p kept 1e-9 away from 0 and 1."""
    kept = np.clip(risk, 1e-9, 1 - 1e-9)
    odds: Floats = np.log(kept / (1 - kept))
    return odds


def probability(score: Floats) -> Floats:
    """The inverse of `log_odds`."""
    result: Floats = expit(score)
    return result


def fit_logistic(score: Floats, churned: Floats, weight: Floats) -> tuple[float, float]:
    """Intercept and slope of the maximum-likelihood logistic regression on one score.

    Newton's method with step halving; both classes and two different scores must be there.
    Where a score parts them completely the best slope is infinite, and a steep one comes back.
    """
    beta = np.array([log_odds(np.array([np.average(churned, weights=weight)]))[0], 0.0])
    loss = _log_loss(_line(beta, score), churned, weight)
    for _ in range(50):
        step = _step(_sums(beta, score, churned) @ weight)
        while (tried := _log_loss(_line(beta + step, score), churned, weight)) > loss + 1e-12:
            step = step / 2
        beta, gain, loss = beta + step, loss - tried, tried
        if gain <= 1e-12 * abs(loss) or loss < 1e-9:
            break
    return float(beta[0]), float(beta[1])


class Refit:
    """The regression fitted once on all rows, then again under many weights.

    From the fit of all rows a resample's is near: plain Newton mostly needs three steps, the
    first of which does not look at the rows again.
    """

    def __init__(self, score: Floats, churned: Floats) -> None:
        self.score, self.churned = score, churned
        self.whole = np.array(fit_logistic(score, churned, np.ones(len(score))))
        self.sums = _sums(self.whole, score, churned)

    def under(self, weight: Floats) -> tuple[float, float]:
        """Intercept and slope under weights of shape (n,), as `fit_logistic` finds them."""
        beta, sums = self.whole, self.sums
        for _ in range(8):
            step = _step(sums @ weight)
            beta = beta + step
            size = float(np.abs(step).max())
            if not size <= 1:
                break
            if size < SETTLED:
                return float(beta[0]), float(beta[1])
            sums = _sums(beta, self.score, self.churned)
        return fit_logistic(self.score, self.churned, weight)


def _sums(beta: Floats, score: Floats, churned: Floats) -> Floats:
    """What each row adds to the gradient (2) and the curvature (3) of the log-likelihood."""
    sums = np.empty((5, len(score)))
    fitted = expit(_line(beta, score))
    np.subtract(churned, fitted, out=sums[0])
    np.multiply(sums[0], score, out=sums[1])
    np.multiply(fitted, 1 - fitted, out=sums[2])
    np.multiply(sums[2], score, out=sums[3])
    np.multiply(sums[3], score, out=sums[4])
    return sums


def _step(sums: Floats) -> Floats:
    level, cross, square = sums[2:]
    curvature = np.array([[level, cross], [cross, square]])
    step: Floats = np.linalg.solve(curvature + 1e-9 * np.trace(curvature) * np.eye(2), sums[:2])
    return step


def _line(beta: Floats, score: Floats) -> Floats:
    line: Floats = beta[0] + beta[1] * score
    return line


def _log_loss(line: Floats, churned: Floats, weight: Floats) -> float:
    return float((weight * (np.logaddexp(0, line) - churned * line)).sum())
