"""Reasons compared with the truth of a simulation: is the real cause among those shown?

SHAP values say what the model saw, the simulation what really drove the hazard. For the
riskiest customers the cause's group must be among the two groups that push up most. Beside it
stands what a guess would reach: the same causes shuffled among the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from training.statistics.logistic import Floats
from training.statistics.ranking import Places
from training.statistics.resamples import Key, intervals

TOP_SHARE = 0.05
MAX_GROUPS = 2  # groups a customer
WEIGHTY = 0.1  # of all that speaks for leaving; a group below it is not said to appear

# Under which group of features each cause of the simulated world shows. Without a group are
# `base` and `unmeasured`: nothing measured goes with them.
GROUP_OF_CAUSE = {
    "bill_shock": "billing",
    "arrears": "billing",
    "complaint": "complaints",
    "cancel_request": "complaints",
    "contract_end": "contract",
    "early_life": "contract",
    "network_trouble": "network",
    "fading": "usage",
    "rival": "usage",
    "friends": "people",
}

Names = NDArray[np.object_]


def riskiest(risk: Floats, share: float = TOP_SHARE) -> Places:
    """The places of the riskiest `share`, riskiest first; at least one row if there is any.

    >>> riskiest(np.array([0.1, 0.9, 0.3, 0.2]), share=0.5)
    array([1, 2])
    """
    count = max(1, round(share * len(risk)))
    return np.argsort(-risk, kind="stable")[:count]


def dominant_causes(rows: pd.DataFrame, hazard: pd.DataFrame) -> Names:
    """The dominant cause of each row in the month of its `as_of`, empty where none is recorded.

    `hazard` is the simulation's truth: customer_id, month (its first day), dominant_cause.
    """
    keys = pd.DataFrame(
        {
            "customer_id": rows["customer_id"].astype(str).to_numpy(),
            "month": rows["as_of"].to_numpy().astype("datetime64[M]").astype("datetime64[us]"),
        }
    )
    recorded = pd.DataFrame(
        {
            "customer_id": hazard["customer_id"].astype(str).to_numpy(),
            "month": pd.to_datetime(hazard["month"]).to_numpy().astype("datetime64[us]"),
            "cause": hazard["dominant_cause"].astype(str).to_numpy(dtype=object),
        }
    )
    causes = keys.merge(recorded, on=["customer_id", "month"], how="left")["cause"]
    return causes.fillna("").to_numpy(dtype=object)


def top_groups(
    contributions: Floats, groups: Sequence[str], count: int = MAX_GROUPS, least: float = 0.0
) -> list[list[str]]:
    """Of each row the groups that push it up most, strongest first; at most `count`.

    `contributions` are SHAP values without the expected value, shape (n, features), `groups`
    the features' groups. A group counts by the sum of all its features, hidden ones too; one
    with less than `least` of what all groups that push up come to is excluded.

    >>> top_groups(np.array([[0.2, 0.3, -0.4, 0.1]]), ["usage", "billing", "billing", "people"])
    [['usage', 'people']]
    """
    names, place = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    sums = contributions @ np.eye(len(names))[place]
    bounds = least * np.maximum(sums, 0).sum(axis=1)
    order = np.argsort(-sums, axis=1, kind="stable")[:, :count]
    return [
        [str(names[group]) for group in best if row[group] > 0 and row[group] >= bound]
        for row, bound, best in zip(sums, bounds, order, strict=True)
    ]


def reason_groups_found(
    contributions: Floats,
    groups: Sequence[str],
    causes: Names,
    customers: Names,
    *,
    draws: int = 200,
    seed: int = 7,
    group_of_cause: Mapping[str, str] = GROUP_OF_CAUSE,
) -> dict[str, Any]:
    """How often the cause's group is among the top two of those that push up.

    All of the riskiest rows: `contributions` of shape (n, features), dominant `causes` and
    `customers` of shape (n,). A row whose cause has no group is in `appears` alone.

    `share` is that of the rows found; `shuffled` the same with the causes shuffled among
    these rows (its expectation over all permutations, not one draw); `difference` theirs. Each
    has a 95 % interval over customers. `by_cause` has group, rows, share and shuffled share of
    each cause, `appears` the share of all n rows that have a group among their top two with at
    least `WEIGHTY` of all that pushes up: where little else speaks, a second place means
    next to nothing. Null where no cause is known.
    """
    names = sorted({*groups, *group_of_cause.values()})
    shown = _shown(top_groups(contributions, groups), names)
    weighty = _shown(top_groups(contributions, groups, least=WEIGHTY), names)
    known = np.array([cause in group_of_cause for cause in causes], dtype=bool)
    wanted = np.array([names.index(group_of_cause[cause]) for cause in causes[known]], dtype=int)
    customer, drawn = pd.factorize(customers[known], sort=True)

    def statistics(times: Floats) -> dict[Key, float | None]:
        weight = times[customer]
        share, shuffled = _shares(shown[known], wanted, weight)
        difference = None if share is None or shuffled is None else share - shuffled
        return {("share",): share, ("shuffled",): shuffled, ("difference",): difference}

    bounds = intervals(statistics, len(drawn), draws, seed)
    found: dict[str, Any] = {"rows": int(known.sum()), "customers": len(drawn)}
    for (name,), value in statistics(np.ones(len(drawn))).items():
        found |= {name: value, f"{name}_interval": bounds[(name,)]}
    found["by_cause"] = _by_cause(shown[known], names, causes[known], group_of_cause)
    found["appears"] = {
        name: float(share) if len(weighty) else None
        for name, share in zip(names, weighty.sum(axis=0) / max(1, len(weighty)), strict=True)
    }
    return found


def _shown(reasons: Sequence[Sequence[str]], names: Sequence[str]) -> Floats:
    """Whether each row shows each group, shape (rows, names)."""
    shown = np.array([[name in row for name in names] for row in reasons], dtype=float)
    return shown.reshape(len(reasons), len(names))


def _shares(shown: Floats, wanted: Places, weight: Floats) -> tuple[float | None, float | None]:
    """The weighted share of rows that show the group wanted, and that of shuffled wishes."""
    total = weight.sum()
    if total == 0:
        return None, None
    hit = shown[np.arange(len(wanted)), wanted]
    wishes = np.bincount(wanted, weights=weight, minlength=shown.shape[1]) / total
    return float(weight @ hit / total), float((weight @ shown / total) @ wishes)


def _by_cause(
    shown: Floats, names: list[str], causes: Names, group_of_cause: Mapping[str, str]
) -> dict[str, Any]:
    found = {}
    for cause in sorted(set(causes)):
        there = causes == cause
        column = names.index(group_of_cause[cause])
        found[str(cause)] = {
            "group": group_of_cause[cause],
            "rows": int(there.sum()),
            "share": float(shown[there, column].mean()),
            "shuffled": float(shown[:, column].mean()),
        }
    return found
