"""The Qini curve of an order of customers, its coefficient, and the uplift in its best share.

The curve is what the treated among the best k brought, less what the controls among them brought,
brought up to the number of the treated (Radcliffe 2007, Direct Marketing Analytics Journal 3):

    q(k) = Y_treated(k) - Y_control(k) N_treated(k) / N_control(k)

The coefficient is the area between curve and diagonal, over that of the best order of these rows
(as scikit-uplift 0.5 has it). Rows with a weight count that often: 1 / propensity, so that arms of
different propensities are compared as if these had been equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.experiments.trial import Trial
from training.statistics.logistic import Floats


@dataclass(frozen=True)
class Compared:
    """Rows of one arm and of the control, highest score first: (n,) each.

    `weight` has the mean 1 among the treated and among the controls.
    """

    score: Floats
    outcome: Floats
    treated: NDArray[np.bool_]
    weight: Floats

    def ranked(self, score: Floats) -> Compared:
        """The same rows in another order."""
        order = np.argsort(-score, kind="stable")
        return Compared(score[order], self.outcome[order], self.treated[order], self.weight[order])


def compared(trial: Trial, arm: int, score: Floats) -> Compared:
    """The rows of `arm` and of the control in the order of `score`, (n,) of all rows."""
    own = (trial.arm == arm) | (trial.arm == 0)
    treated = trial.arm[own] == arm
    weight = 1 / trial.propensity[own, trial.arm[own]]
    for part in (treated, ~treated):
        weight[part] /= weight[part].mean() if part.any() else 1
    rows = Compared(score[own], trial.outcome[own], treated, weight)
    return rows.ranked(rows.score)


def qini_curve(rows: Compared) -> tuple[Floats, Floats]:
    """Numbers of customers, from 0 on, and what contacting so many brought; equal scores at once.

    Shape (points,) each. Where no control is among the best k, none is taken off.
    """
    ends = np.append(np.flatnonzero(np.diff(rows.score)), len(rows.score) - 1)
    treated, control = _so_far(rows, rows.treated, ends), _so_far(rows, ~rows.treated, ends)
    ratio = np.divide(treated[0], control[0], out=np.zeros(len(ends)), where=control[0] > 0)
    brought = treated[1] - control[1] * ratio
    return np.append(0.0, ends + 1.0), np.append(0.0, brought)


def qini_coefficient(rows: Compared) -> float | None:
    """At most 1, 0 for a random order, below it for a wrong one; null where no order is better.

    For outcomes of 0 and 1: the best order has the treated with the event first, the controls with
    it last.
    """
    best = rows.ranked(np.where(rows.treated, rows.outcome, -rows.outcome))
    area, most = _above_diagonal(rows), _above_diagonal(best)
    return area / most if most > 0 else None


def uplift_at(share: float, rows: Compared) -> float | None:
    """The difference of the arms' means among the best `share`; null where an arm has no rows."""
    top = slice(0, int(share * len(rows.score)))
    treated, outcome, weight = rows.treated[top], rows.outcome[top], rows.weight[top]
    if treated.all() or not treated.any():
        return None
    means = [np.average(outcome[part], weights=weight[part]) for part in (treated, ~treated)]
    return float(means[0] - means[1])


def _so_far(rows: Compared, part: NDArray[np.bool_], ends: NDArray[np.intp]) -> list[Floats]:
    """Of the rows of one arm, up to each end: how many, and the sum of their outcomes."""
    weight = rows.weight * part
    return [np.cumsum(weight)[ends], np.cumsum(weight * rows.outcome)[ends]]


def _above_diagonal(rows: Compared) -> float:
    counts, brought = qini_curve(rows)
    return float(np.trapezoid(brought, counts) - counts[-1] * brought[-1] / 2)
