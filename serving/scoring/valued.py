"""The value of customers, as the night keeps it and the counter answers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.histories.bills.tiers import TIERS, names, tiers_of
from training.encoding import Matrix
from training.models.bundle import Bundle
from training.statistics.metrics import Floats
from training.value import likeliest

Modes = NDArray[np.object_]  # payment modes


@dataclass(frozen=True)
class Valued:
    """Tiers and amounts of n customers.

    `tier`: names, null where the bundle knows no bounds. `chances` (n, tiers), `margin` (a month)
    and `at_stake`, in the currency: null where it has no models of value; amounts are NaN where no
    bill is known. What the counter does not answer is computed where it is read.
    """

    tier: NDArray[np.object_] | None
    chances: Floats | None = None
    margin: Floats | None = None
    at_stake: Floats | None = None

    @property
    def predicted(self) -> NDArray[np.object_] | None:
        """The names of the likeliest tiers, null without models of value."""
        return None if self.chances is None else names(likeliest(self.chances))

    def expected_loss(self, bundle: Bundle, modes: Modes) -> Floats | None:
        """The value at stake without the month's churn risk less that with it; null as `margin`."""
        if self.margin is None or self.at_stake is None:
            return None
        return bundle.at_stake(self.margin, np.zeros_like(self.margin), modes) - self.at_stake

    def to_json(self, place: int, currency: str) -> dict[str, Any]:
        """One customer's value as in `serving.http.contract.schemas`, without the reasons."""
        chances = None if self.chances is None else self.chances[place].tolist()
        return {
            "value_tier": None if self.tier is None else self.tier[place],
            "tier_probabilities": None
            if chances is None
            else dict(zip(TIERS, chances, strict=True)),
            f"margin_{currency.lower()}": _amount(self.margin, place),
            f"value_at_stake_{currency.lower()}": _amount(self.at_stake, place),
        }


def valued(
    bundle: Bundle, matrix: Matrix, sums: NDArray[np.int64], risk: Floats, modes: Modes
) -> Valued:
    """The value of rows with the model's input `matrix`, by the bundle.

    `sums` (n, 3) as `serving.scores.latest.Rows` has them; `risk` and `modes` of shape (n,).
    """
    bounds = bundle.tier_bounds_fen
    tier = None if bounds is None else names(tiers_of(sums[:, 1], sums[:, 0], bounds))
    if bundle.value is None:
        return Valued(tier)
    margin = bundle.value.monthly_margin(matrix, sums)
    chances = bundle.value.tier_probabilities(matrix)
    return Valued(tier, chances, margin, bundle.at_stake(margin, risk, modes))


def _amount(amounts: Floats | None, place: int) -> float | None:
    if amounts is None or np.isnan(amounts[place]):
        return None
    return float(amounts[place])
