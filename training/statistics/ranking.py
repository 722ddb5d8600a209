"""Rows in order of risk, sorted once, so that a bootstrap judges them by many weights.

A resample of customers is a weight a row (how often it counts). Sorting is the expensive part and
does not depend on it; after that one running sum of the weights, read at the churners, gives
every figure of the ranking. Churned is class 1, risk its probability. Figures are null (None)
where all rows left or all stayed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from training.indicators.evaluation import (
    AUC,
    AVERAGE_PRECISION,
    BRIER_SKILL,
    CALIBRATION_SLOPE,
    OBSERVED_OVER_EXPECTED,
    TOP_DECILE_LIFT,
    TOP_DECILE_OBSERVED_OVER_EXPECTED,
)
from training.statistics.logistic import Floats, Refit, log_odds

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Ranking:
    """Rows, riskiest first; equal risks keep the order they came in.

    `order` are the rows' places before sorting, `churners` the places of those who left. Of the
    run of equal risks that each churner stands in, `first` and `last` are the ends, `before` and
    `upto` how many churners there are before it and up to its end.
    """

    order: Places
    churned: Floats
    risk: Floats
    churners: Places
    first: Places
    last: Places
    before: Places
    upto: Places

    def weigh(self, weight: Floats) -> Weighed:
        """The rows with a weight each, of shape (n,), in the order they had before sorting."""
        return Weighed(self, weight[self.order])

    @cached_property
    def score(self) -> Floats:
        """The risks as log-odds."""
        return log_odds(self.risk)

    @cached_property
    def squared_error(self) -> Floats:
        """(churned - risk) squared."""
        error: Floats = (self.churned - self.risk) ** 2
        return error

    @cached_property
    def refit(self) -> Refit:
        """The logistic regression of churned on the score, ready for many weights."""
        return Refit(self.score, self.churned)

    @cached_property
    def heads(self) -> Places:
        """The first place of each run of equal risks."""
        return np.append(0, np.flatnonzero(np.diff(self.risk)) + 1)


def rank(churned: Floats, risk: Floats) -> Ranking:
    """The ranking of rows by risk; both of shape (n,)."""
    order = np.argsort(-risk, kind="stable")
    churned, risk = churned[order], risk[order]
    churners = np.flatnonzero(churned)
    ends = np.append(np.flatnonzero(np.diff(risk)), len(risk) - 1)
    run = np.searchsorted(ends, churners)
    last = ends[run]
    first = np.where(run > 0, ends[run - 1] + 1, 0) if len(churners) else churners
    before = np.searchsorted(churners, first)
    upto = np.searchsorted(churners, last, side="right")
    return Ranking(order, churned, risk, churners, first, last, before, upto)


@dataclass(frozen=True)
class Weighed:
    """A ranking whose rows count `weight` times each (riskiest first)."""

    ranking: Ranking
    weight: Floats

    @cached_property
    def seen(self) -> Floats:
        """Of each place the weight of all rows up to and with it."""
        return np.cumsum(self.weight)

    @cached_property
    def leaving(self) -> Floats:
        """The weight of each churner."""
        return self.weight[self.ranking.churners]

    @cached_property
    def has_both(self) -> bool:
        """Whether some rows left and some stayed."""
        return len(self.weight) > 0 and 0 < self.leaving.sum() < self.seen[-1]

    def auc(self) -> float | None:
        """The chance that a churner has a higher risk than a stayer; a tie counts a half."""
        if not self.has_both:
            return None
        last, first = self.ranking.last, self.ranking.first
        before, upto = self.seen[first] - self.weight[first], self.seen[last]
        left_before, left_upto = self._left_around_runs()
        # Stayers above, and half of those beside: what each churner loses.
        above = before - left_before
        beside = (upto - before) - (left_upto - left_before)
        left, total = self.leaving.sum(), self.seen[-1]
        lost = self.leaving @ (above + beside / 2)
        return float(1 - lost / (left * (total - left)))

    def average_precision(self) -> float | None:
        """Mean precision over the churners, those of equal risk together."""
        if not self.has_both:
            return None
        _, left_upto = self._left_around_runs()
        upto = np.maximum(self.seen[self.ranking.last], 1e-300)  # a run of no weight adds nothing
        return float(self.leaving @ (left_upto / upto) / self.leaving.sum())

    def precision_at(self, share: float) -> float | None:
        """Churn rate among the riskiest `share`; the last row counts in part.

        >>> risk = np.array([.9, .2, .1, .3])
        >>> rank(np.array([1., 0, 0, 0]), risk).weigh(np.ones(4)).precision_at(0.5)
        0.5
        """
        if not self.has_both:
            return None
        left, _, room = self._top(share)
        return left / room

    def lift_at(self, share: float) -> float | None:
        """`precision_at`, over the overall churn rate."""
        precision = self.precision_at(share)
        if precision is None:
            return None
        return float(precision / (self.leaving.sum() / self.seen[-1]))

    def observed_over_expected_at(self, share: float) -> float | None:
        """Churners seen among the riskiest `share`, over the sum of their risks."""
        if len(self.weight) == 0 or self.seen[-1] == 0:
            return None
        left, expected, _ = self._top(share)
        return left / expected if expected > 0 else None

    def calibration_slope(self) -> float | None:
        """Slope of a logistic regression of churned on the risk's log-odds; 1 is calibrated.

        Below 1 the risks are too extreme, above 1 too timid (Cox 1958). Null where the risk is
        one number for all.
        """
        if not self.has_both or self._alike():
            return None
        return self.ranking.refit.under(self.weight)[1]

    def brier_skill(self) -> float | None:
        """1 minus the Brier score over that of the rows' own churn rate."""
        if not self.has_both:
            return None
        total = self.seen[-1]
        rate = self.leaving.sum() / total
        own = self.weight @ self.ranking.squared_error / total
        return float(1 - own / (rate * (1 - rate)))

    def _alike(self) -> bool:
        """Whether all rows that count have one risk."""
        first = np.searchsorted(self.seen, 0, side="right")
        last = np.searchsorted(self.seen, self.seen[-1])
        return bool(self.ranking.score[first] == self.ranking.score[last])

    def _left_around_runs(self) -> tuple[Floats, Floats]:
        """Of each churner's run of equal risks the churners before it and up to its end."""
        left = np.append(0.0, np.cumsum(self.leaving))
        return left[self.ranking.before], left[self.ranking.upto]

    def _top(self, share: float) -> tuple[float, float, float]:
        """Churners, sum of risks and weight among the riskiest `share`."""
        room = share * self.seen[-1]
        whole = int(np.searchsorted(self.seen, room, side="right"))
        part = room - (self.seen[whole - 1] if whole else 0.0)
        left = self.leaving[: np.searchsorted(self.ranking.churners, whole)].sum()
        expected = self.weight[:whole] @ self.ranking.risk[:whole]
        if part > 0 and whole < len(self.weight):
            left += part * self.ranking.churned[whole]
            expected += part * self.ranking.risk[whole]
        return float(left), float(expected), float(room)


MEASURES: dict[str, Callable[[Weighed], float | None]] = {
    AUC.name: Weighed.auc,
    AVERAGE_PRECISION.name: Weighed.average_precision,
    TOP_DECILE_LIFT.name: lambda rows: rows.lift_at(0.1),
    CALIBRATION_SLOPE.name: Weighed.calibration_slope,
    OBSERVED_OVER_EXPECTED.name: lambda rows: rows.observed_over_expected_at(1.0),
    TOP_DECILE_OBSERVED_OVER_EXPECTED.name: lambda rows: rows.observed_over_expected_at(0.1),
    BRIER_SKILL.name: Weighed.brier_skill,
}
