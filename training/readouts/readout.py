"""One test read out: its checks first, then its effects, unless the arms cannot be compared."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.progress import Progress, silent
from training.experiments.balance import balance, balance_check
from training.experiments.checks import (
    Check,
    arm_sizes,
    crossover,
    few_events,
    missing_outcomes,
    repeated_rows,
    sample_ratio,
    whole_clusters,
)
from training.experiments.effects.clustered import clusters_of
from training.experiments.effects.estimates import (
    AMOUNT,
    SHARE,
    Effect,
    Measure,
    effects_of,
    measured,
)
from training.experiments.leaks import leaks
from training.experiments.rows.arms import UNKNOWN
from training.experiments.rows.reading import Experiment, ExperimentRequest, read_experiment
from training.experiments.trial import Trial
from training.experiments.verdict import PROFIT
from training.tables.suspects import Suspect

VALUE = "value"
SEED = 7
NEARLY_ONE_EACH = 0.95  # share of different values: a row equal to another is then a copy


@dataclass(frozen=True)
class Readout:
    """`trial` has no suspected leak among its covariates; `effects` is empty where refused."""

    experiment: Experiment
    trial: Trial
    checks: tuple[Check, ...]
    suspected: tuple[Suspect, ...]
    effects: tuple[Effect, ...]


def read_out(
    table: pd.DataFrame, request: ExperimentRequest, level: float, progress: Progress = silent
) -> Readout:
    """The read-out of the test in a table.

    Raises TableRefused, NotEnoughData, SettingsError.
    """
    progress("checks", 0, 1)
    experiment = read_experiment(table, request)
    trial = experiment.trial
    alike = balance(trial, SEED)
    suspected = leaks(trial, experiment.columns, alike, SEED).found
    if suspected:
        named = [one.column for one in suspected]
        trial = replace(trial, covariates=trial.covariates.drop(columns=named))
        alike = balance(trial, SEED)
    checks = (*_checks(experiment), balance_check(alike))
    progress("checks", 1, 1)
    effects: tuple[Effect, ...] = ()
    if not any(one.forbids for one in checks):
        progress("effects", 0, 1)
        effects = effects_of(trial, measured(trial, _measures(experiment, request), SEED), level)
        progress("effects", 1, 1)
    return Readout(experiment, trial, checks, suspected, effects)


def _checks(experiment: Experiment) -> tuple[Check, ...]:
    trial, arms = experiment.trial, experiment.arms
    known = arms.arm != UNKNOWN
    events = trial.outcome if experiment.outcome.is_event else None
    drawn = _drawn(experiment)
    found = [
        sample_ratio(arms.names, drawn, experiment.planned),
        missing_outcomes(arms.names, arms.arm[known], experiment.has_outcome[known]),
        arm_sizes(trial),
        None if events is None else few_events(trial, events),
        whole_clusters(trial),
        None if experiment.received is None else crossover(trial, experiment.received),
        repeated_rows(len(arms.arm), experiment.repeated, _expected_copies(experiment)),
    ]
    return tuple(one for one in found if one is not None)


def _drawn(experiment: Experiment) -> np.ndarray:
    """(arms,) how many were drawn by themselves into each: rows, or clusters."""
    if experiment.trial.cluster is None:
        return experiment.arms.counts
    arm = clusters_of(experiment.trial).arm
    return np.bincount(arm[arm >= 0], minlength=len(experiment.arms.names)).astype(float)


def _expected_copies(experiment: Experiment) -> int:
    """How many rows may be equal to another by chance: all, unless a column parts nearly all."""
    rows = experiment.trial.covariates
    parts = [rows[name].nunique() / max(len(rows), 1) for name in rows.columns]
    has_key = any(one.kind == "identifier" for one in experiment.columns)
    return 0 if has_key or max(parts, default=0.0) > NEARLY_ONE_EACH else len(rows)


def _measures(experiment: Experiment, request: ExperimentRequest) -> tuple[Measure, ...]:
    trial, outcome = experiment.trial, experiment.outcome
    own = trial.outcome
    if not outcome.is_wanted:
        own = 1 - own if outcome.is_event else -own
    unit = SHARE if outcome.is_event else AMOUNT
    found = [Measure(outcome.name, unit, own, outcome.is_wanted)]
    if request.value is not None:
        found.append(Measure(VALUE, AMOUNT, trial.worth))
    if request.cost is not None:
        found.append(Measure(PROFIT, AMOUNT, trial.profit))
    return tuple(found)
