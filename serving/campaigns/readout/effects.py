"""What a list's test shows, each figure by intention to treat: harm is a figure like gain.

The share who stayed, the margin that their staying brought, and the profit, what the campaign cost
taken off: of all who were drawn to be contacted, against all who were not. The prediction from
before the draw that sharpens the figure of all sharpens those of parts too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from serving.campaigns.trial.randomised import ListTest
from training.experiments.effects.clustered import Interval, clusters_of, interval
from training.experiments.effects.means import ArmMeans, arm_means
from training.experiments.effects.predicted import predicted
from training.experiments.trial import Trial

Floats = NDArray[np.float64]
SEED = 7
LEVEL = 0.95
STAY, MARGIN, PROFIT = "stay", "margin", "profit"
AGAINST_CONTROL = np.array([0.0, 1.0])
PARTS = {"tier": "value_tier", "channel": "channel", "offer": "offer", "store": "store_id"}
FEW_CUSTOMERS, MAX_PARTS = 30, 20  # of an arm in a part; parts of one kind, the largest first
MIN_MORE_REACHED = 0.02  # a difference in the share reached below which nothing follows from it


@dataclass(frozen=True)
class Measure:
    """A figure of the trial's rows: `values` and, from before the draw, its prediction or null."""

    name: str
    values: Floats
    prediction: Floats | None

    def rows(self, chosen: NDArray[np.bool_]) -> Measure:
        prediction = None if self.prediction is None else self.prediction[chosen]
        return replace(self, values=self.values[chosen], prediction=prediction)


@dataclass(frozen=True)
class Effect:
    """The effect on a measure, sharpened and plain; `by` and `of`: of which part, null of all."""

    measure: str
    adjusted: Interval
    plain: Interval
    level: float
    customers: int
    by: str | None = None
    of: str | None = None

    @property
    def narrower(self) -> float:
        """By which share the sharpened interval is narrower than the plain one."""
        return 1 - self.adjusted.width / self.plain.width if self.plain.width else 0.0


def measures_of(trial: Trial) -> tuple[Measure, ...]:
    """The three figures; the profit is predicted as the margin is, from which it hardly differs."""
    margin = predicted(trial, trial.worth, SEED)
    return (
        Measure(STAY, trial.outcome, predicted(trial, trial.outcome, SEED)),
        Measure(MARGIN, trial.worth, margin),
        Measure(PROFIT, trial.profit, margin),
    )


def effects_of_all(
    trial: Trial, measures: Sequence[Measure], level: float = LEVEL
) -> tuple[Effect, ...]:
    """Each figure's effect over the whole list."""
    return tuple(_effect(trial, one, level) for one in measures)


def effects_of_parts(
    test: ListTest, measures: Sequence[Measure], level: float = LEVEL
) -> tuple[Effect, ...]:
    """Staying and profit by tier, channel, offer and store, of parts with enough customers.

    All intervals of one figure hold together at `level`, however many parts there are (Bonferroni).
    """
    parts = list(_parts(test.members, test.trial))
    if not parts:
        return ()
    own = 1 - (1 - level) / len(parts)
    return tuple(
        replace(_effect(test.trial.rows(chosen), one.rows(chosen), own), by=by, of=of)
        for by, of, chosen in parts
        for one in measures
        if one.name != MARGIN
    )


def effects_of_reached(
    test: ListTest, measures: Sequence[Measure], level: float = LEVEL
) -> tuple[Effect, ...]:
    """Each figure's effect on those whom the campaign reached, and would not have otherwise.

    The draw as an instrument (Angrist, Imbens and Rubin 1996, JASA 91:444): the effect of the draw
    over that on being reached. It assumes that a draw changes nothing for who is not reached.
    None where the draw hardly changed who was reached.
    """
    trial = test.trial
    reached = arm_means(trial, test.members["reached"].to_numpy(dtype=np.float64))
    more, influence = reached.effect(AGAINST_CONTROL)
    if more < MIN_MORE_REACHED:
        return ()
    found: list[Effect] = []
    for one in measures:
        sharpened, plain = (
            _by_instrument(trial, own, more, influence, level) for own in _means(trial, one)
        )
        found.append(Effect(one.name, sharpened, plain, level, len(trial.arm)))
    return tuple(found)


def _by_instrument(
    trial: Trial, means: ArmMeans, more: float, influence: Floats, level: float
) -> Interval:
    effect, own = means.effect(AGAINST_CONTROL)
    value = effect / more
    return interval(value, (own - value * influence) / more, clusters_of(trial), level)


def _effect(trial: Trial, measure: Measure, level: float) -> Effect:
    clusters = clusters_of(trial)
    sharpened, plain = _means(trial, measure)
    intervals = (
        interval(*own.effect(AGAINST_CONTROL), clusters, level, slopes)
        for own, slopes in ((sharpened, int(measure.prediction is not None)), (plain, 0))
    )
    return Effect(measure.name, *intervals, level, len(trial.arm))


def _means(trial: Trial, measure: Measure) -> tuple[ArmMeans, ArmMeans]:
    plain = arm_means(trial, measure.values)
    if measure.prediction is None:
        return plain, plain
    return arm_means(trial, measure.values, measure.prediction), plain


def _parts(members: pd.DataFrame, trial: Trial) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Each part of the list with enough customers in both arms: its kind, name and rows."""
    for by, column in PARTS.items():
        for of in members[column].value_counts().index[:MAX_PARTS]:
            chosen = (members[column] == of).to_numpy(dtype=bool)
            sizes = np.bincount(trial.arm[chosen], minlength=len(trial.arms))
            if sizes.min() >= FEW_CUSTOMERS:
                yield by, str(of), chosen
