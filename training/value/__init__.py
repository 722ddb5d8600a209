"""The models of value: the tier of a customer's next three bills, and their margin.

Both read the churn model's columns and assume a customer who stays. The tier is a class of
`features.histories.bills.tiers.TIERS` under the bundle's frozen bounds; the margin is predicted as
its change against the mean of the last three bills. `training.value.fit` fits them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.histories.bills.tiers import BILLS, FEN, TIERS, Bounds, tiers_of
from training.churn.calibration import EVERYONE
from training.encoding import Matrix
from training.explainer import Explainer
from training.explainer.compiled import Compiled
from training.prediction import Predictor
from training.statistics.metrics import Floats

if TYPE_CHECKING:
    import lightgbm as lgb

CENTRE = (len(TIERS) - 1) / 2
STEPS = np.arange(len(TIERS)) - CENTRE


@dataclass(frozen=True)
class ValueModels:
    """Two fitted boosters and what their answers need.

    `least_bill` (in the currency): a change of margin is a share of the mean bill, or of this where
    the bill is less. `base_risk`: the mean churn risk of each payment mode, and `annual_discount`;
    both are for `training.value.at_stake`. `compiled` is what the tier's explainer was read as,
    null where it has to be made.
    """

    tier: lgb.Booster
    margin: lgb.Booster
    least_bill: float
    base_risk: Mapping[str, float]
    annual_discount: float
    compiled: Compiled | None = field(default=None, repr=False, compare=False)

    @cached_property
    def explainer(self) -> Explainer:
        """What explains the tier; raises ValueError for a model beyond the gate."""
        return Explainer(self.tier, self.compiled)

    @cached_property
    def _tier_predictor(self) -> Predictor:
        return Predictor(self.tier)

    @cached_property
    def _margin_predictor(self) -> Predictor:
        return Predictor(self.margin)

    def mean_risk(self, modes: NDArray[np.object_]) -> Floats:
        """Mean churn risks of these payment modes, of everyone for an unknown one, shape (n,)."""
        means = self.base_risk
        return np.array([means.get(mode, means[EVERYONE]) for mode in modes], dtype=float)

    def tier_probabilities(self, matrix: Matrix) -> Floats:
        """The chance of each tier over the next three bills, shape (n, tiers)."""
        if len(matrix) == 0:
            return np.empty((0, len(TIERS)))
        return self._tier_predictor.predict(matrix)

    def monthly_margin(self, matrix: Matrix, sums: NDArray[np.int64]) -> Floats:
        """The margin expected a month, in the currency, shape (n,); NaN without any bill.

        `sums` of shape (n, 3): bills, revenue_fen, margin_fen of the latest ones.
        """
        if len(matrix) == 0:
            return np.empty(0)
        bill, margin = means(sums)
        share = self._margin_predictor.predict(matrix)
        expected: Floats = margin + np.maximum(bill, self.least_bill) * share
        return expected

    def tier_effects(self, matrix: Matrix) -> Floats:
        """Exact SHAP values of the ordinal score, shape (n, features + 1), the last its mean.

        The score is sum_k (k - 1.5) * raw_k over the tiers' raw scores: what pushes up is above
        0, what pushes down below, and a row sums to its score.
        """
        columns = self.explainer.features + 1
        values = self.explainer.shap_values(matrix).reshape(-1, len(TIERS), columns)
        effects: Floats = np.einsum("nkf,k->nf", values, STEPS)
        return effects


def means(sums: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """The mean bill and the mean margin in the currency, shape (n,); NaN without any bill."""
    bills = np.where(sums[:, 0] > 0, sums[:, 0], np.nan)
    return sums[:, 1] / bills / FEN, sums[:, 2] / bills / FEN


def sums_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    """bills, revenue_fen, margin_fen of the rows, shape (n, 3); 0 where no bill is known."""
    found = rows[["bills", "revenue_fen", "margin_fen"]].fillna(0)
    sums: NDArray[np.int64] = found.to_numpy(dtype=np.int64)
    return sums


def next_tier(rows: pd.DataFrame, bounds: Bounds) -> NDArray[np.int64]:
    """The tier by the three next bills, as a place in `TIERS`."""
    revenue_fen = rows["next_revenue_fen"].to_numpy(dtype=np.int64)
    return tiers_of(revenue_fen, np.full(len(rows), BILLS), bounds)


def next_margin(rows: pd.DataFrame) -> Floats:
    """The margin a month of the three next bills, in the currency."""
    margin: Floats = rows["next_margin_fen"].to_numpy(dtype=float) / BILLS / FEN
    return margin


def likeliest(chances: Floats) -> NDArray[np.int64]:
    """The middle of each distribution over the tiers, shape (n,): half the chance lies up to it.

    >>> likeliest(np.array([[0.4, 0.3, 0.2, 0.1], [0.6, 0.2, 0.1, 0.1]]))
    array([1, 0])
    """
    middle: NDArray[np.int64] = (np.cumsum(chances, axis=1) < 0.5).sum(axis=1)
    return np.minimum(middle, len(TIERS) - 1)
