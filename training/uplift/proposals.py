"""What each policy would do about every row of a test, learned from the other folds alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.experiments.trial import Trial
from training.statistics.logistic import Floats
from training.uplift.learners.folds import cluster_folds
from training.uplift.learners.money import Seen, learn_both
from training.uplift.learners.outcomes import doubly_robust
from training.uplift.policies import (
    BY_RISK,
    BY_UPLIFT,
    DO_NOT_DISTURB,
    EVERYBODY,
    IN_MONEY,
    NOBODY,
    RANDOM,
    Customers,
    Ranking,
    at_random,
    best_arm,
    most_gain,
    ranked,
    untouched,
)

FOLDS = 4
SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


Rule = Callable[[Customers], tuple[Floats, NDArray[np.intp]]]  # the score and the arm of each


@dataclass(frozen=True)
class Proposals:
    """`shares`: by policy (n, arms) the probability of each arm. `scores`: (n, arms) what each arm
    would bring each row, its cost taken off: doubly robust, by models that did not see the row."""

    shares: Mapping[str, Floats]
    scores: Floats


@dataclass(frozen=True)
class _Campaign:
    """The test with the rules it stands under; `open_arms`, (n, arms), may be given."""

    trial: Trial
    open_arms: NDArray[np.bool_]
    budget: float | None
    scores: Mapping[str, Floats]

    def customers(self, part: NDArray[np.bool_], seen: Seen) -> Customers:
        """What the policies see of some of the rows, which have their share of the budget."""
        cost = self.trial.cost[part]
        ranks = {BY_RISK: -seen.untreated}
        ranks |= {f"by_{name}": own[part] for name, own in self.scores.items()}
        budget = None if self.budget is None else self.budget * float(part.mean())
        gain = seen.money - (cost - cost[:, :1])
        return Customers(seen.effect, gain, cost, self.open_arms[part], ranks, budget)


def propose(
    trial: Trial,
    seed: int,
    budget: float | None,
    allowed: NDArray[np.bool_] | None,
    scores: Mapping[str, Floats],
) -> Proposals:
    """Every policy's arms for every row. Raises NotEnoughData where an arm has too few rows."""
    open_arms = trial.propensity > 0  # what was never drawn cannot be valued
    if allowed is not None:
        open_arms &= allowed
    open_arms[:, 0] = True
    campaign = _Campaign(trial, open_arms, budget, scores)
    fold = cluster_folds(trial, FOLDS, seed)
    shares: dict[str, Floats] = {}
    values = np.empty(trial.propensity.shape)
    for own in range(FOLDS):
        decided, values[fold == own] = _held_back(campaign, fold == own, seed + own)
        for name, given in decided.items():
            shares.setdefault(name, np.empty(values.shape))[fold == own] = given
    return Proposals(shares, values)


def _held_back(
    campaign: _Campaign, held: NDArray[np.bool_], seed: int
) -> tuple[dict[str, Floats], Floats]:
    """By policy what is done about the rows held back, and what each arm would bring each."""
    fit, judged = campaign.trial.rows(~held), campaign.trial.rows(held)
    models = learn_both(fit, seed)
    now = models.of(models.reader.matrix(judged.covariates))
    known = doubly_robust(fit, fit.worth, models.own.expected) - fit.cost
    decided = _decide(
        campaign.trial.arms,
        campaign.customers(~held, models.own),
        campaign.customers(held, now),
        known,
    )
    return decided, doubly_robust(judged, judged.worth, now.expected) - judged.cost


def _decide(
    arms: tuple[str, ...], before: Customers, now: Customers, known: Floats
) -> dict[str, Floats]:
    """By policy what is done about `now`; shares and arms are chosen by `known`, (n, arms) scores
    of `before`."""
    treatments = list(range(1, len(arms)))
    decided = {NOBODY: untouched(now)}
    for arm in treatments:
        name = EVERYBODY if len(arms) == 2 else f"{EVERYBODY}:{arms[arm]}"
        decided[name] = at_random(now, [arm], with_control=False)
    decided[RANDOM] = at_random(now, treatments, with_control=True)
    single = _best_single(before, known)
    for name in now.scores:
        if now.scores[name].ndim == 2:
            decided[name] = most_gain(now, now.scores[name])
        else:
            decided[name] = _ranked(before, now, known, _by_score(name, single))
    decided[BY_UPLIFT] = _ranked(before, now, known, _uplift)
    decided[DO_NOT_DISTURB] = most_gain(now, now.effect)
    decided[IN_MONEY] = most_gain(now, now.gain)
    return decided


def _uplift(customers: Customers) -> tuple[Floats, NDArray[np.intp]]:
    """The arm of the greatest effect on the outcome, and that effect."""
    arm = best_arm(customers, customers.effect)
    return customers.effect[np.arange(len(arm)), arm], arm


def _by_score(name: str, arm: int) -> Rule:
    """The same arm for all, by a score."""
    return lambda customers: (customers.scores[name], np.full(len(customers.cost), arm))


def _ranked(before: Customers, now: Customers, known: Floats, rule: Rule) -> Floats:
    """A rule down to the share of customers that earned most before."""
    score, arm = rule(before)
    earned = [float((ranked(before, Ranking(score, arm, share)) * known).sum()) for share in SHARES]
    score, arm = rule(now)
    return ranked(now, Ranking(score, arm, SHARES[int(np.argmax(earned))]))


def _best_single(customers: Customers, known: Floats) -> int:
    """The one arm that earns most where it is allowed: a rule that only ranks gives it."""
    gained = [
        float((known[:, arm] - known[:, 0])[customers.allowed[:, arm]].sum())
        for arm in range(1, known.shape[1])
    ]
    return int(np.argmax(gained)) + 1
