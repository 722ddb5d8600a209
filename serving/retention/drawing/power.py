"""What a control group can show: the least effect on churn that it would find four times in five.

Two shares compared, two-sided at 5 %, with 80 % power (Fleiss, Levin and Paik 2003, Statistical
Methods for Rates and Proportions, chapter 4):

    e = z(0.975) sqrt(q (1 - q) d (1 / treated + 1 / control))
        + z(0.80) sqrt(d (p1 (1 - p1) / treated + p (1 - p) / control))

with the predicted churn p without contact, p1 = p - e with it, q the mean over both arms, and d the
design effect of drawing whole units, 1 + (cv^2 + 1) m r - r with mean size m, its coefficient of
variation cv, and the correlation r within a unit (Eldridge, Ashby and Kerry 2006, International
Journal of Epidemiology 35:1292).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import norm

LEVEL, POWER = 0.05, 0.8
CORRELATION = 0.05  # of churn within a unit, as friends and colleagues leave together


@dataclass(frozen=True)
class Power:
    """`detectable` and `expected` are absolute changes of churn over the horizon, as shares.

    `campaigns`: how many such campaigns pooled would show the expected effect; null for no number.
    """

    treated: int
    control: int
    churn: float
    design_effect: float
    detectable: float | None
    expected: float
    campaigns: int | None

    @property
    def is_enough(self) -> bool:
        return self.campaigns == 1


def power(
    risk: NDArray[np.float64], units: NDArray[np.int64], control: NDArray[np.bool_], effect: float
) -> Power:
    """The power of a list: risk, unit and arm of each member; `effect` is the change expected."""
    churn = float(risk.mean()) if len(risk) else 0.0
    design = design_effect(units)
    treated, controls = int((~control).sum()), int(control.sum())
    least = detectable(treated, controls, churn, design)
    pooled = None
    if 0 < least < inf and effect:
        pooled = max(1, int(np.ceil((least / abs(effect)) ** 2)))
    return Power(treated, controls, churn, design, None if least == inf else least, effect, pooled)


def design_effect(units: NDArray[np.int64]) -> float:
    """By how much whole units widen the variance.

    >>> design_effect(np.array([0, 1, 2])), round(design_effect(np.array([0, 0, 1, 1])), 3)
    (1.0, 1.05)
    """
    if not len(units):
        return 1.0
    sizes = np.unique(units, return_counts=True)[1].astype(float)
    variation = float(sizes.std() / sizes.mean())
    return float(1 + ((variation**2 + 1) * sizes.mean() - 1) * CORRELATION)


def detectable(treated: int, control: int, churn: float, design: float = 1.0) -> float:
    """The least fall of churn that is found with `POWER`.

    Infinite where an arm is empty, or so small that not even to keep everyone would be found.

    >>> round(detectable(4000, 4000, 0.05), 4), detectable(10, 0, 0.05)
    (0.0128, inf)
    """
    if not treated or not control:
        return inf
    chance, found = float(norm.ppf(1 - LEVEL / 2)), float(norm.ppf(POWER))

    def missing(fall: float) -> float:
        kept = churn - fall
        mean = (kept * treated + churn * control) / (treated + control)
        both = mean * (1 - mean) * design * (1 / treated + 1 / control)
        each = design * (kept * (1 - kept) / treated + churn * (1 - churn) / control)
        return fall - chance * sqrt(both) - found * sqrt(each)

    return inf if missing(churn) < 0 else float(brentq(missing, 0.0, churn))
