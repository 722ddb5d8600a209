"""Rows of features as the numbers a model reads."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.errors import FingerprintMismatch, TableRefused
from training.encoding import encode, learn_maps

ROWS = pd.DataFrame(
    {
        "bill_cny_13w_mean": [46.0, None, 0.0, 9.5],
        "plan": ["light", "light", None, "family"],
        "city": pd.Categorical(["B", "A", "B", "A"], categories=["A", "B", "never seen"]),
    }
)


def test_the_most_frequent_category_comes_first_and_ties_by_name() -> None:
    assert learn_maps(ROWS, ["plan", "city"]) == {
        "plan": {"light": 0, "family": 1},
        "city": {"A": 0, "B": 1},
    }


def test_the_order_of_the_rows_changes_no_map() -> None:
    turned = ROWS.iloc[::-1]
    assert learn_maps(turned, ["plan", "city"]) == learn_maps(ROWS, ["plan", "city"])


def test_columns_come_in_the_models_order_and_missing_stays_missing() -> None:
    maps = learn_maps(ROWS, ["plan"])
    matrix = encode(ROWS, ["plan", "bill_cny_13w_mean"], maps)
    expected = [[0, 46.0], [0, np.nan], [np.nan, 0.0], [1, 9.5]]
    np.testing.assert_array_equal(matrix, np.array(expected))


def test_an_unknown_category_is_missing() -> None:
    rows = ROWS.assign(plan=["new", "new", "new", "light"])
    matrix = encode(rows, ["plan"], learn_maps(ROWS, ["plan"]))
    np.testing.assert_array_equal(matrix[:, 0], [np.nan, np.nan, np.nan, 0])


@pytest.mark.parametrize("dtype", ["object", "category", "string"])
def test_however_text_is_stored_it_means_the_same(dtype: str) -> None:
    maps = learn_maps(ROWS, ["plan"])
    rows = pd.DataFrame({"plan": pd.Series(["family", None, "none such"], dtype=dtype)})
    np.testing.assert_array_equal(encode(rows, ["plan"], maps)[:, 0], [1, np.nan, np.nan])
    nothing = pd.DataFrame({"plan": pd.Series([None, None], dtype=dtype)})
    assert np.isnan(encode(nothing, ["plan"], maps)).all()


def test_a_missing_column_is_a_difference_and_never_filled() -> None:
    found = (
        "lack 2 of the model's 3 columns .missing: a, b; not the model's: bill_cny_13w_mean, city."
    )
    with pytest.raises(FingerprintMismatch, match=found) as refused:
        encode(ROWS, ["a", "plan", "b"], {})
    assert refused.value.details == {
        "missing": ["a", "b"],
        "unknown": ["bill_cny_13w_mean", "city"],
    }


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([7, 9], dtype="int8"),
        pd.Series([7, 9], dtype="uint64"),
        pd.Series([7, 9], dtype="float16"),
        pd.Series([7, 9], dtype="Int64"),
        pd.Series([7, 9], dtype="double[pyarrow]"),
        pd.Series([Decimal(7), 9.0], dtype=object),
        pd.Series(["7", "9.0"]),
        pd.Series([7, 9], dtype="category"),
    ],
    ids=lambda values: str(values.dtype),
)
def test_numbers_of_any_width_are_read_alike(values: pd.Series) -> None:
    one = encode(pd.DataFrame({"calls": values}), ["calls"], {})
    np.testing.assert_array_equal(one[:, 0], [7, 9])
    gap = pd.DataFrame({"calls": values.reindex([0, 5])})
    np.testing.assert_array_equal(encode(gap, ["calls"], {})[:, 0], [7, np.nan])


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (["3", "many"], "'many' is not a number"),
        (pd.DatetimeIndex(["2026-03-02", pd.NaT]), "'2026-03-02 00:00:00' is not a number"),
        ([[1], [2]], "is not a number"),
    ],
)
def test_what_is_not_a_number_is_refused(values: Any, shown: str) -> None:
    with pytest.raises(TableRefused, match=rf"column calls: .*{shown}"):
        encode(pd.DataFrame({"calls": values}), ["calls"], {})


def test_numbers_in_a_column_of_words_are_refused() -> None:
    with pytest.raises(TableRefused, match=r"column plan: the values are numbers .*such as light"):
        encode(ROWS.assign(plan=[1, 2, 3, 4]), ["plan"], learn_maps(ROWS, ["plan"]))


def test_no_rows_are_an_empty_matrix() -> None:
    assert encode(ROWS.head(0), ["plan"], learn_maps(ROWS, ["plan"])).shape == (0, 1)
