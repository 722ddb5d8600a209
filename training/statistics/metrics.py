"""How good a risk is, where a file needs one metric of one set of rows.

`churned` (1 is churned), `risk` (its probability) and `weight` (how often each row counts) have
shape (n,). The other metrics, and many weights on the same rows: `training.statistics.ranking`.
"""

from __future__ import annotations

import numpy as np

from training.statistics.logistic import Floats as Floats
from training.statistics.logistic import log_odds
from training.statistics.ranking import rank


def auc(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """The chance that a churner has a higher risk than a stayer; 0.5 is a coin.

    Null where all rows left or all stayed.
    """
    return rank(churned, risk).weigh(weight).auc()


def log_loss(churned: Floats, risk: Floats, weight: Floats) -> float | None:
    """Mean surprise at what happened, in nats; the churn rate for all customers costs its entropy.

    Null without rows.

    >>> round(log_loss(np.array([1., 0]), np.array([.5, .5]), np.ones(2)), 4)
    0.6931
    """
    if not weight.sum():
        return None
    score = log_odds(risk)
    return float(weight @ (np.logaddexp(0, score) - churned * score) / weight.sum())
