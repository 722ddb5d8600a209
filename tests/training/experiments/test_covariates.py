"""Covariates as numbers: nothing is lost, and what does not vary is dropped."""

from __future__ import annotations

import numpy as np
import pandas as pd

from training.experiments.covariates import bins, design, tree_matrix

ROWS = pd.DataFrame(
    {
        "days": [1.0, 2.0, np.nan, 4.0] * 10,
        "plan": ["a", "b", "b", ""] * 10,
        "same": [1.0] * 40,
    }
)


def test_a_linear_fit_reads_finite_standardised_columns() -> None:
    found = design(ROWS)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found.std(axis=0), 1)
    assert found.shape[1] == 3 + 1 + 3  # days with ranks, missing, levels


def test_every_row_is_in_one_part_of_each_column() -> None:
    found = bins(ROWS)
    assert {name: own.shape[1] for name, own in found.items()} == {"days": 4, "plan": 3, "same": 1}
    for own in found.values():
        assert (own.sum(axis=1) == 1).all()


def test_rare_levels_share_one_part() -> None:
    plan = pd.Series(["a"] * 30 + [f"rare{place}" for place in range(10)])
    assert bins(plan.to_frame("plan"))["plan"].sum(axis=0).tolist() == [10, 30]


def test_trees_read_missing_numbers_as_missing_and_levels_by_how_frequent() -> None:
    found = tree_matrix(ROWS)
    assert np.isnan(found[2, 0])
    assert found[1, 1] == 0  # b is the most frequent
