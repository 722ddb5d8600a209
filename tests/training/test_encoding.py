"""Rows of features as the numbers a model reads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from features.errors import FingerprintMismatch
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


def test_a_missing_column_is_named_and_never_filled() -> None:
    with pytest.raises(FingerprintMismatch, match="lack 2 of the model's 3 columns: a, b") as found:
        encode(ROWS, ["a", "plan", "b"], {})
    assert found.value.details == {"missing": ["a", "b"]}


def test_no_rows_are_an_empty_matrix() -> None:
    assert encode(ROWS.head(0), ["plan"], learn_maps(ROWS, ["plan"])).shape == (0, 1)
