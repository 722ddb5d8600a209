"""Whether the arms were alike before the draw, in all covariates together.

Each covariate is parted into fifths or levels. Were the arms drawn at random, the sum of what an
arm has more than its share of each part is noise around 0, whose covariance follows from the draw
itself (Hansen and Bowers 2008, Statistical Science 23). One chi-square statistic of all parts and
arms says how likely a difference as large is. It is rough where few rows or clusters are in a part
or in an arm: before it accuses, it is compared with the same statistic of arms drawn again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2

from training.experiments.checks import BY_CHANCE, Check
from training.experiments.covariates import bins
from training.experiments.effects.clustered import MIXED, Clusters, clusters_of
from training.experiments.redrawn import Units, chance_by_draws, whitened
from training.experiments.trial import Numbers, Trial

ALIKE = BY_CHANCE / 2  # for all columns together, and as much for one of them alone
MANY = 20  # clusters for each part and arm; with fewer, the chi-square says nothing
CERTAIN = 1e-30  # no rough chi-square is wrong by as much
MAX_LISTED = 5


@dataclass(frozen=True)
class Balance:
    """`chance` of a difference as large in any covariate; `columns` have the one of each alone.

    `gaps` are standardised differences between the arms that differ most, in units of spread.
    """

    chance: float
    columns: dict[str, float]
    gaps: dict[str, float]

    @property
    def differing(self) -> list[str]:
        """The columns in which the arms differ, the number of columns accounted for."""
        least = ALIKE / max(len(self.columns), 1)
        return [name for name, chance in self.columns.items() if chance < least]


def balance(trial: Trial, seed: int) -> Balance:
    """How alike the arms are in the covariates of a test."""
    parts = bins(trial.covariates)
    least = ALIKE / max(len(parts), 1)
    columns = {name: _chance(trial, own, least, seed) for name, own in parts.items()}
    differs = min(columns.values(), default=1.0) < least
    joint = 1.0
    if parts:
        every = np.hstack(list(parts.values()))
        joint = _chance(trial, every, ALIKE, seed, is_known=differs)
    return Balance(joint, columns, {name: _gap(trial, own) for name, own in parts.items()})


def balance_check(found: Balance) -> Check:
    """The check of the arms' balance, with the columns that differ most."""
    bad = found.chance < ALIKE or bool(found.differing)
    worst = sorted(found.gaps, key=lambda name: -found.gaps[name])
    named = [*found.differing, *(name for name in worst if name not in found.differing)]
    shown = ", ".join(f"{name} {found.gaps[name]:.2f}" for name in named[:MAX_LISTED])
    key = "balance_none" if not found.gaps else "balance_bad" if bad else "balance"
    chance = min([found.chance, *found.columns.values()]) if bad else found.chance
    return Check("balance", not bad, key, {"shown": shown, "chance": chance}, refuses=True)


def _chance(
    trial: Trial, parts: Numbers, least: float, seed: int, *, is_known: bool = False
) -> float:
    """How likely arms drawn at random differ as much in `parts` (n, k); below `least` is settled
    by draws, unless it `is_known` that they differ."""
    clusters = clusters_of(trial)
    centred = parts - parts.mean(axis=0)
    if (clusters.arm == MIXED).any():
        return _of_mixed(trial, centred, clusters)
    units = _units(trial, centred, clusters)
    axes = whitened(units)
    rank = axes.shape[1]
    if not rank:
        return 1.0
    chance = float(chi2.sf(units.distance(axes), rank))
    if clusters.count > MANY * rank and (is_known or not CERTAIN < chance < least):
        return chance
    return chance_by_draws(units, axes, least, seed)


def _units(trial: Trial, centred: Numbers, clusters: Clusters) -> Units:
    """What was drawn by itself: rows, or clusters with the sums of theirs."""
    if trial.cluster is None:
        return Units(centred, trial.propensity, trial.arm)
    _, first = np.unique(clusters.of, return_index=True)
    return Units(_sums(centred, clusters), trial.propensity[first], clusters.arm)


def _of_mixed(trial: Trial, centred: Numbers, clusters: Clusters) -> float:
    """The same where clusters have rows in several arms: their sums say how far chance goes."""
    arms = np.arange(1, len(trial.arms))
    excess = (trial.arm[:, None] == arms) - trial.propensity[:, 1:]
    sums = _sums(np.hstack([centred * one[:, None] for one in excess.T]), clusters)
    spread, axes = np.linalg.eigh(sums.T @ sums)
    kept = spread > 1e-9 * max(spread.max(initial=0.0), 1e-300)
    if not kept.any():
        return 1.0
    distance = ((axes[:, kept].T @ sums.sum(axis=0)) ** 2 / spread[kept]).sum()
    return float(chi2.sf(distance, kept.sum()))


def _sums(rows: Numbers, clusters: Clusters) -> Numbers:
    """(clusters, k) the sums of each cluster's rows."""
    found = np.zeros((clusters.count, rows.shape[1]))
    np.add.at(found, clusters.of, rows)
    return found


def _gap(trial: Trial, parts: Numbers) -> float:
    """The largest standardised difference of a part between an arm and the control."""
    mean = np.stack([parts[trial.arm == one].mean(axis=0) for one in range(len(trial.arms))])
    spread = np.sqrt(np.maximum(parts.mean(axis=0) * (1 - parts.mean(axis=0)), 1e-12))
    return float((np.abs(mean[1:] - mean[0]) / spread).max())
