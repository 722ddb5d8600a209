"""What customers are worth, as the night keeps it and the counter hears it."""

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


@dataclass(frozen=True)
class Valued:
    """Tiers and amounts of n customers.

    `tier`: names, null where the bundle knows no bounds. `predicted`, `chances` (n, tiers),
    `margin` (a month), `at_stake` and `expected_loss`, in the currency: null where it has no
    models of value; amounts are NaN where no bill is known. `expected_loss` is the value at
    stake without the month's churn risk less that with it.
    """

    tier: NDArray[np.object_] | None
    predicted: NDArray[np.object_] | None
    chances: Floats | None
    margin: Floats | None
    at_stake: Floats | None
    expected_loss: Floats | None

    def told(self, place: int, currency: str) -> dict[str, Any]:
        """One customer's value as JSON: as in `serving.http.schemas`, without the reasons."""
        chances = None if self.chances is None else self.chances[place]
        return {
            "value_tier": None if self.tier is None else self.tier[place],
            "tier_probabilities": None
            if chances is None
            else {name: float(chance) for name, chance in zip(TIERS, chances, strict=True)},
            f"margin_{currency.lower()}": _amount(self.margin, place),
            f"value_at_stake_{currency.lower()}": _amount(self.at_stake, place),
        }


def valued(
    bundle: Bundle,
    matrix: Matrix,
    sums: NDArray[np.int64],
    risk: Floats,
    modes: NDArray[np.object_],
) -> Valued:
    """The value of rows with the model's input `matrix`, by the bundle.

    `sums` (n, 3) as `serving.scores.latest.Rows` has them; `risk` and `modes` of shape (n,).
    """
    bounds = bundle.tier_bounds_fen
    tier = None if bounds is None else names(tiers_of(sums[:, 1], sums[:, 0], bounds))
    if bundle.value is None:
        return Valued(tier, None, None, None, None, None)
    chances = bundle.value.tier_probabilities(matrix)
    margin = bundle.value.monthly_margin(matrix, sums)
    at_stake = bundle.at_stake(margin, risk, modes)
    expected_loss = bundle.at_stake(margin, np.zeros_like(risk), modes) - at_stake
    return Valued(tier, names(likeliest(chances)), chances, margin, at_stake, expected_loss)


def _amount(amounts: Floats | None, place: int) -> float | None:
    if amounts is None or np.isnan(amounts[place]):
        return None
    return float(amounts[place])
