"""A read-out's checks and effects: its own checks first, and no effect where the arms differ."""

from __future__ import annotations

from typing import Any

import numpy as np

from features.words import say
from serving.campaigns.readout.effects import (
    SEED,
    Effect,
    effects_of_all,
    effects_of_parts,
    effects_of_reached,
    measures_of,
)
from serving.campaigns.trial.holding import Holding
from serving.campaigns.trial.randomised import ARMS, ListTest
from training.experiments.balance import balance, balance_check
from training.experiments.checks import (
    Check,
    arm_sizes,
    crossover,
    few_events,
    missing_outcomes,
    sample_ratio,
    whole_clusters,
)
from training.experiments.effects.clustered import MIXED, Interval, clusters_of

Plain = dict[str, Any]


def shown(test: ListTest, holding: Holding, language: str) -> Plain:
    """`is_named`, `checks`, `effects` (of all, then of parts) and of those `reached`.

    Shares lie between 0 and 1, amounts are in the currency's unit a customer.
    """
    checks = checks_of(test)
    is_named = not any(one.forbids for one in checks)
    effects: tuple[Effect, ...] = ()
    reached: tuple[Effect, ...] = ()
    if is_named:
        measures = measures_of(test.trial)
        effects = effects_of_all(test.trial, measures) + effects_of_parts(test, measures)
        reached = effects_of_reached(test, measures)
    return {
        "is_named": is_named,
        "checks": [*(_check(one, language) for one in checks), _holds(holding, language)],
        "effects": [_effect(one) for one in effects],
        "reached": [_effect(one) for one in reached],
    }


def checks_of(test: ListTest) -> tuple[Check, ...]:
    """Sample ratio, balance, missing outcomes, sizes, whole units, contamination."""
    trial = test.trial
    drawn = clusters_of(trial).arm
    counts = np.bincount(drawn[drawn != MIXED], minlength=len(ARMS)).astype(float)
    received = test.members["reached"].to_numpy(dtype=np.intp)
    found = (
        sample_ratio(ARMS, counts, trial.propensity.mean(axis=0)),
        balance_check(balance(trial, SEED)),
        missing_outcomes(ARMS, test.drawn, test.has_outcome),
        arm_sizes(trial),
        few_events(trial, trial.outcome),
        whole_clusters(trial),
        crossover(trial, received),
    )
    return tuple(one for one in found if one is not None)


def _check(one: Check, language: str) -> Plain:
    return {
        "name": one.name, "passed": one.passed, "refuses": one.refuses,
        "message": one.message(language),
    }  # fmt: skip


def _holds(holding: Holding, language: str) -> Plain:
    key = "holds_broken" if holding.is_broken else "holds_kept"
    message = say("readout", key, language, **dict(holding.elsewhere))
    return {"name": "holds", "passed": not holding.is_broken, "refuses": False, "message": message}


def _effect(one: Effect) -> Plain:
    return {
        "measure": one.measure,
        "by": one.by,
        "of": one.of,
        "customers": one.customers,
        **_interval(one.adjusted),
        "level": one.level,
        "p_value": one.adjusted.p_value,
        "plain": _interval(one.plain),
        "narrower": one.narrower,
    }


def _interval(own: Interval) -> dict[str, float]:
    return {"estimate": own.value, "low": own.low, "high": own.high}
