"""What a member's staying brought: a margin that both arms are measured by alike.

    stayed      the sum over twelve months of someone certain to stay the month
                (`training.value.at_stake` with a risk of 0)
    left        the margin of the days that they were there

with the monthly margin that was predicted on the list's night, before the draw: nothing that a
contact could have changed enters it but the staying itself. What an accepted offer gives away is
its cost, and is counted there. What a contact changes after the window is not counted: the figure
errs on the low side where an offer goes on to keep, and on the high side where it only delays.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.windows import MONTH_DAYS
from serving.campaigns.trial.staying import STAYED, Staying
from training.churn.calibration import EVERYONE
from training.models.bundle import Bundle
from training.value.at_stake import value_at_stake

Floats = NDArray[np.float64]


def margin_kept(members: pd.DataFrame, own: Staying, bundle: Bundle) -> Floats:
    """(n,) in the currency's unit; 0 where no margin was predicted."""
    assert bundle.value is not None  # else no list would have been made
    means, modes = bundle.value.base_risk, members["payment_mode"]
    mean_risk = np.array([means.get(str(mode), means[EVERYONE]) for mode in modes], dtype=float)
    margin = members["margin"].fillna(0.0).to_numpy(dtype=float)
    whole = value_at_stake(
        margin, np.zeros(len(members)), mean_risk, bundle.label["horizon_days"],
        bundle.value.annual_discount,
    )  # fmt: skip
    there = margin * own.days.to_numpy(dtype=float) / MONTH_DAYS
    return np.where((own.outcome == STAYED).to_numpy(), whole, there)
