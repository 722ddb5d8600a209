"""What a campaign of a size can show: campaigns simulated on last night's customers.

Those of the highest value at stake who may be contacted are the list. Their control group is drawn
as a list's is, whole circles at once. Who leaves is drawn by the predicted risk, of the contacted
with all hazards less by a share, the fall; customers leave independently of each other. Each
campaign is judged as a read-out judges: the predicted risk taken off, errors of circles, 95 %. The
least fall that is found in four of five campaigns is what the size and the share can show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm

from features.engine.store import Histories
from features.errors import NotEnoughData
from features.progress import Progress, silent
from serving.retention.drawing.arms import draw
from serving.retention.drawing.circles import circles, friends
from serving.retention.drawing.power import LEVEL, POWER
from training.fit_settings import LabelSettings

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SIZES, SHARES = (1_000, 3_000, 10_000, 30_000), (0.1, 0.2, 0.3, 0.5)
DRAWS, PLAYS = 10, 20  # draws of the control group, and plays of each
LARGEST_FALL, STEPS = 0.95, 7  # halvings: a fall to within a point
SEED = 1


@dataclass(frozen=True)
class Planned:
    """A list of `customers`, `control` of them not contacted, of whom `churn` would leave.

    `fall`: the least share of the hazards that a contact must take off to be found `POWER` of the
    time; `points`: what that is as a change of churn. Null where even `LARGEST_FALL` is not found.
    """

    customers: int
    control_share: float
    control: int
    churn: float
    fall: float | None
    points: float | None


def plan(
    scores: pd.DataFrame,
    is_free: Flags,
    histories: Histories,
    rules: LabelSettings,
    sizes: Sequence[int],
    shares: Sequence[float],
    progress: Progress = silent,
) -> list[Planned]:
    """Each size with each share of control customers; `sizes`: empty for those that there are.

    `is_free`: whom no rule of contact excludes. `rules`: of the label whose risk the scores are. A
    read-out counts from the night on, so the lead time is added, with the same hazard.

    Raises NotEnoughData where the night has no customer who may be contacted, or fewer than a size.
    """
    people = contactable(scores, is_free)
    if people.empty:
        raise NotEnoughData("no customer of the last night may be contacted and has a value")
    chosen = tuple(sizes) or tuple(own for own in SIZES if own <= len(people)) or (len(people),)
    if max(chosen) > len(people):
        raise NotEnoughData(
            f"--size is {max(chosen):,}; the last night has {len(people):,} customers who may be "
            f"contacted. Request fewer."
        )
    as_of = people["as_of"].iloc[0].to_pydatetime()
    periods = (rules.lead_days + rules.horizon_days) / rules.horizon_days
    people = people.assign(churn_risk=1 - (1 - people["churn_risk"]) ** periods)
    found: list[Planned] = []
    for size in chosen:
        own = people.head(size)
        ids = own["customer_id"].to_numpy(dtype=object)
        units = circles(own["group_id"].to_numpy(dtype=object), friends(histories, ids, as_of))
        for share in shares:
            progress("plan", len(found), len(chosen) * len(shares))
            found.append(planned(own, units, share))
    progress("plan", len(found), len(found))
    return found


def contactable(scores: pd.DataFrame, is_free: Flags) -> pd.DataFrame:
    """Who may be contacted and has a value at stake, the highest first."""
    known = scores["value_at_stake"].notna() & scores["churn_risk"].notna()
    own = scores[is_free & known]
    return own.sort_values(["value_at_stake", "customer_id"], ascending=[False, True])


def planned(people: pd.DataFrame, units: NDArray[np.int64], share: float) -> Planned:
    """What a list of these customers can show with this share of them as control customers."""
    risk = people["churn_risk"].to_numpy(dtype=float)
    ids, tiers = (people[name].to_numpy(dtype=object) for name in ("customer_id", "value_tier"))
    drawn = [draw(ids, units, tiers, risk, share, SEED + number).control for number in range(DRAWS)]
    plays = [Plays(risk, units, control, SEED + number) for number, control in enumerate(drawn)]
    fall = least_fall(plays)
    treated = risk[~drawn[0]]
    points = None if fall is None else float((treated - _less(treated, fall)).mean())
    return Planned(
        len(people), share, round(float(np.mean([own.sum() for own in drawn]))),
        float(risk.mean()), fall, points,
    )  # fmt: skip


def least_fall(plays: Sequence[Plays]) -> float | None:
    """The least fall of the hazards that is found `POWER` of the time, within half a point."""

    def is_found(fall: float) -> bool:
        return float(np.mean([own.found(fall) for own in plays])) >= POWER

    low, high = 0.0, LARGEST_FALL
    if not is_found(high):
        return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_found(middle) else (middle, high)
    return high


class Plays:
    """One draw of a control group played several times, with the same luck for every fall."""

    def __init__(
        self, risk: Floats, units: NDArray[Any], control: Flags, seed: int, plays: int = PLAYS
    ) -> None:
        order = np.argsort(units, kind="stable")
        self._risk, self._control = risk[order], control[order]
        self._starts = np.unique(units[order], return_index=True)[1]
        self._luck = np.random.default_rng(seed).random((plays, len(risk)))

    def found(self, fall: float) -> float:
        """In which share of the plays fewer of the contacted leave, beyond chance."""
        control = self._control
        if control.all() or not control.any():
            return 0.0
        leaves = np.where(control, self._risk, _less(self._risk, fall))
        more = (self._luck < leaves) - self._risk  # than was predicted
        means = [more[:, arm].mean(axis=1) for arm in (control, ~control)]
        away = np.where(control, more - means[0][:, None], more - means[1][:, None])
        counts = np.where(control, control.sum(), (~control).sum())
        of_units = np.add.reduceat(away / counts, self._starts, axis=1)
        error = np.sqrt((of_units**2).sum(axis=1))
        return float((means[0] - means[1] > norm.ppf(1 - LEVEL / 2) * error).mean())


def _less(risk: Floats, fall: float) -> Floats:
    """The risk with its hazard less by the share `fall`."""
    found: Floats = 1 - (1 - risk) ** (1 - fall)
    return found
