"""The list as a randomised test: its rows, arms and chances, as `training.experiments` reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import RequestRefused
from serving.campaigns.trial.staying import BEFORE, LEFT, STAYED, Staying
from serving.retention.drawing.arms import CONTROL, TREATED
from training.experiments.trial import Trial, equal_clusters

Floats = NDArray[np.float64]
ARMS = (CONTROL, TREATED)
BEFORE_THE_DRAW = (
    "churn_risk", "value_at_stake", "margin", "revenue", "tenure_days", "days_to_contract_end",
    "value_tier", "payment_mode", "brand", "city",
)  # fmt: skip
TEXTS = ("value_tier", "payment_mode", "brand", "city")
FEW, OTHERS = 10, "(others)"  # a level of which fewer are expected in an arm joins the others


@dataclass(frozen=True)
class ListTest:
    """A campaign's test: the trial of the members with an outcome, and what else is known of them.

    `members` are the trial's rows, in its order. `outcomes`: by arm how many stayed, left, had a
    competing event, or had left before the draw. `drawn` and `has_outcome` are of everyone who was
    there at the draw: the arm, and whether an outcome is known.
    """

    trial: Trial
    members: pd.DataFrame
    outcomes: Mapping[str, Mapping[str, int]]
    drawn: NDArray[np.intp]
    has_outcome: NDArray[np.bool_]

    @property
    def received(self) -> NDArray[np.intp]:
        """(n,) the arm that each row got: the treated one where the customer was reached."""
        return self.members["reached"].to_numpy(dtype=np.intp)


def list_test(members: pd.DataFrame, own: Staying, margin: Floats) -> ListTest:
    """The test by intention to treat: each member in the arm that was drawn, whatever came of it.

    Raises RequestRefused (`no_control`) where an arm has no member with an outcome.
    """
    seen = pd.crosstab(members["arm"], own.outcome)
    outcomes = {
        str(arm): {str(name): int(count) for name, count in row.items()}
        for arm, row in seen.iterrows()
    }
    kept = own.outcome.isin([STAYED, LEFT]).to_numpy()
    rows = members[kept].reset_index(drop=True)
    missing = [arm for arm in ARMS if not (rows["arm"] == arm).any()]
    if missing:
        raise RequestRefused(
            "no_control",
            f"the list has no customer with an outcome in the arm {missing[0]}, so nothing can be "
            "compared. Request lists with a control_share above 0.",
        )
    is_treated = (rows["arm"] == TREATED).to_numpy()
    share = rows["propensity"].to_numpy(dtype=float)
    trial = Trial(
        arms=ARMS,
        arm=is_treated.astype(np.intp),
        propensity=np.column_stack([1 - share, share]),
        outcome=np.asarray(own.outcome[kept] == STAYED, dtype=np.float64),
        worth=margin[kept],
        cost=_costs(rows, is_treated),
        covariates=_covariates(rows),
        cluster=equal_clusters(rows["unit"].tolist()),
        stratum=equal_clusters(rows["stratum"].tolist()),
    )
    there = (own.outcome != BEFORE).to_numpy()
    drawn = (members["arm"] == TREATED).to_numpy()[there].astype(np.intp)
    return ListTest(trial, rows, outcomes, drawn, kept[there])


def _costs(rows: pd.DataFrame, is_treated: NDArray[np.bool_]) -> Floats:
    """(n, 2) what each arm costs for the row: of a treated one the ledger's sum.

    For a control what contacting them would have cost: the mean of the treated with their offer
    and channel, or of all where there are none.
    """
    treated = rows[is_treated]
    means = treated.groupby(["offer", "channel"])["cost"].mean().rename("mean_cost")
    would = rows.join(means, on=["offer", "channel"])["mean_cost"].fillna(treated["cost"].mean())
    cost = np.where(is_treated, rows["cost"], would)
    return np.column_stack([np.zeros(len(rows)), cost.astype(float)])


def _covariates(rows: pd.DataFrame) -> pd.DataFrame:
    """What was known before the draw; numbers as floats, texts as categories, rare ones joined.

    The offer is none of it: it was chosen after the draw.
    """
    found = rows[list(BEFORE_THE_DRAW)].copy()
    smallest = float(np.minimum(rows["propensity"], 1 - rows["propensity"]).mean())
    for name in found.columns:
        own = found[name]
        if name in TEXTS:
            expected = own.map(own.value_counts()) * smallest
            found[name] = own.where(expected >= FEW, OTHERS).astype("category")
        else:
            found[name] = own.astype("float64")
    return found
