"""Categories as shares of positives, without a row seeing its own label."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.metrics import auc
from training.tables.columns import Column
from training.tables.levels import fitting_matrix, learn_levels

CITY, MEMBER = Column("city", "category"), Column("member", "yes/no", no="No", yes="Yes")


def test_a_level_is_its_share_drawn_towards_the_whole() -> None:
    rows = pd.DataFrame({"city": ["a"] * 10 + [""] * 10 + ["b"], "member": ["No"] * 20 + ["Yes"]})
    churned = np.array([1.0] * 10 + [0.0] * 11)
    maps = learn_levels(rows, churned, [CITY, MEMBER])
    share = 10 / 21
    assert maps["city"] == {"a": (10 + 20 * share) / 30, "": (20 * share) / 30}, "b is rare"
    assert maps["member"] == {"No": 0, "Yes": 1}


def test_many_levels_of_noise_say_nothing_in_the_fit() -> None:
    random = np.random.default_rng(2)
    rows = pd.DataFrame({"city": random.integers(0, 400, 4000).astype(str)})
    churned, fold = random.integers(0, 2, 4000).astype(float), random.integers(0, 5, 4000)
    maps = learn_levels(rows, churned, [CITY])
    matrix = fitting_matrix(rows, churned, [CITY], maps, fold)[:, 0].astype(float)
    ones = np.ones(4000)
    assert abs((auc(churned, matrix, ones) or 0) - 0.5) < 0.03
    assert (auc(churned, rows["city"].map(maps["city"]).to_numpy(dtype=float), ones) or 0) > 0.6


def test_few_levels_have_one_number_each() -> None:
    rows = pd.DataFrame({"city": ["a", "b", ""] * 50})
    churned, fold = (np.arange(150) % 2).astype(float), np.arange(150) % 5
    maps = learn_levels(rows, churned, [CITY])
    matrix = fitting_matrix(rows, churned, [CITY], maps, fold)
    assert len(np.unique(matrix)) <= 3
