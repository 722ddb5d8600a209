"""Effects within parts of the customers, with the number of looks accounted for.

Who looks at twenty parts finds one that stands out by chance. The intervals hold for all looks
together: their width is that of the largest of as many correlated normal deviates (sup-t; Montiel
Olea and Plagborg-Moller 2019, Journal of Applied Econometrics 34). Whether an arm works differently
by a column is one more question, whose p values are Holm's over all columns and arms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm
from scipy.stats import t as student

from training.experiments.effects.clustered import (
    Clusters,
    Interval,
    clusters_of,
    covariance,
    freedom,
)
from training.experiments.effects.means import arm_means
from training.experiments.trial import Numbers, Trial
from training.forms.texts import Flags

MAX_LEVELS = 10
FEW_VALUES = 5  # of numbers; more are parted at their median
MIN_ARM_ROWS = 30  # of each arm in a part
DRAWS = 20_000


@dataclass(frozen=True)
class SegmentEffect:
    """The effect of an arm on the rows of one level; the interval holds for all looks together."""

    column: str
    level: str
    arm: str
    rows: int
    interval: Interval


@dataclass(frozen=True)
class Difference:
    """How likely an arm's effects differ as much between a column's levels by chance (Holm)."""

    column: str
    arm: str
    p_value: float


@dataclass(frozen=True)
class Segments:
    """`effects` of all looks, and in which columns they differ, the most likely first."""

    effects: tuple[SegmentEffect, ...]
    differences: tuple[Difference, ...]

    @property
    def looks(self) -> int:
        return len(self.effects)


@dataclass(frozen=True)
class _Look:
    column: str
    level: str
    place: int
    rows: int
    value: float
    influence: Numbers


def segments(
    trial: Trial,
    values: Numbers,
    predicted: Numbers | None,
    columns: Sequence[str],
    level: float,
    seed: int,
) -> Segments:
    """The effects on `values` (n,) in the levels of `columns`; `predicted` (n,) sharpens them."""
    looks = [
        look
        for column in columns
        for name, rows in parts_of(trial.covariates[column])
        if _is_enough(trial, rows)
        for look in _looks(trial, values, predicted, column, name, rows)
    ]
    if not looks:
        return Segments((), ())
    clusters = clusters_of(trial)
    influence = np.column_stack([look.influence for look in looks])
    spread = covariance(influence, clusters, int(predicted is not None))
    far = _joint_deviates(spread, level, seed)
    effects = tuple(
        _effect(trial, look, float(np.sqrt(spread[at, at])), far, clusters, level)
        for at, look in enumerate(looks)
    )
    return Segments(effects, _differences(trial, looks, spread))


def parts_of(values: pd.Series) -> list[tuple[str, Flags]]:
    """The levels of a column with their rows (n,): few values each, numbers below and above."""
    if not pd.api.types.is_numeric_dtype(values.dtype):
        counts = values.value_counts()
        if len(counts) > MAX_LEVELS:
            return []
        return [(str(one), (values == one).to_numpy(dtype=bool)) for one in sorted(counts.index)]
    numbers = values.to_numpy(dtype=float)
    there = np.unique(numbers[~np.isnan(numbers)])
    if len(there) <= FEW_VALUES:
        return [(f"{one:g}", numbers == one) for one in there]
    middle = float(np.nanmedian(numbers))
    return [(f"<= {middle:g}", numbers <= middle), (f"> {middle:g}", numbers > middle)]


def _is_enough(trial: Trial, rows: Flags) -> bool:
    counts = np.bincount(trial.arm[rows], minlength=len(trial.arms))
    return bool(counts.min() >= MIN_ARM_ROWS)


def _looks(
    trial: Trial,
    values: Numbers,
    predicted: Numbers | None,
    column: str,
    name: str,
    rows: Flags,
) -> list[_Look]:
    """The effect of each arm on some rows; rows outside have no influence on it."""
    own = trial.rows(rows)
    means = arm_means(own, values[rows], None if predicted is None else predicted[rows])
    found = []
    for place in range(1, len(trial.arms)):
        value, inside = means.effect(np.eye(len(trial.arms))[place])
        influence = np.zeros(len(values))
        influence[rows] = inside * len(values) / rows.sum()
        found.append(_Look(column, name, place, int(rows.sum()), value, influence))
    return found


def _joint_deviates(spread: Numbers, level: float, seed: int) -> float:
    """How many standard errors all intervals take, so that all hold together with `level`."""
    scale = np.sqrt(np.maximum(np.diag(spread), 1e-300))
    values, axes = np.linalg.eigh(spread / scale / scale[:, None])
    root = axes * np.sqrt(np.clip(values, 0, None))
    drawn = np.random.default_rng(seed).normal(size=(DRAWS, len(values))) @ root.T
    return float(np.quantile(np.abs(drawn).max(axis=1), level))


def _effect(
    trial: Trial, look: _Look, error: float, far: float, clusters: Clusters, level: float
) -> SegmentEffect:
    """With few clusters the joint deviate is raised as Student's exceeds the normal one."""
    inside = np.isin(np.arange(clusters.count), np.unique(clusters.of[look.influence != 0]))
    places = np.cumsum(inside) - 1
    rows = np.isin(clusters.of, np.flatnonzero(inside))
    own = Clusters(places[clusters.of[rows]], clusters.arm[inside], clusters.rows[inside])
    degrees = freedom(look.influence[rows], own)
    alone = (1 + level) / 2
    width = error * far * float(student.ppf(alone, degrees) / norm.ppf(alone))
    chance = 2 * float(student.sf(abs(look.value) / error, degrees)) if error else 1.0
    interval = Interval(look.value, look.value - width, look.value + width, chance)
    return SegmentEffect(look.column, look.level, trial.arms[look.place], look.rows, interval)


def _differences(trial: Trial, looks: list[_Look], spread: Numbers) -> tuple[Difference, ...]:
    """For each column and arm whether the levels' effects differ, the number of them counted."""
    groups: dict[tuple[str, int], list[int]] = {}
    for at, look in enumerate(looks):
        groups.setdefault((look.column, look.place), []).append(at)
    value = np.array([look.value for look in looks])
    chances = {
        key: _chance_of_equal(value[own], spread[np.ix_(own, own)])
        for key, own in groups.items()
        if len(own) > 1
    }
    ordered = sorted(chances, key=lambda key: chances[key])
    found, least = [], 0.0
    for rank, key in enumerate(ordered):
        least = max(least, min(1.0, chances[key] * (len(ordered) - rank)))
        found.append(Difference(key[0], trial.arms[key[1]], least))
    return tuple(found)


def _chance_of_equal(value: Numbers, spread: Numbers) -> float:
    """How likely values as unequal are if all are the same (Wald's chi-square)."""
    contrast = np.eye(len(value))[1:] - np.eye(len(value))[0]
    apart = contrast @ value
    statistic = apart @ np.linalg.pinv(contrast @ spread @ contrast.T) @ apart
    return float(chi2.sf(statistic, len(apart)))
