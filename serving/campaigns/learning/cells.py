"""What one campaign says of its offers, by offer and tier: answers, and the effect on leaving.

The effect is a difference of means between the arms, by intention to treat, with the risk that was
predicted before the draw taken off each customer: where the prediction is good the figure is
sharper, and where it is not it is as unbiased. Its standard error is that of the predicted risks,
so that it does not hang on the few who left, times what the residuals of whole drawn units have
more than that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from features.histories.bills.tiers import TIERS
from serving.campaigns.trial.randomised import ListTest
from serving.retention.drawing.arms import CONTROL, TREATED
from serving.retention.learned.evidence import Count, Effect

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
    """The effects of the cells with customers in both arms; the risks are over `horizon_days`.

    `reach`: by channel as it is declared, for channels by which no refusal is reported.
    """
    risk = test.members["churn_risk"].to_numpy(dtype=float)
    power = window_days / horizon_days
    expected = 1 - (1 - np.clip(risk, 1 - CERTAIN, CERTAIN)) ** power
    rows = test.members.assign(
        tier=_tiers(test.members),
        expected=expected,
        variance=expected * (1 - expected),
        more=1 - test.trial.outcome - expected,
        spoken=_spoken(test.members, reach),
    )
    return tuple(_effects(rows, _scale(rows)))


def _effects(rows: pd.DataFrame, scale: float) -> Iterator[Effect]:
    for (offer, tier), own in rows.groupby(["offer", "tier"]):
        treated, control = (own[own["arm"] == arm] for arm in (TREATED, CONTROL))
        if treated.empty or control.empty:
            continue
        variance = sum(arm["variance"].sum() / len(arm) ** 2 for arm in (treated, control))
        accepted, spoken = (
            float(treated[name].mean() - control[name].mean()) for name in ("accepted", "spoken")
        )
        yield Effect(
            offer=str(offer),
            tier=str(tier),
            treated=len(treated),
            control=len(control),
            left_more=float(treated["more"].mean() - control["more"].mean()),
            error=float(np.sqrt(scale * variance)),
            left_expected=float(own["expected"].mean()),
            accepted=max(accepted, 0.0),
            refused=max(spoken - max(accepted, 0.0), 0.0),
        )


def _scale(rows: pd.DataFrame) -> float:
    """By how much the residuals of drawn units vary more than risks one by one, at least 1."""
    units = rows.groupby("unit")["more"].sum()
    return max(1.0, float((units**2).sum() / rows["variance"].sum()))


def _spoken(members: pd.DataFrame, reach: Mapping[str, float]) -> pd.Series:
    """Who was spoken to; a share where a channel reports acceptances and no other answers."""
    answers = members.loc[members["reached"] & ~members["accepted"], "channel"]
    reports = members["channel"].isin(answers.unique())
    guessed = members["channel"].map(dict(reach)).fillna(0.0) * members["contacts"].gt(0)
    spoken = members["reached"].astype(float).where(reports, guessed)
    return spoken.where(~members["accepted"], 1.0)


def _tiers(members: pd.DataFrame) -> pd.Series:
    """The value tier; who has none counts with the lowest, as in the expected gain."""
    return members["value_tier"].where(members["value_tier"].isin(TIERS), TIERS[0]).astype(str)
