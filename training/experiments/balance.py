"""Whether the arms were alike before the draw, in all covariates together.

Each covariate is parted into fifths or levels. Were the arms drawn at random, the sum of what an
arm has more than its share of each part is noise around 0, whose covariance the clusters give
(Hansen and Bowers 2008, Statistical Science 23). One chi-square statistic of all parts and arms
says how likely a difference as large is; where there are few clusters for so many parts, it is
compared with the same statistic of arms drawn again among the clusters.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from training.experiments.checks import BY_CHANCE, Check
from training.experiments.covariates import bins
from training.experiments.effects.clustered import MIXED, clusters_of
from training.experiments.trial import Numbers, Trial

DRAWS = 1_999
MANY = 20  # clusters for each part and arm; with more, the chi-square holds
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
        least = BY_CHANCE / max(len(self.columns), 1)
        return [name for name, chance in self.columns.items() if chance < least]


def balance(trial: Trial, seed: int) -> Balance:
    """How alike the arms are in the covariates of a test."""
    parts = bins(trial.covariates)
    columns = {name: _chance(trial, own, seed) for name, own in parts.items()}
    joint = _chance(trial, np.hstack(list(parts.values())), seed) if parts else 1.0
    return Balance(joint, columns, {name: _gap(trial, own) for name, own in parts.items()})


def balance_check(found: Balance) -> Check:
    """The check of the arms' balance, with the columns that differ most."""
    bad = found.chance < BY_CHANCE or bool(found.differing)
    worst = sorted(found.gaps, key=lambda name: -found.gaps[name])
    named = [*found.differing, *(name for name in worst if name not in found.differing)]
    shown = ", ".join(f"{name} {found.gaps[name]:.2f}" for name in named[:MAX_LISTED])
    key = "balance_none" if not found.gaps else "balance_bad" if bad else "balance"
    chance = min([found.chance, *found.columns.values()]) if bad else found.chance
    return Check("balance", not bad, key, {"shown": shown, "chance": chance}, refuses=True)


def _chance(trial: Trial, parts: Numbers, seed: int) -> float:
    """How likely arms drawn at random differ as much in `parts` (n, k)."""
    clusters = clusters_of(trial)
    excess = _excess(trial)
    centred = parts - parts.mean(axis=0)
    columns = [centred * one[:, None] for one in excess.T]
    per_row = np.hstack(columns)
    sums = np.zeros((clusters.count, per_row.shape[1]))
    np.add.at(sums, clusters.of, per_row) if trial.cluster is not None else np.copyto(sums, per_row)
    statistic, rank = _distance(sums)
    if clusters.count > MANY * rank or (clusters.arm == MIXED).any():
        return float(chi2.sf(statistic, rank))
    return _by_draws(centred, clusters.of, clusters.arm, trial, seed)


def _excess(trial: Trial) -> Numbers:
    """(n, arms - 1) whether a row is of the arm, less the probability of it."""
    arms = np.arange(1, len(trial.arms))
    return np.asarray((trial.arm[:, None] == arms) - trial.propensity[:, 1:], dtype=float)


def _distance(sums: Numbers) -> tuple[float, int]:
    """How far the total of the clusters' sums is from 0, in their own spread; and its dimension."""
    total = sums.sum(axis=0)
    spread, axes = np.linalg.eigh(sums.T @ sums)
    kept = spread > 1e-9 * max(spread.max(), 1e-300)
    return float(((axes[:, kept].T @ total) ** 2 / spread[kept]).sum()), int(kept.sum())


def _by_draws(
    centred: Numbers, of: NDArray[np.intp], arm: NDArray[np.intp], trial: Trial, seed: int
) -> float:
    """The share of draws of the arms among the clusters that differ as much as the real one."""
    count = len(arm)
    sums = np.zeros((count, centred.shape[1]))
    np.add.at(sums, of, centred)
    spread, axes = np.linalg.eigh(sums.T @ sums)
    kept = spread > 1e-9 * max(spread.max(), 1e-300)
    scaled = sums @ axes[:, kept] / np.sqrt(spread[kept])
    share = np.bincount(arm, minlength=len(trial.arms)) / count
    random = np.random.default_rng(seed)

    def distance(order: NDArray[np.intp]) -> float:
        drawn = arm[order]
        totals = np.stack([scaled[drawn == one].sum(axis=0) for one in range(len(share))])
        return float(((totals**2).sum(axis=1) / np.maximum(share, 1e-12)).sum())

    real = distance(np.arange(count))
    further = sum(distance(random.permutation(count)) >= real * (1 - 1e-9) for _ in range(DRAWS))
    return (1 + further) / (1 + DRAWS)


def _gap(trial: Trial, parts: Numbers) -> float:
    """The largest standardised difference of a part between an arm and the control."""
    mean = np.stack([parts[trial.arm == one].mean(axis=0) for one in range(len(trial.arms))])
    spread = np.sqrt(np.maximum(parts.mean(axis=0) * (1 - parts.mean(axis=0)), 1e-12))
    return float((np.abs(mean[1:] - mean[0]) / spread).max())
