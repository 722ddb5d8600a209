"""Covariates of any kind as numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import FingerprintMismatch, TableRefused
from training.uplift.learners.matrix import learn_reader


def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [30, None] * 30,
            "is_new": [True, False] * 30,
            "plan": ["big", "small", None] * 20,
            "since": pd.to_datetime(["2000-01-02", "2000-01-11"] * 30),
            "kind": pd.Categorical([1, 2] * 30),
            "rare": ["x", *["y"] * 59],
        }
    )


def test_numbers_truths_dates_and_words_are_read() -> None:
    reader = learn_reader(rows())
    matrix = reader.matrix(rows())
    assert matrix.shape == (60, 6)
    assert reader.categorical == [2, 4, 5]
    assert matrix[0, :2].tolist() == [30, 1]
    assert np.isnan(matrix[1, 0])
    assert np.isnan(matrix[2, 2])
    assert matrix[:2, 3].tolist() == [1, 10]
    assert len(set(matrix[:, 4])) == 2
    assert np.isnan(matrix[0, 5]), "a level of one row is missing"


def test_a_level_that_was_not_seen_is_missing_and_a_column_must_be_there() -> None:
    reader = learn_reader(rows())
    later = rows().assign(plan="other")
    assert np.isnan(reader.matrix(later)[:, 2]).all()
    with pytest.raises(FingerprintMismatch, match="plan"):
        reader.matrix(rows().drop(columns="plan"))


def test_two_columns_of_one_name_are_refused_and_no_column_at_all_is_not() -> None:
    with pytest.raises(TableRefused, match="one name: age"):
        learn_reader(rows()[["age", "age"]])
    assert learn_reader(rows()[[]]).matrix(rows()).tolist() == [[0.0]] * 60
