"""What one campaign says of its offers, by offer and tier: answers, and who left.

Who left is counted by arm and answer, beside how many were expected to by the risk that was
predicted before the draw. The variance of such a count is that of the predicted risks, so that it
does not hang on the few who left, times what the residuals of whole drawn units have more than
that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from features.histories.bills.tiers import TIERS
from serving.campaigns.trial.randomised import ListTest
from serving.retention.drawing.arms import TREATED
from serving.retention.learned.evidence import Count, Effect
from training.uplift.hazards import Group

CERTAIN = 0.999  # no risk is taken to be higher, or lower than what is missing to 1


def counts_of(members: pd.DataFrame) -> tuple[Count, ...]:
    """Of the treated contacted and accepted, by offer, tier and channel."""
    own = members[members["arm"] == TREATED]
    own = own.assign(tier=_tiers(own), contacted=own["contacts"].gt(0) | own["reached"])
    names = ["offer", "tier", "channel"]
    summed = own.groupby(names, as_index=False)[["contacted", "accepted"]].sum()
    columns = [summed[name].tolist() for name in (*names, "contacted", "accepted")]
    return tuple(Count(*row) for row in zip(*columns, strict=True))


def effects_of(
    test: ListTest, horizon_days: int, window_days: int, reach: Mapping[str, float]
) -> tuple[Effect, ...]:
    """Who left, of each offer and tier; the risks are over `horizon_days`.

    `reach`: by channel as it is declared, for channels by which no refusal is reported.
    """
    risk = test.members["churn_risk"].to_numpy(dtype=float)
    power = window_days / horizon_days
    expected = 1 - (1 - np.clip(risk, 1 - CERTAIN, CERTAIN)) ** power
    rows = test.members.assign(
        tier=_tiers(test.members),
        expected=expected,
        variance=expected * (1 - expected),
        left=1 - test.trial.outcome,
        refused=_refused(test.members, reach),
    )
    return tuple(_effects(rows, _scale(rows)))


def _effects(rows: pd.DataFrame, scale: float) -> Iterator[Effect]:
    for (offer, tier), own in rows.groupby(["offer", "tier"]):
        is_treated, accepted = own["arm"] == TREATED, own["accepted"]
        refused = ~accepted & (own["refused"] == 1)
        others, control = own[is_treated & ~accepted & ~refused], own[~is_treated]
        yield Effect(
            offer=str(offer),
            tier=str(tier),
            control=_group(control),
            accepted=_group(own[is_treated & accepted]),
            refused=_group(own[is_treated & refused]),
            others=_group(others),
            others_refused=_mean(others["refused"]),
            control_accepted=_mean(control["accepted"]),
            control_refused=_mean(control["refused"]),
            dispersion=scale * float(own["variance"].sum() / own["expected"].sum()),
        )


def _group(rows: pd.DataFrame) -> Group:
    return Group(len(rows), float(rows["expected"].sum()), float(rows["left"].sum()))


def _mean(values: pd.Series) -> float:
    return float(values.mean()) if len(values) else 0.0


def _scale(rows: pd.DataFrame) -> float:
    """By how much the residuals of drawn units vary more than risks one by one, at least 1."""
    units = (rows["left"] - rows["expected"]).groupby(rows["unit"]).sum()
    return max(1.0, float((units**2).sum() / rows["variance"].sum()))


def _refused(members: pd.DataFrame, reach: Mapping[str, float]) -> pd.Series:
    """Who refused: 1 or 0; a share where a channel reports acceptances and no other answers."""
    answers = members.loc[members["reached"] & ~members["accepted"], "channel"]
    reports = members["channel"].isin(answers.unique())
    guessed = members["channel"].map(dict(reach)).fillna(0.0) * members["contacts"].gt(0)
    refused = members["reached"].astype(float).where(reports, guessed)
    return refused.where(~members["accepted"], 0.0)


def _tiers(members: pd.DataFrame) -> pd.Series:
    """The value tier; who has none counts with the lowest, as in the expected gain."""
    return members["value_tier"].where(members["value_tier"].isin(TIERS), TIERS[0]).astype(str)
