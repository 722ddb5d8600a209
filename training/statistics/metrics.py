"""How good a risk is: ranking, calibration, skill. Churned is class 1, risk its probability.

Every metric takes `churned` (0 or 1), `risk` and `weight` (how often each row counts, so that a
bootstrap resamples by weights), each of shape (n,), and is null (None) where all rows
left or all stayed. Many weights on the same rows: see `training.statistics.ranking`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from training.statistics.logistic import Floats as Floats
from training.statistics.logistic import log_odds
from training.statistics.ranking import MEASURES, Weighed, rank

Metric = Callable[[Floats, Floats, Floats], float | None]


def auc(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """The chance that a churner has a higher risk than a stayer; 0.5 is a coin."""
    return rank(churned, risk).weigh(weight).auc()


def average_precision(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Mean precision over the churners, in order of risk; the churn rate is a coin's."""
    return rank(churned, risk).weigh(weight).average_precision()


def precision_at(share: float, churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Churn rate among the riskiest `share`; ties keep their order.

    >>> import numpy as np
    >>> precision_at(0.5, np.array([1., 0, 0, 0]), np.array([.9, .2, .1, .3]), np.ones(4))
    0.5
    """
    return rank(churned, risk).weigh(weight).precision_at(share)


def lift_at(share: float, churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Churn rate among the riskiest `share`, over the overall rate; ties keep their order.

    >>> import numpy as np
    >>> lift_at(0.5, np.array([1., 0, 0, 0]), np.array([.9, .2, .1, .3]), np.ones(4))
    2.0
    """
    return rank(churned, risk).weigh(weight).lift_at(share)


def top_decile_lift(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """`lift_at` a tenth."""
    return lift_at(0.1, churned, risk, weight)


def calibration_slope(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Slope of a logistic regression of churned on the risk's log-odds; 1 is calibrated.

    Below 1 the risks are too extreme, above 1 too timid (Cox 1958). Null where the risk is
    one number for all.
    """
    return rank(churned, risk).weigh(weight).calibration_slope()


def observed_over_expected(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Churners seen over churners expected (the sum of risks); 1 is calibrated in the large."""
    return rank(churned, risk).weigh(weight).observed_over_expected_at(1.0)


def top_decile_observed_over_expected(
    churned: Floats, risk: Floats, weight: Floats
) -> float | None:
    """`observed_over_expected` among the riskiest tenth, where lists are made."""
    return rank(churned, risk).weigh(weight).observed_over_expected_at(0.1)


def brier_skill(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """1 minus the Brier score over that of the rows' own churn rate; 0 means no skill."""
    return rank(churned, risk).weigh(weight).brier_skill()


def log_loss(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Mean surprise at what happened, in nats; the churn rate for all customers costs its entropy.

    >>> round(log_loss(np.array([1., 0]), np.array([.5, .5]), np.ones(2)), 4)
    0.6931
    """
    if not weight.sum():
        return None
    score = log_odds(risk)
    return float(weight @ (np.logaddexp(0, score) - churned * score) / weight.sum())


def _on_rows(measure: Callable[[Weighed], float | None]) -> Metric:
    return lambda churned, risk, weight: measure(rank(churned, risk).weigh(weight))


METRICS: dict[str, Metric] = {name: _on_rows(measure) for name, measure in MEASURES.items()}
