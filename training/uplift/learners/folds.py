"""Folds of a test: rows that were drawn together stay together, every arm is in each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from features.errors import NotEnoughData
from training.experiments.trial import Trial

MIN_CLUSTERS = 4  # of an arm in each fold: with fewer no model of the arm can be judged


def clusters_of(trial: Trial) -> NDArray[np.intp]:
    """(n,) the cluster of each row as numbers from 0, each row its own where none are given."""
    if trial.cluster is None:
        return np.arange(len(trial.arm))
    return np.unique(trial.cluster, return_inverse=True)[1].astype(np.intp)


def cluster_folds(trial: Trial, count: int, seed: int) -> NDArray[np.intp]:
    """(n,) the fold of each row, from 0 to below `count`; no cluster stands in two.

    Clusters of one arm are spread evenly; where a cluster holds several arms, its first row's
    counts. Raises NotEnoughData where an arm has too few clusters for the folds.
    """
    cluster = clusters_of(trial)
    first = np.unique(cluster, return_index=True)[1]
    arm = trial.arm[first]
    _check_enough(trial, count)
    mixed = np.random.default_rng(seed).random(len(first))
    order = np.lexsort((mixed, arm))
    place = np.empty(len(first), dtype=np.intp)
    place[order] = np.arange(len(first)) % count
    return place[cluster]


def _check_enough(trial: Trial, count: int) -> None:
    cluster = clusters_of(trial)
    for index, name in enumerate(trial.arms):
        found = len(np.unique(cluster[trial.arm == index]))
        if found < count * MIN_CLUSTERS:
            raise NotEnoughData(
                f"arm {name} has {found} independent rows or clusters; expected at least "
                f"{count * MIN_CLUSTERS} to learn effects from. Read out the mean effect instead."
            )
