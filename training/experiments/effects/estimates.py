"""The effect of every arm against the control, by intention to treat.

Rows count for the arm that was drawn, whatever they received. Each effect is given adjusted for
what was known before, with the plain difference of means beside it, so that the gain in width can
be seen. Amounts are heavy-tailed: nothing is cut off, since the few large ones are part of what an
arm brings; the interval is that of the mean.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.experiments.effects.clustered import Clusters, Interval, clusters_of, interval
from training.experiments.effects.early import always_valid, raised, seen_so_far
from training.experiments.effects.means import ArmMeans, arm_means
from training.experiments.effects.predicted import predicted
from training.experiments.trial import Numbers, Trial

ANY = "(any)"  # all arms but the control together, in the shares of the draw
SHARE, AMOUNT = "share", "amount"


@dataclass(frozen=True)
class Measure:
    """What an effect is on: `values` (n,), a `unit`, and whether more is better."""

    name: str
    unit: str
    values: Numbers
    is_wanted: bool = True


@dataclass(frozen=True)
class Effect:
    """`adjusted` and `plain` are the effect of `arm` on a measure, at `level`.

    `always` are the ends of the adjusted interval for those who look before the end.
    """

    arm: str
    measure: Measure
    adjusted: Interval
    plain: Interval
    always: tuple[float, float]
    level: float

    @property
    def gain(self) -> float:
        """By which share the adjusted interval is narrower than the plain one."""
        return 1 - self.adjusted.width / self.plain.width if self.plain.width else 0.0


@dataclass(frozen=True)
class Measured:
    """A measure's means of the arms, plain and adjusted for `predicted` (n,), null without one."""

    measure: Measure
    plain: ArmMeans
    adjusted: ArmMeans
    predicted: Numbers | None

    @property
    def slopes(self) -> int:
        """How many the adjustment fits in each arm."""
        return int(self.predicted is not None)


def measured(trial: Trial, measures: tuple[Measure, ...], seed: int) -> tuple[Measured, ...]:
    """The means of the arms in each measure; one that follows another shares its prediction."""
    found: list[Measured] = []
    known: list[tuple[Numbers, Numbers | None]] = []
    for one in measures:
        prediction = next((own for values, own in known if _follows(one.values, values)), None)
        if prediction is None:
            prediction = predicted(trial, one.values, seed)
            known.append((one.values, prediction))
        plain = arm_means(trial, one.values)
        adjusted = plain if prediction is None else arm_means(trial, one.values, prediction)
        found.append(Measured(one, plain, adjusted, prediction))
    return tuple(found)


def effects_of(trial: Trial, found: tuple[Measured, ...], level: float) -> tuple[Effect, ...]:
    """Every arm's effect on every measure, and with several arms that of any of them."""
    clusters = clusters_of(trial)
    arms = list(arm_weights(trial).items())
    return tuple(
        _effect(arm, weights, one, trial, clusters, level) for one in found for arm, weights in arms
    )


def arm_weights(trial: Trial) -> dict[str, Numbers]:
    """By name the weights (arms,) of each arm against the control, and of any of several."""
    unit = np.eye(len(trial.arms))
    found = {arm: unit[place] for place, arm in enumerate(trial.arms) if place}
    if len(found) > 1:
        share = trial.propensity.mean(axis=0)
        share[0] = 0.0
        found[ANY] = share / share.sum()
    return found


def _effect(
    arm: str, weights: Numbers, one: Measured, trial: Trial, clusters: Clusters, level: float
) -> Effect:
    value, influence = one.adjusted.effect(weights)
    plain, plain_influence = one.plain.effect(weights)
    seen = seen_so_far(trial, clusters)
    times = raised(trial, one.measure.values, weights, plain_influence, clusters)
    return Effect(
        arm,
        one.measure,
        interval(value, influence, clusters, level, one.slopes),
        interval(plain, plain_influence, clusters, level),
        always_valid(value, influence, clusters, level, seen, times, one.slopes),
        level,
    )


def _follows(values: Numbers, other: Numbers) -> bool:
    """Whether values are a straight line of others, or nearly: costs hardly change a prediction."""
    if np.ptp(values) == 0 or np.ptp(other) == 0:
        return False
    return abs(float(np.corrcoef(values, other)[0, 1])) > 0.999
