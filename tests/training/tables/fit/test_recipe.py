"""The fit of a table: order changes nothing, no fit is judged on its own rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from tests.tables import TARGET, YES, customers
from training.columns.inference import infer_columns
from training.columns.values import prepare
from training.models.bundle import shape_of
from training.statistics.metrics import auc
from training.tables.fit import recipe
from training.tables.fit.crossfit import fitted_risk
from training.tables.fit.folds import row_keys
from training.tables.fit.recipe import Fitted, fit_table


def fitted(rows: pd.DataFrame, label: np.ndarray) -> tuple[Fitted, np.ndarray]:
    columns = infer_columns(rows)
    read = prepare(rows, columns)
    found = fit_table(read, label, columns, row_keys(read), inner_folds=3, seed=7)
    return found, fitted_risk(found, read)


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipe, "MAX_TREES", 25)


def table(count: int = 300) -> tuple[pd.DataFrame, np.ndarray]:
    rows = customers(count)
    return rows.drop(columns=TARGET), (rows.pop(TARGET) == YES).to_numpy(dtype=float)


def test_it_learns_and_its_shape_keeps_the_bounds() -> None:
    rows, label = table()
    found, risk = fitted(rows, label)
    assert (auc(label, risk, np.ones(len(label))) or 0) > 0.8
    assert shape_of(found.booster)["depth"] <= 6
    assert [one.name for one in found.columns] == sorted(one.name for one in found.columns)
    assert risk.mean() == pytest.approx(label.mean(), abs=0.05)


def test_the_order_of_rows_and_columns_changes_nothing() -> None:
    rows, label = table(200)
    one, risk = fitted(rows, label)
    order = np.random.default_rng(3).permutation(len(rows))
    other, turned = fitted(
        rows.iloc[order][rows.columns[::-1]].reset_index(drop=True), label[order]
    )
    assert other.booster.model_to_string() == one.booster.model_to_string()
    assert (other.maps, other.calibration) == (one.maps, one.calibration)
    np.testing.assert_array_equal(turned, risk[order])


def test_levels_of_noise_with_few_rows_give_no_row_a_sure_risk() -> None:
    random = np.random.default_rng(0)
    rows = pd.DataFrame({f"c{one}": random.choice(list("abcdefghijklmnop"), 300) for one in "1234"})
    label = (random.random(300) < 0.3).astype(float)
    columns = infer_columns(rows)
    read = prepare(rows, columns)
    found = fit_table(read, label, columns, row_keys(read), inner_folds=5, seed=7)
    others = pd.DataFrame({name: random.permutation(read[name]) for name in read})
    assert fitted_risk(found, others).std() < 0.05


def test_noise_is_predicted_as_the_share() -> None:
    random = np.random.default_rng(4)
    rows = pd.DataFrame({"a": random.normal(size=400), "b": random.choice(list("xyz"), 400)})
    label = (np.arange(400) % 4 == 0).astype(float)
    _, risk = fitted(rows, label)
    assert risk.mean() == pytest.approx(0.25, abs=0.02)
    assert risk.std() < 0.1


def test_where_the_outcome_is_nearly_certain_it_is_level_with_boosting_on_all_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recipe, "MAX_TREES", 150)
    random = np.random.default_rng(6)
    rows = pd.DataFrame({name: random.integers(0, 40, 4000) for name in "abcdef"})
    region = (rows.a > 20) & ((rows.b < 15) ^ (rows.c > 30))
    region |= (rows.d < 4) & (rows.e * rows.f > 300)
    label = np.asarray(region, dtype=np.float64)
    columns = infer_columns(rows)
    read, fit, other = prepare(rows, columns), slice(0, 1000), slice(1000, None)
    found = fit_table(read[fit], label[fit], columns, row_keys(read[fit]), inner_folds=5, seed=7)
    ones = np.ones(3000)
    peer = HistGradientBoostingClassifier(random_state=0).fit(read[fit], label[fit])
    theirs = auc(label[other], peer.predict_proba(read[other])[:, 1], ones) or 0
    assert (auc(label[other], fitted_risk(found, read[other]), ones) or 0) > theirs - 0.001


def test_what_ships_learned_from_the_rows_that_stopped_its_members_too() -> None:
    random = np.random.default_rng(6)
    rows = pd.DataFrame({name: random.integers(0, 40, 600) for name in "ab"})
    label = ((rows.a > 20) ^ (rows.b < 15)).to_numpy(dtype=float)
    found, _ = fitted(rows, label)
    trees = found.booster.dump_model()["tree_info"]
    fitted_rows = [tree["tree_structure"]["internal_count"] for tree in trees]
    assert (found.parameters["shape"], found.parameters["members"]) == ("deep", 3)
    assert min(fitted_rows) > 0.85 * 600, "a member has two of three folds"
