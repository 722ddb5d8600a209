"""The rows of a table as a randomised test, with what its checks need besides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import NotEnoughData, SettingsError, TableRefused
from training.columns import TableColumn
from training.columns.inference import infer_columns
from training.columns.values import prepare
from training.experiments.rows.arms import UNKNOWN, Arms, planned_shares, read_arms, received_arms
from training.experiments.rows.outcome import Outcome, read_outcome
from training.experiments.rows.value import cost_of_arms, value_brought
from training.experiments.trial import Numbers, Trial, equal_clusters
from training.forms.texts import MISSING, Flags, texts
from training.tables.nonrows import counted_nonrows, is_nonrow, nonrows


@dataclass(frozen=True)
class ExperimentRequest:
    """Which column of a table is what, by the names of the command's options.

    `value` and `cost` are amounts or columns; `planned` has the weight of each arm in the draw;
    `wanted` says whether more of the outcome is better, null by its name.
    """

    treatment: str
    control: str
    outcome: str
    positive: str | None = None
    value: str | None = None
    cost: str | None = None
    dropped: tuple[str, ...] = ()
    cluster: str | None = None
    received: str | None = None
    planned: tuple[tuple[str, float], ...] = ()
    wanted: bool | None = None
    read: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Experiment:
    """A test as it was read. `trial` has the rows whose arm and outcome are known.

    `arms` and `has_outcome` are of all rows (n,), `received` (rows of the trial,) is the arm that
    each row got, the control's where the cell is empty; null without such a column. `has_money`:
    values and costs are in money, else one more outcome counts as 1, and the mean cost of each arm,
    which cannot be weighed against it, is `unused_cost` (arms,). `repeated` counts rows that are
    copies of another.
    """

    treatment: str
    trial: Trial
    outcome: Outcome
    arms: Arms
    has_outcome: Flags
    planned: Numbers | None
    received: NDArray[np.intp] | None
    columns: tuple[TableColumn, ...]
    has_money: bool
    unused_cost: Numbers | None
    repeated: int
    nonrows: dict[str, int]


def read_experiment(table: pd.DataFrame, request: ExperimentRequest) -> Experiment:
    """The test that a table holds. Raises TableRefused, NotEnoughData, SettingsError."""
    _check_request(table, request)
    none = nonrows(table)
    rows = table[~is_nonrow(none)].reset_index(drop=True)
    arms = read_arms(rows[request.treatment], request.treatment, request.control)
    outcome = read_outcome(rows[request.outcome], request.outcome, request.positive, request.wanted)
    planned = planned_shares(request.planned, arms)
    has_outcome = ~np.isnan(outcome.values)
    places = np.flatnonzero((arms.arm != UNKNOWN) & has_outcome)
    _check_arms(arms, places)
    own = rows.iloc[places].reset_index(drop=True)
    columns = _columns(own, request)
    there = replace(outcome, values=outcome.values[places])
    trial = _trial(own, arms, arms.arm[places], there, planned, columns, request)
    has_money, unused = request.value is not None or not outcome.is_event, None
    if request.cost is not None and not has_money:
        unused = trial.cost.mean(axis=0)
        trial = replace(trial, cost=np.zeros_like(trial.cost))
    received = None
    if request.received:
        received = received_arms(own[request.received], request.received, arms, trial.arm)
    return Experiment(
        treatment=request.treatment,
        trial=trial,
        outcome=outcome,
        arms=arms,
        has_outcome=has_outcome,
        planned=planned,
        received=received,
        columns=columns,
        has_money=has_money,
        unused_cost=unused,
        repeated=int(rows.drop(columns=list(request.dropped)).duplicated().sum()),
        nonrows=counted_nonrows(none),
    )


def _check_request(table: pd.DataFrame, request: ExperimentRequest) -> None:
    """Raises TableRefused where a named column is not there, SettingsError for what cannot be."""
    roles = {
        "--treatment": request.treatment,
        "--outcome": request.outcome,
        "--cluster": request.cluster,
        "--received": request.received,
    }
    named = [*(name for name in roles.values() if name), *request.dropped, *dict(request.read)]
    absent = [name for name in named if name not in table.columns]
    if absent:
        raise TableRefused(
            f"no column {', '.join(absent)}; there are: {', '.join(map(str, table.columns))}",
            missing=absent,
        )
    taken: dict[str, str] = {}
    for option, name in roles.items():
        if name and name in taken:
            raise SettingsError(f"{name} is both {taken[name]} and {option}; name two columns")
        if name and name in request.dropped:
            raise SettingsError(f"{name} is {option}; it cannot be excluded with --drop")
        taken |= {name: option} if name else {}
    for option, given in (("--value", request.value), ("--cost", request.cost)):
        if given is not None and given in (request.treatment, request.cluster):
            raise SettingsError(f"{given} is both {taken[given]} and {option}; name two columns")


def _check_arms(arms: Arms, places: NDArray[np.intp]) -> None:
    """Raises NotEnoughData where no row of an arm has an outcome."""
    counts = np.bincount(arms.arm[places], minlength=len(arms.names))
    empty = [name for name, count in zip(arms.names, counts, strict=True) if not count]
    if empty:
        raise NotEnoughData(f"no row of the arm {', '.join(empty)} has an outcome")


def _columns(own: pd.DataFrame, request: ExperimentRequest) -> tuple[TableColumn, ...]:
    """The columns that may be covariates, as inferred; those with a role are not among them."""
    roles = {request.treatment, request.outcome, request.cluster, request.received, request.cost}
    others = [name for name in own.columns if name not in roles]
    dropped = [name for name in request.dropped if name not in roles]
    return infer_columns(own[others], dropped, (), dict(request.read)) if others else ()


def _covariates(own: pd.DataFrame, columns: tuple[TableColumn, ...]) -> pd.DataFrame:
    """The rows as the columns read them; no column where none is read."""
    if not any(one.is_read for one in columns):
        return pd.DataFrame(index=pd.RangeIndex(len(own)))
    return prepare(own, columns)


def _trial(
    own: pd.DataFrame,
    arms: Arms,
    arm: NDArray[np.intp],
    outcome: Outcome,
    planned: Numbers | None,
    columns: tuple[TableColumn, ...],
    request: ExperimentRequest,
) -> Trial:
    """The test of the rows `own`, whose outcome this is; more of the trial's is better."""
    shares = np.bincount(arm, minlength=len(arms.names)) / len(arm) if planned is None else planned
    good = outcome.good
    return Trial(
        arms=arms.names,
        arm=arm,
        propensity=np.tile(shares, (len(arm), 1)),
        outcome=good,
        worth=value_brought(own, outcome, request.value),
        cost=cost_of_arms(own, arm, len(arms.names), request.cost),
        covariates=_covariates(own, columns),
        cluster=_cluster(own, request.cluster),
    )


def _cluster(own: pd.DataFrame, column: str | None) -> NDArray[np.intp] | None:
    if column is None:
        return None
    keys = texts(own[column])
    empty = int((keys == MISSING).sum())
    if empty:
        raise TableRefused(
            f"column {column} (--cluster) is empty in {empty:,} rows; each row needs the key of "
            f"those that were drawn together"
        )
    return equal_clusters(list(keys))
