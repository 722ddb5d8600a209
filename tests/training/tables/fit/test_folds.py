"""Equal rows stand in one fold, classes are spread evenly, and order does not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import NotEnoughData
from training.tables.fit.folds import folds, row_keys

FOLDS = 4


def table(values: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"a": np.array(values, dtype=float), "b": [f"级{v % 3}" for v in values]})


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=80, max_size=160), st.integers(0, 9))
def test_equal_rows_stand_in_one_fold_whatever_the_order(values: list[int], seed: int) -> None:
    values = [*range(40), *values]
    rows, churned = table(values), np.array([value % 2 for value in values], dtype=float)
    fold = folds(row_keys(rows), churned, FOLDS, seed)
    assert pd.Series(fold).groupby(values).nunique().eq(1).all()
    order = np.random.default_rng(seed).permutation(len(values))
    turned = rows.iloc[order][["b", "a"]]
    np.testing.assert_array_equal(folds(row_keys(turned), churned[order], FOLDS, seed), fold[order])


def test_both_classes_are_spread_evenly() -> None:
    churned = (np.arange(1000) % 9 == 0).astype(float)
    fold = folds(row_keys(table(list(range(1000)))), churned, FOLDS, 1)
    assert np.ptp(np.bincount(fold)) <= 2
    assert np.ptp(np.bincount(fold, churned)) <= 1


def test_many_copies_of_a_row_do_not_crowd_out_the_others() -> None:
    values = [0] * 300 + list(range(1, 701))
    churned = np.array([float(value % 5 == 1) for value in values])
    fold = folds(row_keys(table(values)), churned, FOLDS, 1)
    assert np.ptp(np.bincount(fold, churned)) <= 1
    assert np.bincount(fold, 1 - churned).tolist().count(300.0) <= 1


def test_another_seed_parts_otherwise() -> None:
    rows, churned = table(list(range(200))), (np.arange(200) % 2).astype(float)
    assert (
        folds(row_keys(rows), churned, FOLDS, 1) != folds(row_keys(rows), churned, FOLDS, 2)
    ).any()


def test_too_few_different_rows_of_a_class_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="only 1 different positive rows for 4 folds"):
        folds(row_keys(table([*range(20), *[99] * 20])), np.repeat([0.0, 1.0], 20), FOLDS, 1)
