"""What a model loses without a column, on rows that it was not fitted on."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.columns.inference import infer_columns
from training.columns.values import prepare
from training.tables.leaks import losses as module
from training.tables.leaks.losses import losses

COUNT = 1200
RANDOM = np.random.default_rng(6)
FOLD = np.arange(COUNT) % 4
ROWS = pd.DataFrame({name: RANDOM.normal(size=COUNT).round(4) for name in "abcde"})
ROWS["plan"] = RANDOM.choice(["basic", "plus"], COUNT)
# Neither says anything alone.
CHURNED = np.asarray(ROWS["a"] * ROWS["b"] > 0, dtype=float)
COLUMNS = infer_columns(ROWS)
PREPARED = prepare(ROWS, COLUMNS)


def test_columns_that_count_together_are_both_found_to_matter() -> None:
    found = losses(PREPARED, CHURNED, COLUMNS, FOLD, 1)
    assert found.auc > 0.97
    assert list(found.without)[:2] in (["a", "b"], ["b", "a"])
    assert max(found.without["a"], found.without["b"]) < 0.6
    others = [auc for name, auc in found.without.items() if name not in "ab"]
    assert len(others) == 1
    assert others[0] > found.auc - 0.02


def test_a_copy_stands_in_for_a_column_that_is_taken_away() -> None:
    rows = ROWS.assign(copy=ROWS["a"])
    columns = infer_columns(rows)
    found = losses(prepare(rows, columns), CHURNED, columns, FOLD, 1)
    assert found.without["b"] < 0.6
    others = [auc for name, auc in found.without.items() if name != "b"]
    assert min(others) > found.auc - 0.02


def test_of_a_large_table_some_rows_are_judged_and_the_order_of_columns_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_ROWS", 800)
    noisy = np.where(RANDOM.random(COUNT) < 0.1, 1 - CHURNED, CHURNED)
    found = losses(PREPARED, noisy, COLUMNS, FOLD, 1)
    assert found == losses(PREPARED[PREPARED.columns[::-1]], noisy, COLUMNS[::-1], FOLD, 1)
    assert 0.8 < found.auc < 0.95
    monkeypatch.setattr(module, "MAX_ROWS", COUNT)
    assert found.auc != losses(PREPARED, noisy, COLUMNS, FOLD, 1).auc
