"""Value at stake: what a customer is expected to bring in the next twelve months.

    sum over m = 1 to 12 of S(m) * margin * (1 + i)^-m

`S(m)` is the chance of still being there after m months. The churn risk is of one month; it
is a state that passes (a complaint is settled, an offer accepted), so it counts for the first
month alone, and from then on the customer leaves at the mean risk of their payment mode:

    S(1) = 1 - risk        S(m) = S(m - 1) * (1 - mean risk)

with both brought from the label's horizon to a month. A customer at lasting risk has less value
than this says, one never at risk a little more. The margin is that of a customer who
stays and is not weighted by survival a second time.

What the month's risk takes from it, the expected loss, is the same sum for someone who is
certain to stay the month, less this one. Of both only S(1) differs, so that with q = 1 - S(1)

    expected loss = value at stake * q / (1 - q)        q = 1 - (1 - risk)^(30.4375 / horizon days)

which is more than risk * value at stake: the value at stake holds the factor 1 - q already.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.windows import MONTH_DAYS
from training.statistics.metrics import Floats

MONTHS = 12


@dataclass(frozen=True)
class Terms:
    """By what a margin is weighed: the horizon of the risks, and the discount of a year.

    `annual_discount` is null where no value is predicted.
    """

    horizon_days: int
    annual_discount: float | None


def value_at_stake(
    monthly_margin: Floats,
    churn_risk: Floats,
    mean_risk: Floats,
    horizon_days: int,
    annual_discount: float,
) -> Floats:
    """The sum above, in the margin's currency, shape (n,); NaN without a margin.

    `mean_risk` is that of each one's payment mode; risks are over `horizon_days`.

    >>> certain = value_at_stake(np.array([10.0]), np.array([0.0]), np.array([0.0]), 30, 0.0)
    >>> certain, value_at_stake(np.array([10.0]), np.array([1.0]), np.array([0.0]), 30, 0.0)
    (array([120.]), array([0.]))
    """
    power = MONTH_DAYS / horizon_days
    stays_now, stays_later = (1 - churn_risk) ** power, (1 - mean_risk) ** power
    discount = (1 + annual_discount) ** (-1 / 12)
    months = np.arange(MONTHS)
    weights = stays_later[:, None] ** months * discount ** (months + 1)
    total: Floats = monthly_margin * stays_now * weights.sum(axis=1)
    return total
