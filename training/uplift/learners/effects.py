"""Learners of effects, of one shape: fit(trial, seed) gives a model with effects(covariates).

Each learns for every arm a raw effect against the control; then the common last step shrinks it to
the arm's mean effect, by how far doubly robust scores of rows that its members did not see bear it
out. Money is learned by a test whose outcome is money (`of_money`).

T: the difference of two models of the outcome. X: what each row's outcome differs from the other
arm's model, averaged (Kuenzel, Sekhon, Bickel and Yu 2019). Doubly robust: the difference of scores
(Kennedy 2023). Transformed outcome: the same without models of the outcome (Athey and Imbens 2016).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from training.encoding import Matrix
from training.experiments.trial import Trial
from training.statistics.logistic import Floats
from training.uplift.learners.boosting import boost, shrunk_slope
from training.uplift.learners.matrix import Reader
from training.uplift.learners.outcomes import Prepared, crosswise, prepare

Raw = Callable[[Matrix], Floats]


@dataclass(frozen=True)
class EffectModel:
    """Effects of each arm against the control.

    `own`: (n, arms) of the rows that were fitted, each by members that did not see it. `mean` and
    `slope`: (arms,) the mean effects and how much of the differences between rows was kept.
    """

    arms: tuple[str, ...]
    reader: Reader
    raw: tuple[Raw, ...]
    mean: Floats
    slope: Floats
    centre: Floats
    own: Floats

    def effects(self, covariates: pd.DataFrame) -> Floats:
        """(n, arms), 0 for the control."""
        return self.effects_of(self.reader.matrix(covariates))

    def effects_of(self, matrix: Matrix) -> Floats:
        """(n, arms) of a matrix that the reader made."""
        found = np.zeros((len(matrix), len(self.arms)))
        for arm, raw in enumerate(self.raw, start=1):
            found[:, arm] = self.mean[arm]
            if self.slope[arm]:
                found[:, arm] += self.slope[arm] * (raw(matrix) - self.centre[arm])
        return found


Parts = tuple[Raw, Floats]  # the raw effect of an arm, and that of the fitted rows crosswise
Learner = Callable[[Prepared, int], Parts]


def of_money(trial: Trial) -> Trial:
    """The same test with its money as the outcome."""
    return replace(trial, outcome=trial.worth)


def t_learner(prepared: Prepared, arm: int) -> Parts:
    """The difference of the models of the two arms."""
    treated, control = prepared.models[arm], prepared.models[0]
    own = prepared.expected[:, arm] - prepared.expected[:, 0]
    return lambda matrix: treated.predict(matrix) - control.predict(matrix), own


def x_learner(prepared: Prepared, arm: int) -> Parts:
    """Imputed effects of the treated and of the control, weighed by the other's propensity."""
    trial = prepared.trial
    share = float(np.mean(trial.propensity[:, arm]))
    weight = share / (share + float(np.mean(trial.propensity[:, 0])))
    treated, control = trial.arm == arm, trial.arm == 0
    # A member's targets come from models that did not see its fold either, or its errors would
    # look like effects there.
    without = [
        [prepared.models[of].predict(prepared.table.matrix, member=fold) for of in (0, arm)]
        for fold in range(len(prepared.models[0].members))
    ]
    gained = np.column_stack([trial.outcome - untreated for untreated, _ in without])
    missed = np.column_stack([reached - trial.outcome for _, reached in without])
    of_treated = boost(prepared.table.rows(treated), gained[treated])
    of_control = boost(prepared.table.rows(control), missed[control])
    own = weight * crosswise(prepared.table, of_control, control)
    own += (1 - weight) * crosswise(prepared.table, of_treated, treated)
    return (
        lambda matrix: (
            weight * of_control.predict(matrix) + (1 - weight) * of_treated.predict(matrix)
        ),
        own,
    )


def dr_learner(prepared: Prepared, arm: int) -> Parts:
    """The difference of doubly robust scores."""
    return _regressed(prepared, arm, prepared.scores)


def transformed_learner(prepared: Prepared, arm: int) -> Parts:
    """The difference of inverse-propensity scores of the outcome less its mean."""
    trial = prepared.trial
    scores = np.zeros_like(prepared.expected)
    rows = np.arange(len(trial.arm))
    drawn = trial.propensity[rows, trial.arm]
    scores[rows, trial.arm] = (trial.outcome - trial.outcome.mean()) / drawn
    return _regressed(prepared, arm, scores)


LEARNERS: dict[str, Learner] = {
    "t": t_learner,
    "x": x_learner,
    "dr": dr_learner,
    "transformed": transformed_learner,
}


def fit(trial: Trial, seed: int, learner: str = "dr") -> EffectModel:
    """A model of the effects on the outcome. Raises NotEnoughData where an arm has too few rows."""
    return learned(prepare(trial, seed), learner)


def learned(prepared: Prepared, learner: str = "dr") -> EffectModel:
    """The same from models of the outcome that are there already."""
    trial, scores = prepared.trial, prepared.scores
    count = len(trial.arms)
    raws: list[Raw] = []
    mean, slope, centre = np.zeros(count), np.zeros(count), np.zeros(count)
    own = np.zeros((len(trial.arm), count))
    for arm in range(1, count):
        raw, crossed = LEARNERS[learner](prepared, arm)
        raws.append(raw)
        both = _both_drawn(trial, arm)
        difference = scores[both, arm] - scores[both, 0]
        mean[arm], centre[arm] = difference.mean(), crossed[both].mean()
        slope[arm] = shrunk_slope(difference, crossed[both])
        own[:, arm] = mean[arm] + slope[arm] * (crossed - centre[arm])
    return EffectModel(trial.arms, prepared.reader, tuple(raws), mean, slope, centre, own)


def _regressed(prepared: Prepared, arm: int, scores: Floats) -> Parts:
    """The difference of scores, regressed on the covariates."""
    both = _both_drawn(prepared.trial, arm)
    model = boost(prepared.table.rows(both), scores[both, arm] - scores[both, 0])
    return model.predict, crosswise(prepared.table, model, both)


def _both_drawn(trial: Trial, arm: int) -> np.ndarray:
    """(n,) where the arm and the control could be drawn: elsewhere nothing compares them."""
    return (trial.propensity[:, arm] > 0) & (trial.propensity[:, 0] > 0)
