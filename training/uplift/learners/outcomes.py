"""What each arm would bring each row: cross-fitted models of the outcome, and doubly robust scores.

    score_a = m_a(x) + 1{arm = a} / p_a (y - m_a(x))

The mean of a score is the mean outcome under the arm, whatever `m` is, since the propensities p are
known (Robins, Rotnitzky and Zhao 1994; Dudik, Langford and Li 2011). `m` only takes noise away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.encoding import Matrix
from training.experiments.trial import Trial
from training.statistics.logistic import Floats
from training.uplift.learners.boosting import Boosted, Table, boost
from training.uplift.learners.folds import cluster_folds
from training.uplift.learners.matrix import Reader, learn_reader

FOLDS = 3


@dataclass(frozen=True)
class Prepared:
    """A test ready for any learner: `expected` (n, arms) by models that did not see the row."""

    trial: Trial
    reader: Reader
    table: Table
    models: tuple[Boosted, ...]
    expected: Floats

    @property
    def scores(self) -> Floats:
        """(n, arms) doubly robust, of the outcome."""
        return doubly_robust(self.trial, self.trial.outcome, self.expected)

    def outcomes(self, matrix: Matrix) -> Floats:
        """(n, arms) the outcome expected of rows that were not fitted."""
        return np.column_stack([model.predict(matrix) for model in self.models])


def prepare(trial: Trial, seed: int) -> Prepared:
    """Models of the outcome in each arm. Raises NotEnoughData where an arm has too few rows."""
    reader = learn_reader(trial.covariates)
    fold = cluster_folds(trial, FOLDS, seed)
    table = Table(reader.matrix(trial.covariates), reader.categorical, fold, seed)
    is_event = bool(np.isin(trial.outcome, (0.0, 1.0)).all())
    models = tuple(
        boost(table.rows(trial.arm == arm), trial.outcome[trial.arm == arm], is_event=is_event)
        for arm in range(len(trial.arms))
    )
    expected = np.column_stack(
        [crosswise(table, model, trial.arm == arm) for arm, model in enumerate(models)]
    )
    return Prepared(trial, reader, table, models, expected)


def doubly_robust(trial: Trial, outcome: Floats, expected: Floats) -> Floats:
    """(n, arms) the scores of `outcome`; where an arm could not be drawn, what is expected."""
    scores = expected.copy()
    rows = np.arange(len(outcome))
    drawn = trial.propensity[rows, trial.arm]
    scores[rows, trial.arm] += (outcome - expected[rows, trial.arm]) / drawn
    return scores


def crosswise(table: Table, model: Boosted, fitted: NDArray[np.bool_]) -> Floats:
    """(n,) the predictions of every row by the member that did not see its fold.

    `fitted`, (n,): the rows that the model was fitted on, which have theirs already.
    """
    found = np.empty(len(table.fold))
    found[fitted] = model.own
    for place, fold in enumerate(np.unique(table.fold)):
        held = (table.fold == fold) & ~fitted
        if held.any():
            found[held] = model.predict(table.matrix[held], member=place)
    return found
