"""How good predicted tiers and margins are, against the prediction that nothing changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.statistics.metrics import Floats

Integers = NDArray[np.int64]


def quadratic_kappa(
    actual: Integers, predicted: Integers, classes: int, weight: Floats
) -> float | None:
    """Cohen's kappa with quadratic weights (Cohen 1968) of ordered classes 0 to `classes` - 1.

    1 less the mean squared distance between predicted and actual class over the distance that
    chance would give with the same shares of classes: 1 is perfect, 0 is chance. Null where that is
    zero, because all are in one class.

    >>> ones = np.ones(4)
    >>> quadratic_kappa(np.array([0, 1, 2, 3]), np.array([0, 1, 2, 3]), 4, ones)
    1.0
    >>> quadratic_kappa(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), 4, ones)
    0.5
    """
    seen = np.bincount(actual * classes + predicted, weights=weight, minlength=classes**2)
    seen = seen.reshape(classes, classes)
    by_chance = np.outer(seen.sum(axis=1), seen.sum(axis=0)) / max(seen.sum(), 1e-300)
    places = np.arange(classes)
    distance = (places[:, None] - places[None, :]) ** 2
    chance = float((distance * by_chance).sum())
    return None if chance == 0 else 1 - float((distance * seen).sum()) / chance


class UpwardRanking:
    """Average precision of one score for one label, sorted once for many weights.

    `moved` (0 or 1) and `score` have shape (n,). Equal scores are one step, as in scikit-learn.
    """

    def __init__(self, moved: Floats, score: Floats) -> None:
        self._order = np.argsort(-score, kind="stable")
        self._moved = moved[self._order]
        ordered = score[self._order]
        self._steps = np.flatnonzero(np.diff(ordered, append=np.nan))  # the last one always

    def average_precision(self, weight: Floats) -> float | None:
        """The mean precision over those who moved, in order of the score; null without any."""
        own = weight[self._order]
        hits = np.cumsum(own * self._moved)[self._steps]
        total = np.cumsum(own)[self._steps]
        if len(hits) == 0 or hits[-1] == 0:
            return None
        precision = hits / np.maximum(total, 1e-300)
        return float((precision * np.diff(hits, prepend=0.0)).sum() / hits[-1])


def mean_absolute_error(actual: Floats, predicted: Floats, weight: Floats) -> float | None:
    """The mean distance, in the unit of both; null without rows."""
    total = float(weight.sum())
    return float((weight * np.abs(actual - predicted)).sum()) / total if total else None
