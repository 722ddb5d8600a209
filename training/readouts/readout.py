"""One test read out: its checks first, then its effects, unless the arms cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from features.errors import NotEnoughData, TableRefused
from features.progress import Progress, silent
from training.experiments.balance import Balance, balance, balance_check
from training.experiments.checks import Check
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
from training.experiments.effects.segments import Segments, segments
from training.experiments.leaks import CHANGED, FOLLOWS, leaks, without_leaks
from training.experiments.rows.reading import Experiment, ExperimentRequest, read_experiment
from training.experiments.trial import Trial
from training.experiments.verdict import PROFIT
from training.readouts.checked import checks_of
from training.tables.leaks.suspects import Suspect
from training.uplift.contest import Contest, contest

VALUE = "value"
SEED = 7
NO_SEGMENTS = Segments((), ())


@dataclass(frozen=True)
class Readout:
    """`trial` has no suspected leak among its covariates.

    Where the arms cannot be compared there are checks and suspects alone; `contest` is null also
    where an arm has too few rows to learn policies from, as `too_few` then says.
    """

    experiment: Experiment
    trial: Trial
    checks: tuple[Check, ...]
    suspected: tuple[Suspect, ...]
    effects: tuple[Effect, ...] = ()
    reached: tuple[Reached, ...] = ()
    segments: Segments = NO_SEGMENTS
    contest: Contest | None = None
    too_few: str = ""


def read_out(
    table: pd.DataFrame,
    request: ExperimentRequest,
    level: float,
    by: Sequence[str] | None = None,
    progress: Progress = silent,
) -> Readout:
    """The read-out of the test in a table; `by` are the columns to part customers by, null all.

    Raises TableRefused, NotEnoughData, SettingsError.
    """
    progress("checks", 0, 1)
    experiment = read_experiment(table, request)
    trial, suspected, alike = _without_leaks(experiment)
    parted = _parted(trial, by)
    checked = (*checks_of(experiment), balance_check(alike))
    progress("checks", 1, 1)
    found = Readout(experiment, trial, checked, suspected)
    if any(one.forbids for one in checked):
        return found
    return _with_effects(found, request, level, parted, progress)


def _without_leaks(experiment: Experiment) -> tuple[Trial, tuple[Suspect, ...], Balance]:
    """The test without suspects, these, and the balance of what is left.

    Where the arms differ still, a difference between them is not a sign of a leak.
    """
    trial = experiment.trial
    alike = balance(trial, SEED)
    suspected = leaks(trial, experiment.columns, alike, SEED)
    for found in (suspected, tuple(one for one in suspected if one.why not in (FOLLOWS, CHANGED))):
        own = without_leaks(trial, found)
        alike = balance(own, SEED) if found else alike
        if balance_check(alike).passed:
            break
    return own, found, alike


def _with_effects(
    found: Readout, request: ExperimentRequest, level: float, by: list[str], progress: Progress
) -> Readout:
    progress("effects", 0, 1)
    trial, received = found.trial, found.experiment.received
    all_means = measured(trial, _measures(found.experiment, request), SEED)
    first = all_means[0]
    found = replace(
        found,
        effects=effects_of(trial, all_means, level),
        segments=_segments(trial, first, by, level),
        reached=() if received is None else reached_effects(trial, received, first, level),
    )
    progress("effects", 1, 1)
    progress("policies", 0, 1)
    try:
        found = replace(found, contest=contest(trial, seed=SEED))
    except NotEnoughData as error:
        found = replace(found, too_few=error.message)
    progress("policies", 1, 1)
    return found


def _segments(trial: Trial, first: Measured, by: list[str], level: float) -> Segments:
    return segments(trial, first.measure.values, first.predicted, by, level, SEED)


def _parted(trial: Trial, by: Sequence[str] | None) -> list[str]:
    """The columns to part customers by. Raises TableRefused where one is not a covariate."""
    there = list(map(str, trial.covariates.columns))
    absent = [name for name in by or () if name not in there]
    if absent:
        raise TableRefused(
            f"--segment names {', '.join(absent)}, which were not known before the draw or cannot "
            f"be read; expected some of: {', '.join(there) or 'none'}"
        )
    return there if by is None else list(by)


def _measures(experiment: Experiment, request: ExperimentRequest) -> tuple[Measure, ...]:
    """The outcome as it is written, then the money that it brings and what is left of it."""
    trial, outcome = experiment.trial, experiment.outcome
    unit = SHARE if outcome.is_event else AMOUNT
    own = replace(outcome, values=trial.outcome).good  # turned back
    found = [Measure(outcome.name, unit, own, outcome.is_wanted)]
    if request.value is not None:
        found.append(Measure(VALUE, AMOUNT, trial.worth))
    if request.cost is not None and experiment.has_money:
        found.append(Measure(PROFIT, AMOUNT, trial.profit))
    return tuple(found)
