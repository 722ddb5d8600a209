"""How good a risk is: ranking, calibration, skill. Churned is class 1, risk its probability.

Every metric takes `churned` (0 or 1), `risk` and `weight` (how often each row counts, so that
a bootstrap resamples by weights), each of shape (n,), and is null (None) where the rows cannot
tell: nobody left, or nobody stayed.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.metrics import average_precision_score, roc_auc_score

Floats = NDArray[np.float64]
Metric = Callable[[Floats, Floats, Floats], float | None]


def auc(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """The chance that a leaver has a higher risk than a stayer; 0.5 is a coin."""
    if not _both(churned, weight):
        return None
    return float(roc_auc_score(churned, risk, sample_weight=weight))


def average_precision(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Mean precision over the leavers, in order of risk; the churn rate is a coin's."""
    if not _both(churned, weight):
        return None
    return float(average_precision_score(churned, risk, sample_weight=weight))


def lift_at(share: float, churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Churn rate among the riskiest `share`, over the overall rate; ties keep their order.

    >>> import numpy as np
    >>> lift_at(0.5, np.array([1., 0, 0, 0]), np.array([.9, .2, .1, .3]), np.ones(4))
    2.0
    """
    if not _both(churned, weight):
        return None
    order = np.argsort(-risk, kind="stable")
    weight, churned = weight[order], churned[order]
    room = np.clip(share * weight.sum() - (np.cumsum(weight) - weight), 0, weight)
    rate = (room * churned).sum() / room.sum()
    return float(rate / np.average(churned, weights=weight))


def top_decile_lift(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """`lift_at` a tenth."""
    return lift_at(0.1, churned, risk, weight)


def calibration_slope(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Slope of a logistic regression of churned on the risk's log-odds; 1 is calibrated.

    Below 1 the risks are too extreme, above 1 too timid (Cox 1958). Null where the risk is
    one number for all.
    """
    score = log_odds(risk)
    if not _both(churned, weight) or np.ptp(score[weight > 0]) == 0:
        return None
    return fit_logistic(score, churned, weight)[1]


def observed_over_expected(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Leavers seen over leavers expected (the sum of risks); 1 is calibrated in the large."""
    expected = float((weight * risk).sum())
    return float((weight * churned).sum()) / expected if expected > 0 else None


def brier_skill(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """1 minus the Brier score over that of the rows' own churn rate; 0 is no skill."""
    if not _both(churned, weight):
        return None
    rate = np.average(churned, weights=weight)
    own = np.average((churned - risk) ** 2, weights=weight)
    return float(1 - own / (rate * (1 - rate)))


METRICS: dict[str, Metric] = {
    "auc": auc,
    "average_precision": average_precision,
    "top_decile_lift": top_decile_lift,
    "calibration_slope": calibration_slope,
    "observed_over_expected": observed_over_expected,
    "brier_skill": brier_skill,
}


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
    design = np.column_stack([np.ones_like(score), score])
    beta = np.array([log_odds(np.array([np.average(churned, weights=weight)]))[0], 0.0])
    loss = _log_loss(design @ beta, churned, weight)
    for _ in range(50):
        fitted = probability(design @ beta)
        gradient = design.T @ (weight * (churned - fitted))
        curvature = (design * (weight * fitted * (1 - fitted))[:, None]).T @ design
        step = np.linalg.solve(curvature + 1e-9 * np.trace(curvature) * np.eye(2), gradient)
        while (tried := _log_loss(design @ (beta + step), churned, weight)) > loss + 1e-12:
            step = step / 2
        beta, gain, loss = beta + step, loss - tried, tried
        if gain <= 1e-12 * abs(loss) or loss < 1e-9:
            break
    return float(beta[0]), float(beta[1])


def _log_loss(score: Floats, churned: Floats, weight: Floats) -> float:
    return float((weight * (np.logaddexp(0, score) - churned * score)).sum())


def _both(churned: Floats, weight: Floats) -> bool:
    leavers = float((weight * churned).sum())
    return 0 < leavers < float(weight.sum())
