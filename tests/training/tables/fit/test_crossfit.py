"""Figures out of fold: no fit uses a row's own fold."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss, roc_auc_score

from features.errors import NotEnoughData
from tests.tables import TARGET, YES, customers
from training.columns.inference import infer_columns
from training.columns.values import prepare
from training.tables.fit import recipe
from training.tables.fit.crossfit import crossfit, figures
from training.tables.fit.folds import folds, row_keys
from training.tables.table_settings import TableSettings

SETTINGS = TableSettings(folds=2, inner_folds=3, bootstrap=20, seed=7)


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "MAX_TREES", 10)


def test_the_labels_of_a_fold_do_not_change_its_risks() -> None:
    rows = customers(240)
    label = np.asarray(rows.pop(TARGET) == YES, dtype=np.float64)
    columns = infer_columns(rows)
    read = prepare(rows, columns)
    keys = row_keys(read)
    fold = folds(keys, label, 2, 7)
    risk = crossfit(read, label, columns, keys, fold, SETTINGS)
    turned = np.where(fold == 0, 1 - label, label)
    again = crossfit(read, turned, columns, keys, fold, SETTINGS)
    np.testing.assert_array_equal(again[fold == 0], risk[fold == 0])
    assert (again[fold == 1] != risk[fold == 1]).any()


def test_too_few_different_rows_to_fit_on_are_refused_with_what_to_change() -> None:
    rows = pd.DataFrame({"a": [1.0, 2.0, 3.0] * 20 + [*range(10, 70)]})
    label = np.repeat([1.0, 0.0], 60)
    columns = infer_columns(rows)
    read = prepare(rows, columns)
    keys = row_keys(read)
    with pytest.raises(NotEnoughData, match=r"for 3 folds; .* \(inner_folds in settings/tables"):
        crossfit(read, label, columns, keys, folds(keys, label, 2, 7), SETTINGS)


def test_figures_are_those_of_another_library_with_intervals_around_them() -> None:
    random = np.random.default_rng(1)
    risk = random.random(500)
    churned = (random.random(500) < risk).astype(float)
    found = figures(churned, risk, np.arange(500, dtype=np.uint64), SETTINGS)
    assert found["auc"] == pytest.approx(roc_auc_score(churned, risk))
    assert found["log_loss"] == pytest.approx(log_loss(churned, risk))
    assert found["distinct_rows"] == 500
    for name in ("auc", "average_precision", "top_decile_lift", "calibration_slope", "log_loss"):
        low, high = found[f"{name}_interval"]
        assert low < found[name] < high


def test_copies_of_rows_make_no_figure_surer() -> None:
    random = np.random.default_rng(1)
    risk = random.random(200)
    churned = (random.random(200) < risk).astype(float)
    keys = np.arange(200, dtype=np.uint64)
    once = figures(churned, risk, keys, SETTINGS)
    copied = figures(np.tile(churned, 5), np.tile(risk, 5), np.tile(keys, 5), SETTINGS)
    for name in ("auc", "log_loss"):
        np.testing.assert_allclose(copied[f"{name}_interval"], once[f"{name}_interval"])
