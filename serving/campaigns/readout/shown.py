"""What a list's test shows: its own checks first, and no effect where the arms differ.

Three figures, each by intention to treat, of all who were drawn to be contacted against all who
were not: the share who stayed, the margin that their staying brought, and the profit, what the
campaign cost taken off. Harm is a figure like gain.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from features.words import say
from serving.campaigns.trial.holding import Holding
from serving.campaigns.trial.randomised import ARMS, BEFORE_THE_DRAW, ListTest
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
from training.experiments.effects.estimates import (
    AMOUNT,
    SHARE,
    Effect,
    Measure,
    Measured,
    effects_of,
    measured,
)
from training.experiments.effects.reached import Reached, reached_effects
from training.experiments.effects.segments import MAX_LEVELS, SegmentEffect, segments
from training.experiments.trial import Trial

Plain = dict[str, Any]
SEED = 7
LEVEL = 0.95
STAY, MARGIN, PROFIT = "stay", "margin", "profit"
PARTS = {"tier": "value_tier", "channel": "channel", "offer": "offer", "store": "store_id"}
OTHERS = "(others)"


def shown(test: ListTest, holding: Holding, language: str, level: float = LEVEL) -> Plain:
    """`is_named`, `checks`, and where they allow it `effects`, those of the `reached` and `parts`.

    Shares lie between 0 and 1, amounts are in the currency's unit a customer.
    """
    checks = checks_of(test, language)
    is_named = not any(one.forbids for one in checks)
    found: Plain = {
        "is_named": is_named,
        "checks": [*(_check(one, language) for one in checks), _holds(holding, language)],
        "effects": [],
        "reached": [],
        "parts": [],
    }
    return found | _effects(test, level) if is_named else found


def checks_of(test: ListTest, language: str) -> tuple[Check, ...]:
    """Sample ratio, balance, missing outcomes, sizes, whole units, contamination.

    Their sentences name arms and columns in this language.
    """
    arms = tuple(say("readout", f"named_{name}", language) for name in ARMS)
    columns = {name: say("readout", f"before_{name}", language) for name in BEFORE_THE_DRAW}
    covariates = test.trial.covariates.rename(columns=columns)
    trial = replace(test.trial, arms=arms, covariates=covariates)
    drawn = clusters_of(trial).arm
    counts = np.bincount(drawn[drawn != MIXED], minlength=len(ARMS)).astype(float)
    found = (
        sample_ratio(arms, counts, trial.propensity.mean(axis=0)),
        balance_check(balance(trial, SEED)),
        missing_outcomes(arms, test.drawn, test.has_outcome),
        arm_sizes(trial),
        few_events(trial, trial.outcome),
        whole_clusters(trial),
        crossover(trial, test.received),
    )
    return tuple(one for one in found if one is not None)


def _effects(test: ListTest, level: float) -> Plain:
    trial = test.trial
    measures = (
        Measure(STAY, SHARE, trial.outcome),
        Measure(MARGIN, AMOUNT, trial.worth),
        Measure(PROFIT, AMOUNT, trial.profit),
    )
    means = measured(trial, measures, SEED)
    reached = [one for own in means for one in reached_effects(trial, test.received, own, level)]
    return {
        "effects": [effect_json(one) for one in effects_of(trial, means, level)],
        "reached": [own for one in reached if (own := _reached(one)) is not None],
        "parts": [
            own for one in means if one.measure.name != MARGIN for own in _parts(test, one, level)
        ],
    }


def _parts(test: ListTest, means: Measured, level: float) -> list[Plain]:
    """The effect in each part of the list; a figure's intervals hold for all looks together.

    Without the parts in which nothing differs yet, as all of them stayed: they have no interval.
    """
    columns = {by: _largest(test.members[name]) for by, name in PARTS.items()}
    parted: Trial = replace(test.trial, covariates=pd.DataFrame(columns))
    found = segments(parted, means.measure.values, means.predicted, list(PARTS), level, SEED)
    ends = [(one, one.interval.low, one.interval.high) for one in found.effects]
    return [_part(one, means.measure.name) for one, *own in ends if np.isfinite(own).all()]


def _largest(values: pd.Series) -> pd.Series:
    """The column with its most frequent values alone; the rest are the others."""
    own = values.astype(object).where(values.notna(), OTHERS)
    kept = own.value_counts().index[: MAX_LEVELS - 1]
    return own.where(own.isin(kept), OTHERS)


def _check(one: Check, language: str) -> Plain:
    return {
        "name": one.name, "passed": one.passed, "refuses": one.refuses,
        "message": one.message(language),
    }  # fmt: skip


def _holds(holding: Holding, language: str) -> Plain:
    key = "holds_broken" if holding.is_broken else "holds_kept"
    message = say("readout", key, language, **dict(holding.elsewhere))
    return {"name": "holds", "passed": not holding.is_broken, "refuses": False, "message": message}


def effect_json(one: Effect) -> Plain:
    """One effect as plain values: the sharpened interval, the plain and the always valid one."""
    low, high = one.always
    return {
        "measure": one.measure.name,
        **_interval(one.adjusted),
        "level": one.level,
        "p_value": one.adjusted.p_value,
        "plain": _interval(one.plain),
        "narrower_by": one.gain,
        "always_valid": {"estimate": one.adjusted.value, "low": low, "high": high},
    }


def _reached(one: Reached) -> Plain | None:
    """Null where the data refute no effect at all: too few were reached."""
    if one.value is None or one.low is None or one.high is None:
        return None
    return {
        "measure": one.measure.name, "share_reached": one.share, "estimate": one.value,
        "low": one.low, "high": one.high, "level": one.level,
    }  # fmt: skip


def _part(one: SegmentEffect, measure: str) -> Plain:
    return {
        "measure": measure, "by": one.column, "of": one.level, "customers": one.rows,
        **_interval(one.interval),
    }  # fmt: skip


def _interval(own: Interval) -> Plain:
    return {"estimate": own.value, "low": own.low, "high": own.high}
