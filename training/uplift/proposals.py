"""What each policy would do about every row of a test, learned from the other folds alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.experiments.trial import Trial
from training.statistics.logistic import Floats
from training.uplift.learners.effects import EffectModel, learned, of_money
from training.uplift.learners.folds import cluster_folds
from training.uplift.learners.outcomes import Prepared, doubly_robust, prepare
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
LEARNER = "dr"


Rule = Callable[[Customers], tuple[Floats, NDArray[np.intp]]]  # the score and the arm of each


@dataclass(frozen=True)
class Proposals:
    """`shares`: by policy (n, arms) the probability of each arm. `scores`: (n, arms) what each arm
    would bring each row, its cost taken off: doubly robust, by models that did not see the row."""

    shares: Mapping[str, Floats]
    scores: Floats


@dataclass(frozen=True)
class _Learned:
    """The fitted folds: models of the outcome and of the money, with both their effects."""

    money: Prepared
    outcome: Prepared
    of_money: EffectModel
    of_outcome: EffectModel


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
    fold = cluster_folds(trial, FOLDS, seed)
    shares: dict[str, Floats] = {}
    values = np.empty(trial.propensity.shape)
    for own in range(FOLDS):
        held, fit = fold == own, fold != own
        models = _learn(trial.rows(fit), seed + own)
        judged = trial.rows(held)
        matrix = models.money.reader.matrix(judged.covariates)
        expected = models.money.outcomes(matrix)
        values[held] = doubly_robust(judged, judged.worth, expected) - judged.cost
        before = _customers(trial, fit, open_arms, budget, scores, models)
        now = _customers(trial, held, open_arms, budget, scores, models, matrix)
        known = models.money.scores - trial.cost[fit]
        for name, decided in _decide(trial.arms, before, now, known).items():
            shares.setdefault(name, np.empty(values.shape))[held] = decided
    return Proposals(shares, values)


def _learn(trial: Trial, seed: int) -> _Learned:
    money = prepare(of_money(trial), seed)
    of_its_money = learned(money, LEARNER)
    if np.array_equal(trial.outcome, trial.worth):
        return _Learned(money, money, of_its_money, of_its_money)
    outcome = prepare(trial, seed)
    return _Learned(money, outcome, of_its_money, learned(outcome, LEARNER))


def _customers(
    trial: Trial,
    chosen: NDArray[np.bool_],
    open_arms: NDArray[np.bool_],
    budget: float | None,
    scores: Mapping[str, Floats],
    models: _Learned,
    matrix: NDArray[np.float32] | None = None,
) -> Customers:
    """What the policies see of the chosen rows; `matrix` is None for those that were fitted."""
    cost = trial.cost[chosen]
    if matrix is None:
        effect, money = models.of_outcome.own, models.of_money.own
        untreated = models.outcome.expected[:, 0]
    else:
        effect, money = (model.effects_of(matrix) for model in (models.of_outcome, models.of_money))
        untreated = models.outcome.models[0].predict(matrix)
    seen = {BY_RISK: -untreated} | {f"by_{name}": own[chosen] for name, own in scores.items()}
    limit = None if budget is None else budget * chosen.mean()
    gain = money - (cost - cost[:, :1])
    return Customers(effect, gain, cost, open_arms[chosen], seen, limit)


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
