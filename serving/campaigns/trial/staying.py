"""Who of a list stayed through the label's window, and when that is known.

Everyone who left from the list's night on counts as gone, also within the lead time: both arms are
looked at from the draw on. Who had left before the draw, unseen, belongs to neither arm. A
competing event (a transfer, a death) leaves no outcome, and is counted by arm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from features.engine.store import Histories
from training.fit_settings import LabelSettings
from training.labels import label

DAY = timedelta(days=1)
STAYED, LEFT, COMPETING, BEFORE = "stayed", "left", "competing", "left_before"


@dataclass(frozen=True)
class Staying:
    """One row a member, in their order: `outcome` (see above) and `days` they were there.

    `known_at`: when the last of the labels is known. `is_known`: whether that has come; else the
    outcomes are those known so far, silences not among them.
    """

    outcome: pd.Series
    days: pd.Series
    window_days: int
    known_at: datetime
    is_known: bool


def staying(
    histories: Histories,
    members: pd.DataFrame,
    as_of: datetime,
    rules: LabelSettings,
    moment: datetime,
) -> Staying:
    """Who of these members (customer_id, payment_mode) stayed, as known at `moment`."""
    modes = members["payment_mode"].unique()
    known_at = as_of + max(rules.maturity(histories.lag_days, str(mode)) for mode in modes)
    is_known = known_at <= moment
    base = members[["customer_id", "payment_mode"]]
    if not is_known:  # what use is not known yet would be taken for silence
        base = base.assign(payment_mode="postpaid")
    found = label(histories, base, as_of, rules)
    window_days = rules.lead_days + rules.horizon_days
    at = found["event_at"]
    outcome = np.select(
        [
            (at < pd.Timestamp(as_of)).to_numpy(),
            found["outcome"].isin(["left", "left_early"]).to_numpy(),
            (found["outcome"] == "competing").to_numpy(),
        ],
        [BEFORE, LEFT, COMPETING],
        STAYED,
    )
    days = (at - pd.Timestamp(as_of)) / DAY
    there = days.where(pd.Series(outcome, index=at.index) == LEFT, float(window_days))
    return Staying(
        pd.Series(outcome, index=members.index), there.clip(lower=0.0), window_days, known_at,
        is_known,
    )  # fmt: skip


def known_until(histories: Histories, now: datetime) -> datetime:
    """Up to when the histories know what happened: the feeds' end, and never beyond `now`."""
    use = histories.tables["days"]
    latest = histories.connection.execute(use.day.max())
    reach = pd.Timestamp(latest).to_pydatetime() + DAY + timedelta(days=histories.lag_days)
    return min(now, reach)
