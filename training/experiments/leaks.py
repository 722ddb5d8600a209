"""Columns of a test that cannot have been known before the draw, named with the evidence.

Adjusting for what came of the treatment takes the treatment's effect away. Three signs give such a
column away: it gives the outcome away (`training.tables.leaks.suspects`, and where it stands for
one outcome alone), it repeats the arm, or it differs by arm although the arms were drawn at random.

The last is also what arms look like that were not drawn at random. It is a sign of a leak where the
difference is no larger than the outcome's own explains, or where columns that go with this one do
not differ. Otherwise the column stays, and the arms are reported to differ.

Known limits: where the arms have no effect, a column that the outcome merely moves cannot be
distinguished from an honest one, and does no harm; one that hardly differs by arm is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy.stats import norm

from training.columns import TableColumn
from training.experiments.balance import Balance
from training.experiments.covariates import bins
from training.experiments.effects.clustered import clusters_of, covariance
from training.experiments.effects.means import arm_means
from training.experiments.trial import Numbers, Trial
from training.forms.texts import MISSING, Flags
from training.tables.fit.folds import Places
from training.tables.leaks.alone import auc_alone
from training.tables.leaks.suspects import WHY, Suspect, suspects

FOLDS = 4
ALONE = 0.99  # AUC of one column
CERTAIN, LIKELY = -50.0, -14.0  # log of the chance that a value stands for one class alone
AGREES = 2.5  # standard errors
REFUTES = 4.0
EXPLAINED = 0.5  # share of a difference
# The stronger a column predicts the outcome alone (AUC), the less a difference may be chance.
STRENGTHS = ((0.9, 0.02), (0.75, 0.003))
FOLLOWS, CHANGED = "follows_outcome", "changed_by_arm"  # known by their difference between arms
MIN_LEVEL_ROWS = 20
PENALTY = 10.0


def leaks(
    trial: Trial, columns: Sequence[TableColumn], alike: Balance, seed: int
) -> tuple[Suspect, ...]:
    """The suspects among the covariates; `alike` is how they differ by arm."""
    event = _event(trial.outcome)
    order = np.random.default_rng(seed).permutation(len(event))
    fold: Places = np.empty(len(event), dtype=np.intp)
    fold[order] = np.arange(len(event)) % FOLDS
    there = [one for one in columns if one.name in trial.covariates.columns]
    found = {
        one.column: one
        for one in suspects(trial.covariates, event, there, fold)
        if one.why not in WHY.values()
    }
    for name in trial.covariates.columns:
        own = str(name)
        if own not in found and (why := _why(trial, own, event, fold, alike)):
            found[own] = why
    return tuple(found.values())


def without_leaks(trial: Trial, found: Sequence[Suspect]) -> Trial:
    """The test without the columns that are suspected."""
    named = [one.column for one in found]
    return replace(trial, covariates=trial.covariates.drop(columns=named))


def _event(outcome: Numbers) -> Numbers:
    """(n,) the outcome as 0 and 1: an amount by whether there is any, else by its median."""
    different = np.unique(outcome)
    if len(different) == 2:
        return np.asarray(outcome == different[1], dtype=float)
    zeros = float((outcome == 0).mean())
    bound = 0.0 if 0.2 <= zeros < 1 and outcome.min() >= 0 else float(np.median(outcome))
    event = np.asarray(outcome > bound, dtype=float)
    return event if 0 < event.mean() < 1 else np.asarray(outcome >= bound, dtype=float)


def _why(trial: Trial, name: str, event: Numbers, fold: Places, alike: Balance) -> Suspect | None:
    """Why one column cannot have been known before the draw; null where nothing says so."""
    values, differs = trial.covariates[name], name in alike.differing
    if words := _one_outcome(values, event, LIKELY if differs else CERTAIN):
        return Suspect(name, "one_outcome", words)
    if differs and (words := _repeats_arm(values, trial, fold)):
        return Suspect(name, "repeats_arm", words)
    number = _towards_arm(trial, name) if differs else _towards_outcome(trial, name)
    if not differs and _chance(trial, number) > _chance_allowed(values, event, fold):
        return None
    if _explained_by_outcome(trial, number):
        words = "differs by arm, by as much as the outcome explains"
        return Suspect(name, FOLLOWS, words)
    if differs and not _is_rule(values, trial, fold) and _alone_in_differing(trial, number, alike):
        words = "differs by arm, and the columns that go with it do not"
        return Suspect(name, CHANGED, words)
    return None


def _chance_allowed(values: pd.Series, event: Numbers, fold: Places) -> float:
    """Up to which p value a difference is looked at, by how well the column predicts alone."""
    alone = auc_alone(values, event, fold) or 0.0
    return next((chance for least, chance in STRENGTHS if alone > least), 0.0)


def _chance(trial: Trial, number: Numbers) -> float:
    """How likely numbers differ as much between the arms by chance."""
    value, error = _difference(trial, number)
    return float(2 * norm.sf(abs(value) / error)) if error else 1.0


def _is_rule(values: pd.Series, trial: Trial, fold: Places) -> bool:
    """Whether the column says which arm a row is in: then a rule assigned the arms by it."""
    alone = [auc_alone(values, (trial.arm == place).astype(float), fold) for place in _arms(trial)]
    return max(one or 0.0 for one in alone) > ALONE


def _arms(trial: Trial) -> range:
    return range(len(trial.arms))


def _one_outcome(values: pd.Series, event: Numbers, bound: float) -> str:
    """What there is to say where a value, or all others, stand for one outcome, beyond chance."""
    for part, words in _parts(values):
        for of, is_in in (("where it is {}", part), ("unless it is {}", ~part)):
            count, rate = int(is_in.sum()), float(event.mean())
            if not MIN_LEVEL_ROWS <= count < len(event):
                continue
            own = float(event[is_in].mean())
            if own in (0.0, 1.0) and count * np.log(rate if own else 1 - rate) < bound:
                which = "the same outcome" if own else "no such outcome"
                return f"{of.format(words)}, all {count:,} rows have {which}"
    return ""


def _parts(values: pd.Series) -> list[tuple[Flags, str]]:
    """The rows of the most frequent values, and those without one, each with its words."""
    is_number = pd.api.types.is_float_dtype(values.dtype)
    missing = (values.isna() if is_number else values == MISSING).to_numpy(dtype=bool)
    counts = values[~missing].value_counts()
    parts = [(missing, "empty")] if missing.any() else []
    for value in counts.index[: 3 if is_number else 20]:
        if counts[value] >= MIN_LEVEL_ROWS:
            text = f"{value:g}" if is_number else repr(value)
            parts.append(((values == value).to_numpy(dtype=bool), text))
    return parts


def _repeats_arm(values: pd.Series, trial: Trial, fold: Places) -> str:
    """What there is to say where the column does not vary in the control, or names the arm."""
    control = values[trial.arm == 0]
    if control.nunique(dropna=False) == 1:
        return "is the same in all rows of the control, and not in other arms"
    for place in range(1, len(trial.arms)):
        own = values[trial.arm == place]
        if own.nunique(dropna=False) == 1 and control.nunique(dropna=False) <= 2:
            return f"is the same in all rows of the arm {trial.arms[place]}, and not in the control"
    if pd.api.types.is_float_dtype(values.dtype) and control.nunique() > 2:
        return ""  # a rule may have assigned the arms by it: then they differ
    for place, arm in enumerate(trial.arms):
        alone = auc_alone(values, (trial.arm == place).astype(float), fold)
        if alone is not None and alone > ALONE:
            return f"names the arm: alone it gives an AUC of {alone:.3f} for {arm}"
    return ""


def _towards_arm(trial: Trial, name: str) -> Numbers:
    """(n,) the column as one number: its fifths or levels by how much each differs by arm."""
    parts = bins(trial.covariates[[name]])[name]
    mean = np.stack([parts[trial.arm == one].mean(axis=0) for one in range(len(trial.arms))])
    gap = mean[1:] - mean[0]
    number: Numbers = parts @ gap[int(np.abs(gap).sum(axis=1).argmax())]
    return number


def _towards_outcome(trial: Trial, name: str) -> Numbers:
    """(n,) the control's mean outcome in the row's fifth or level of the column."""
    part = bins(trial.covariates[[name]])[name].argmax(axis=1)
    control = trial.arm == 0
    rows = np.bincount(part[control], minlength=part.max() + 1)
    sums = np.bincount(part[control], trial.outcome[control], minlength=part.max() + 1)
    mean: Numbers = np.where(rows > 0, sums / np.maximum(rows, 1), trial.outcome[control].mean())
    return np.asarray(mean[part], dtype=float)


def _difference(trial: Trial, values: Numbers) -> tuple[float, float]:
    """By how much values differ between the arm that differs most and the control; its error."""
    means = arm_means(trial, values)
    place = 1 + int(np.abs(means.value[1:] - means.value[0]).argmax())
    value, influence = means.effect(np.eye(len(trial.arms))[place])
    spread = covariance(influence[:, None], clusters_of(trial))
    return value, float(np.sqrt(spread[0, 0]))


def _explained_by_outcome(trial: Trial, number: Numbers) -> bool:
    """Whether rows of the same outcome do not differ by arm, while all rows do."""
    edges = np.unique(np.quantile(trial.outcome, np.linspace(0, 1, 11)[1:-1]))
    level = np.searchsorted(edges, trial.outcome, side="left")
    control = trial.arm == 0
    sums = np.bincount(level[control], number[control], minlength=level.max() + 1)
    rows = np.bincount(level[control], minlength=level.max() + 1)
    expected = np.where(rows > 0, sums / np.maximum(rows, 1), number[control].mean())[level]
    whole, _ = _difference(trial, number)
    rest, error = _difference(trial, number - expected)
    return abs(rest) < AGREES * error and abs(whole - rest) > EXPLAINED * abs(whole)


def _alone_in_differing(trial: Trial, number: Numbers, alike: Balance) -> bool:
    """Whether other columns foresee this one and do not differ, as they would if the arms did."""
    others = [one for one in trial.covariates.columns if str(one) not in alike.differing]
    if not others:
        return False
    parts = np.hstack(list(bins(trial.covariates[others]).values()))
    control = trial.arm == 0
    centred = parts - parts[control].mean(axis=0)
    own, wanted = centred[control], number[control] - number[control].mean()
    slopes = np.linalg.solve(own.T @ own + PENALTY * np.eye(own.shape[1]), own.T @ wanted)
    foreseen: Numbers = centred @ slopes
    left_over = float(np.var(wanted - foreseen[control]) / max(np.var(wanted), 1e-300))
    spare = max(len(wanted) - own.shape[1] - 1, 1)
    explained = max(1 - left_over * (len(wanted) - 1) / spare, 0.0)
    whole, _ = _difference(trial, number)
    found, error = _difference(trial, foreseen)
    expected = explained * whole
    return abs(found) < AGREES * error and abs(expected - found) > REFUTES * error
