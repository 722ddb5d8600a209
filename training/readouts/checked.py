"""The checks of a test that was read from a table, all but the balance of its arms."""

from __future__ import annotations

import numpy as np

from training.columns import IDENTIFIER, ROW_NUMBER
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
from training.experiments.rows.arms import UNKNOWN
from training.experiments.rows.reading import Experiment
from training.experiments.trial import Numbers

PARTS_NEARLY_ALL = 0.95  # share of different values: two equal rows are then seldom two customers
SELDOM = 0.01


def checks_of(experiment: Experiment) -> tuple[Check, ...]:
    """What is to be checked of these columns; checks that do not apply are not there."""
    trial, arms = experiment.trial, experiment.arms
    known = arms.arm != UNKNOWN
    found = [
        sample_ratio(arms.names, _drawn(experiment), experiment.planned),
        missing_outcomes(arms.names, arms.arm[known], experiment.has_outcome[known]),
        arm_sizes(trial),
        few_events(trial, trial.outcome) if experiment.outcome.is_event else None,
        whole_clusters(trial),
        None if experiment.received is None else crossover(trial, experiment.received),
        repeated_rows(len(arms.arm), experiment.repeated, _expected_copies(experiment)),
    ]
    return tuple(one for one in found if one is not None)


def _drawn(experiment: Experiment) -> Numbers:
    """(arms,) how many were drawn by themselves into each: rows, or clusters."""
    if experiment.trial.cluster is None:
        return experiment.arms.counts
    arm = clusters_of(experiment.trial).arm
    return np.bincount(arm[arm >= 0], minlength=len(experiment.arms.names)).astype(float)


def _expected_copies(experiment: Experiment) -> int:
    """How many rows may be equal to another: none where there is a key, else by their columns."""
    if any(one.kind in (IDENTIFIER, ROW_NUMBER) for one in experiment.columns):
        return 0
    rows = experiment.trial.covariates
    parts = max((rows[name].nunique() / max(len(rows), 1) for name in rows.columns), default=0.0)
    return int(SELDOM * len(rows)) if parts > PARTS_NEARLY_ALL else len(rows)
