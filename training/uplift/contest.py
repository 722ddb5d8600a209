"""Which policy of contact would have earned most on the rows of a test, and whether that is sure.

Each policy is learned on all folds but one and decides about that one; what it earns there is
estimated from the arms that were drawn (`valuation`). A learned policy is recommended only where it
earns more than doing nothing and more than the best simple one, both beyond the interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.errors import TableRefused
from training.experiments.trial import Trial
from training.statistics.estimate import Estimate
from training.statistics.logistic import Floats
from training.uplift.learners.folds import clusters_of
from training.uplift.policies import EVERYBODY, LEARNED, NOBODY
from training.uplift.proposals import Proposals, propose
from training.uplift.valuation import joint, value_of

UNCLEAR = "cannot_be_distinguished"


@dataclass(frozen=True)
class PolicyValue:
    """A policy with its value in money per customer, and what it gains over contacting no customer.

    `value` has an interval of its own; the intervals of `gain_over_nobody` hold for all policies
    together. `treated_share`: of the customers, the share that gets another arm than the control.
    """

    name: str
    value: Estimate
    treated_share: float
    gain_over_nobody: Estimate


@dataclass(frozen=True)
class Verdict:
    """What is to be said in words: the key of the sentence, and what stands in it."""

    key: str
    numbers: Mapping[str, float | str | None]


@dataclass(frozen=True)
class Contest:
    """Every policy's value, and the one to follow.

    `recommended` is null where no policy can be distinguished from doing nothing. `over_simple`:
    what the best learned policy gains over the best simple one.
    """

    policies: tuple[PolicyValue, ...]
    recommended: str | None
    over_simple: Estimate
    words: Verdict


def contest(
    trial: Trial,
    *,
    seed: int,
    budget: float | None = None,
    allowed: NDArray[np.bool_] | None = None,
    scores: Mapping[str, Floats] | None = None,
) -> Contest:
    """The policies valued on rows that they were not learned from.

    `budget`: money for all rows of the test together. `allowed`: (n, arms) what the rules permit.
    `scores`: by name, known before the draw: (n,) to rank customers by, highest first, or (n, arms)
    expected gains in money; `risk` replaces the risk that is learned here. Raises TableRefused
    where a shape is wrong, NotEnoughData where an arm has too few rows.
    """
    _check(trial, budget, allowed, scores or {})
    return judge(trial, propose(trial, seed, budget, allowed, scores or {}), seed)


def judge(trial: Trial, proposals: Proposals, seed: int) -> Contest:
    """The contest of what the policies propose for the rows of a test."""
    cluster = clusters_of(trial)
    names = list(proposals.shares)
    each = {name: (proposals.shares[name] * proposals.scores).sum(axis=1) for name in names}
    over = np.column_stack([each[name] - each[NOBODY] for name in names])
    gains = dict(zip(names, joint(over, cluster, seed), strict=True))
    policies = tuple(
        PolicyValue(name, value_of(each[name], cluster), _treated(proposals, name), gains[name])
        for name in names
    )
    field = _Field(gains, each, cluster, seed)
    simple, _ = field.climb(NOBODY, [name for name in names if name.startswith(EVERYBODY)])
    simple, _ = field.climb(simple, [name for name in names if name not in LEARNED])
    best, over_simple = field.climb(simple, [name for name in names if name in LEARNED])
    alone = {name: value_of(each[name] - each[NOBODY], cluster) for name in names}
    words = _words(gains, alone, best, (simple, over_simple))
    recommended = None if words.key == UNCLEAR else best
    return Contest(policies, recommended, over_simple, words)


@dataclass(frozen=True)
class _Field:
    """The policies with what they gain over doing nothing, and each row's value under them."""

    gains: Mapping[str, Estimate]
    each: Mapping[str, Floats]
    cluster: NDArray[np.intp]
    seed: int

    def climb(self, simple: str, names: Sequence[str]) -> tuple[str, Estimate]:
        """The best of `names` where it surely earns more than nothing and than the simpler one.

        Else the simpler one; and in either case what the best of `names` earns more than it.
        """
        against = np.column_stack([self.each[name] - self.each[simple] for name in names])
        over = dict(zip(names, joint(against, self.cluster, self.seed), strict=True))
        best = max(names, key=lambda name: over[name].value or 0.0)
        wins = _is_above(over[best]) and _is_above(self.gains[best])
        return (best if wins else simple), over[best]


def _words(
    gains: Mapping[str, Estimate],
    alone: Mapping[str, Estimate],
    best: str,
    over: tuple[str, Estimate],
) -> Verdict:
    """`alone`: the gains with an interval each; `over`: the best simple policy, and by how much
    the learned one earns more."""
    simple, over_simple = over
    difference = {
        "simple": simple,
        "difference": over_simple.value,
        "difference_low": over_simple.low,
        "difference_high": over_simple.high,
    }
    if best != NOBODY:
        key = "learned_earns_most" if best in LEARNED else "simple_is_enough"
        return Verdict(key, _numbers(best, gains[best]) | difference)
    # That all arms lose needs each to lose by itself: looking at several makes it no likelier.
    arms = [gain for name, gain in alone.items() if name.startswith(EVERYBODY)]
    if all(gain.high is not None and gain.high < 0 for gain in arms):
        least = max(arms, key=lambda gain: gain.value or 0.0)
        return Verdict("every_arm_loses", _numbers(NOBODY, least) | difference)
    others = [name for name in gains if name != NOBODY]
    first = max(others, key=lambda name: gains[name].value or 0.0)
    return Verdict(UNCLEAR, _numbers(first, gains[first]) | difference)


def _numbers(policy: str, gain: Estimate) -> dict[str, float | str | None]:
    return {"policy": policy, "gain": gain.value, "low": gain.low, "high": gain.high}


def _is_above(estimate: Estimate) -> bool:
    return estimate.low is not None and estimate.low > 0


def _treated(proposals: Proposals, name: str) -> float:
    return float(1 - proposals.shares[name][:, 0].mean())


def _check(
    trial: Trial,
    budget: float | None,
    allowed: NDArray[np.bool_] | None,
    scores: Mapping[str, Floats],
) -> None:
    shape = trial.propensity.shape
    for name in ("outcome", "worth", "cost"):
        if not np.isfinite(getattr(trial, name)).all():
            raise TableRefused(f"{name} of the test is missing or infinite in some rows")
    if budget is not None and not budget >= 0:
        raise TableRefused(f"the budget is {budget}; expected at least 0")
    if allowed is not None and allowed.shape != shape:
        raise TableRefused(f"allowed has the shape {allowed.shape}, expected {shape}")
    for name, values in scores.items():
        if values.shape not in (shape[:1], shape) or not np.isfinite(values).all():
            raise TableRefused(
                f"the score {name} has the shape {values.shape}; expected a finite number for each "
                f"of {shape[0]} rows, or for each row and arm"
            )
