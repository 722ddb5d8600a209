"""Row numbers, and the order of rows, are not read where they predict the label."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from training.tables.leaks.suspects import suspects
from training.tables.sample import Sample, TableRequest, labelled_sample
from training.tables.table_settings import TableSettings

SETTINGS = TableSettings(folds=3, inner_folds=3, bootstrap=10, seed=7)
REQUEST = TableRequest("customers", "left", "1")
COUNT = 600
RANDOM = np.random.default_rng(4)
LEFT = (RANDOM.random(COUNT) < 0.3).astype(int)
ROWS = pd.DataFrame(
    {
        "months": RANDOM.integers(0, 60, COUNT),
        "fee": RANDOM.gamma(4, 20, COUNT).round(1) + LEFT * 9,
        "left": LEFT,
    }
)
SORTED = ROWS.sort_values("left", kind="stable").reset_index(drop=True)


def sample(rows: pd.DataFrame, request: TableRequest = REQUEST) -> Sample:
    return labelled_sample(rows, request, SETTINGS)


def found(own: Sample) -> dict[str, str]:
    named = suspects(own.rows, own.churned, own.columns, own.fold, own.order)
    return {one.column: one.why for one in named}


def joined() -> pd.DataFrame:
    """Two frames, one per class, each with its own index from 0."""
    parts = [own.reset_index(drop=True) for _, own in ROWS.groupby("left")]
    return pd.concat(parts).reset_index(names="x")


@pytest.mark.parametrize("shuffled", [False, True])
def test_the_index_of_two_joined_frames_is_excluded_whatever_its_name(shuffled: bool) -> None:
    rows = joined()
    rows = rows.sample(frac=1, random_state=1) if shuffled else rows
    own = sample(rows)
    assert "x" not in own.rows
    assert found(own)["x"] == "row_number"


@pytest.mark.parametrize("name", ["__index_level_0__", "Unnamed: 0", "unnamed_1", "index"])
def test_an_index_is_excluded_by_its_name_though_it_repeats(name: str) -> None:
    repeats = joined().rename(columns={"x": name}).sample(COUNT, replace=True, random_state=2)
    own = sample(repeats)
    assert found(own)[name] == "row_number"
    assert name in sample(repeats, replace(REQUEST, kept=(name,))).rows


def test_a_key_is_found_though_rows_stand_twice() -> None:
    twice = ROWS.assign(code=np.arange(COUNT) + 50_000).sample(COUNT, replace=True, random_state=3)
    assert found(sample(twice)) == {"code": "unique_key"}


@pytest.mark.parametrize("noise", [0, 3])
def test_what_follows_the_order_of_a_sorted_table_is_excluded(noise: int) -> None:
    seconds = np.arange(COUNT) * 61.5 + RANDOM.normal(0, 100, COUNT) * noise
    loaded = pd.Timestamp("2025-01-01") + pd.to_timedelta(seconds, unit="s")
    own = sample(SORTED.assign(loaded=loaded))
    assert list(own.rows) == ["months", "fee"]
    assert found(own) == {"(order of rows)": "row_order", "loaded": "row_number"}


def test_levels_given_to_the_rows_in_turn_are_excluded_where_the_table_is_sorted() -> None:
    batch = [f"file {place // 50}" for place in range(COUNT)]
    own = sample(SORTED.assign(batch=batch, plan=np.tile(["a", "b", "c"], COUNT // 3)))
    assert found(own) == {"(order of rows)": "row_order", "batch": "row_number"}
    assert found(sample(ROWS.assign(batch=batch))) == {}


def test_without_a_sorted_label_a_table_sorted_by_an_honest_column_keeps_it() -> None:
    rows = ROWS.sort_values("fee").reset_index(drop=True)
    own = sample(rows.assign(opened=pd.date_range("2020-01-01", periods=COUNT)))
    assert {"fee", "months"} <= set(own.rows)
    assert "(order of rows)" not in found(own)


def test_a_table_in_no_order_names_nothing() -> None:
    assert found(sample(ROWS)) == {}


def test_sorting_the_table_by_class_changes_neither_columns_nor_folds() -> None:
    plain, by_class = sample(ROWS), sample(SORTED)
    assert plain.columns == by_class.columns
    order = ROWS.sort_values("left", kind="stable").index.to_numpy()
    np.testing.assert_array_equal(by_class.fold, plain.fold[order])
