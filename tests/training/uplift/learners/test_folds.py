"""Folds keep together what was drawn together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from features.errors import NotEnoughData
from tests.training.uplift.worlds import world
from training.uplift.learners.folds import cluster_folds, clusters_of


def test_no_cluster_stands_in_two_folds_and_every_arm_in_each() -> None:
    one = world(1, 900, 3).trial
    families = replace(one, cluster=np.arange(900) // 3 * 7, arm=np.arange(900) // 3 % 3)
    fold = cluster_folds(families, 4, 1)
    assert all(len(set(fold[own * 3 : own * 3 + 3])) == 1 for own in range(300))
    for arm in range(3):
        assert np.bincount(fold[families.arm == arm], minlength=4).min() >= 70
    assert clusters_of(families).max() == 299


def test_the_seed_alone_decides_the_folds() -> None:
    one = world(1, 200, 2).trial
    assert (cluster_folds(one, 3, 5) == cluster_folds(one, 3, 5)).all()
    assert (cluster_folds(one, 3, 5) != cluster_folds(one, 3, 6)).any()


def test_few_clusters_are_refused_though_there_are_many_rows() -> None:
    one = replace(world(1, 900, 2).trial, cluster=np.arange(900) // 100)
    with pytest.raises(NotEnoughData, match="independent rows or clusters"):
        cluster_folds(one, 3, 1)
