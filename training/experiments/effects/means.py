"""Means of the arms over the same customers, plain or adjusted for a prediction.

The plain mean weighs each row by one over the probability of its arm (Hajek 1971). The adjusted
one also removes what a prediction from before the draw explains, by a slope in each arm (Lin 2013,
Annals of Applied Statistics 7; with a cross-fitted prediction: Guo et al. 2021, NeurIPS, "Machine
learning for variance reduction in online experiments"). In large tests it is never wider than the
plain one, whatever the prediction is, and it stays an estimate by intention to treat.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.experiments.trial import Numbers, Trial


@dataclass(frozen=True)
class ArmMeans:
    """`value`: (arms,) the mean if all rows were of the arm; `influence`: (n, arms) of each row."""

    value: Numbers
    influence: Numbers

    def effect(self, weights: Numbers) -> tuple[float, Numbers]:
        """What weights (arms,), less one of the control, make of them: value and influence (n,).

        >>> means = ArmMeans(np.array([1.0, 3.0]), np.zeros((2, 2)))
        >>> means.effect(np.array([0.0, 1.0]))[0]
        2.0
        """
        difference = weights.copy()
        difference[0] -= 1.0
        return float(self.value @ difference), self.influence @ difference


def arm_means(trial: Trial, values: Numbers, predicted: Numbers | None = None) -> ArmMeans:
    """The mean of `values` (n,) in each arm; adjusted where `predicted` (n,) is given."""
    rows, arms = trial.propensity.shape
    covariate = np.zeros(rows) if predicted is None else predicted - predicted.mean()
    mean, influence = np.empty(arms), np.empty((rows, arms))
    for arm in range(arms):
        weight = np.where(trial.arm == arm, 1 / np.maximum(trial.propensity[:, arm], 1e-12), 0.0)
        weight *= rows / weight.sum()
        explained = _slope(values, covariate, weight) * covariate
        mean[arm] = np.mean(weight * (values - explained))
        influence[:, arm] = weight * (values - explained - mean[arm]) + explained
    return ArmMeans(mean, influence)


def _slope(values: Numbers, covariate: Numbers, weight: Numbers) -> float:
    """By how much the values rise with the covariate among rows of some weight."""
    centred = covariate - np.average(covariate, weights=weight)
    spread = float(np.average(centred**2, weights=weight))
    if spread < 1e-12 * max(float(np.average(covariate**2, weights=weight)), 1e-300):
        return 0.0
    return float(np.average(centred * values, weights=weight)) / spread
