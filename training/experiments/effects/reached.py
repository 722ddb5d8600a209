"""The effect on those who were reached because they were drawn: an instrumental estimate.

The draw is the instrument: the effect of being drawn, over the share of customers whom being drawn
made receive the arm (Wald 1940; Imbens and Angrist 1994, Econometrica 62). It assumes that being
drawn changes the outcome through receiving alone, and that the draw keeps no one from an arm that
they would have received otherwise. The interval is the set of effects that the data do not refute
(Anderson and Rubin 1949; Fieller 1954): it holds where few are reached, and has no end then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from training.experiments.effects.clustered import clusters_of, covariance, freedom
from training.experiments.effects.estimates import Measure, Measured
from training.experiments.effects.means import arm_means
from training.experiments.trial import Numbers, Trial


@dataclass(frozen=True)
class Reached:
    """`share`: whom the draw made receive the arm. `low`, `high` are null where there is no end."""

    arm: str
    measure: Measure
    share: float
    value: float | None
    low: float | None
    high: float | None
    level: float


def reached_effects(
    trial: Trial, received: NDArray[np.intp], found: Measured, level: float
) -> tuple[Reached, ...]:
    """Every arm's effect on those reached; `received` (n,) is the arm that each row got."""
    return tuple(
        _of_arm(trial, received, found, place, level) for place in range(1, len(trial.arms))
    )


def _of_arm(
    trial: Trial, received: NDArray[np.intp], found: Measured, place: int, level: float
) -> Reached:
    clusters, weights = clusters_of(trial), np.eye(len(trial.arms))[place]
    effect, of_effect = found.adjusted.effect(weights)
    share, of_share = arm_means(trial, (received == place).astype(float)).effect(weights)
    spread = covariance(np.column_stack([of_effect, of_share]), clusters, found.slopes)
    far = float(student.ppf((1 + level) / 2, freedom(of_effect, clusters)))
    low, high = _not_refuted(effect, share, spread * far**2)
    value = effect / share if low is not None else None
    return Reached(trial.arms[place], found.measure, share, value, low, high, level)


def _not_refuted(effect: float, share: float, spread: Numbers) -> tuple[float | None, float | None]:
    """The ratios b at which effect - b share lies within its own spread; null without an end.

    >>> _not_refuted(1.0, 0.5, np.array([[0.04, 0.0], [0.0, 0.0]]))
    (1.6, 2.4)
    >>> _not_refuted(1.0, 0.1, np.array([[0.04, 0.0], [0.0, 0.04]]))
    (None, None)
    """
    square = share**2 - spread[1, 1]
    if square <= 0:
        return None, None
    middle = (effect * share - spread[0, 1]) / square
    root = np.sqrt(max(middle**2 - (effect**2 - spread[0, 0]) / square, 0.0))
    return round(float(middle - root), 12), round(float(middle + root), 12)
