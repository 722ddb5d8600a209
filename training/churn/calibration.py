"""From the model's raw score to a probability, fitted on a later period, per payment mode.

Platt's logistic recalibration: risk = 1 / (1 + exp(-(intercept + slope * raw))). Prepaid and
postpaid leave at different rates and for different reasons, so each has its own two numbers.
With few churners the slope stays 1 and only the level is fitted; a mode not seen at all takes
the numbers of all customers together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.statistics.logistic import Floats, fit_logistic, probability

FEW_CHURNERS = 30
EVERYONE = "everyone"
FORMER_NAMES = {"leavers": "churners"}


@dataclass(frozen=True)
class Curve:
    """One mode's intercept and slope, and the churners (rows) they were fitted on."""

    intercept: float
    slope: float
    churners: int


@dataclass(frozen=True)
class Calibration:
    """A curve a payment mode, `EVERYONE` for modes not seen."""

    curves: dict[str, Curve]

    @classmethod
    def read(cls, curves: Mapping[str, Mapping[str, Any]]) -> Calibration:
        """From `calibration.json`; `leavers` is what earlier versions called the churners.

        Raises TypeError where a curve is not whole.
        """
        return cls(
            {
                mode: Curve(**{FORMER_NAMES.get(name, name): found for name, found in own.items()})
                for mode, own in curves.items()
            }
        )

    def risk(self, raw: Floats, modes: NDArray[np.object_]) -> Floats:
        """Probabilities of shape (n,) for raw scores (log-odds) and payment modes of shape (n,)."""
        fallback = self.curves[EVERYONE]
        chosen = [self.curves.get(mode, fallback) for mode in modes]
        intercept = np.array([curve.intercept for curve in chosen], dtype=float)
        slope = np.array([curve.slope for curve in chosen], dtype=float)
        return probability(intercept + slope * raw)


def fit_calibration(
    raw: Floats, churned: Floats, modes: NDArray[np.object_], weight: Floats | None = None
) -> Calibration:
    """The calibration of raw scores against what happened, all of shape (n,).

    `weight`: how often each row counts, once without.
    """
    times = np.ones_like(raw) if weight is None else weight
    curves = {EVERYONE: _fit(raw, churned, times)}
    for mode in np.unique(modes.astype(str)):
        rows = modes == mode
        curves[str(mode)] = _fit(raw[rows], churned[rows], times[rows])
    return Calibration(curves)


def _fit(raw: Floats, churned: Floats, weight: Floats) -> Curve:
    from scipy.optimize import brentq

    churners = int(churned.sum())
    if churners >= FEW_CHURNERS and churners < len(churned) and np.ptp(raw) > 0:
        intercept, slope = fit_logistic(raw, churned, weight)
        return Curve(intercept, slope, churners)
    # Half a churner more keeps the level finite where no customer, or every one, left.
    rate = (float(churned @ weight) + 0.5) / (float(weight.sum()) + 1)
    intercept = brentq(
        lambda shift: float(probability(raw + shift) @ weight) / weight.sum() - rate, -60, 60
    )
    return Curve(float(intercept), 1.0, churners)
