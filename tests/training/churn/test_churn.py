"""The churn model: depth, seed, few churners, and rows that must not enter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.churn import FOLDS, churned, fit_churn, folds
from training.encoding import encode
from training.fit_settings import FitSettings
from training.models.bundle import shape_of
from training.panels import modelled
from training.statistics.metrics import auc


def test_one_seed_gives_one_model(sample: Any, quick: FitSettings) -> None:
    models = [fit_churn(sample.rows, sample.features, quick) for _ in range(2)]
    assert models[0].booster.model_to_string() == models[1].booster.model_to_string()
    assert models[0].parameters == models[1].parameters
    other = fit_churn(sample.rows, sample.features, replace(quick, seed=8))
    assert other.booster.model_to_string() != models[0].booster.model_to_string()


@pytest.mark.parametrize("depth", [1, 2, 6])
def test_no_tree_is_deeper_than_set_and_there_are_no_more_than_set(
    sample: Any, quick: FitSettings, depth: int
) -> None:
    settings = replace(quick, trials=3, max_depth=depth, max_trees=12)
    shape = shape_of(fit_churn(sample.rows, sample.features, settings).booster)
    assert 1 <= shape["depth"] <= depth
    assert 1 <= shape["trees"] <= 12
    assert shape["features"] == len(sample.features)


def test_the_model_finds_what_the_rows_were_drawn_from(sample: Any, quick: FitSettings) -> None:
    model = fit_churn(sample.rows, sample.features, replace(quick, trials=5, max_trees=100))
    test = (sample.rows["period"] == "test").to_numpy() & modelled(sample.rows)
    rows = sample.rows[test]
    score = np.asarray(model.booster.predict(encode(rows, model.columns, model.maps)))
    best = auc(churned(rows), sample.truth[test], np.ones(len(rows)))
    found = auc(churned(rows), score, np.ones(len(rows)))
    assert best is not None
    assert found is not None
    assert found > 0.5 + 0.8 * (best - 0.5)


def test_test_rows_early_churners_and_competing_events_do_not_touch_the_fit(
    sample: Any, quick: FitSettings
) -> None:
    rows = sample.rows.copy()
    unread = (rows["period"] == "test").to_numpy() | ~modelled(rows)
    rows.loc[unread, "active_days_4w"] = 999.0
    rows.loc[(rows["period"] == "test").to_numpy(), "outcome"] = "left"
    poisoned = fit_churn(rows, sample.features, quick)
    clean = fit_churn(sample.rows, sample.features, quick)
    assert poisoned.booster.model_to_string() == clean.booster.model_to_string()


def test_categories_are_learned_before_the_test_period(sample: Any, quick: FitSettings) -> None:
    rows = sample.rows.copy()
    rows["city"] = rows["city"].cat.add_categories(["Duhe", "Linan"])
    rows.loc[rows["period"] == "test", "city"] = "Duhe"
    rows.loc[rows["period"] == "calibration", "city"] = "Linan"
    model = fit_churn(rows, sample.features, quick)
    assert set(model.maps) == {"city", "payment_mode"}
    assert "Duhe" not in model.maps["city"]
    assert "Linan" in model.maps["city"]


def test_what_calibrates_a_customer_knows_nothing_of_the_same_customer(
    draw: Callable[..., Any], quick: FitSettings
) -> None:
    """A column that gives each customer's outcome away helps the fit, and no held-out row."""
    drawn = draw(300, seed=3)
    rows = drawn.rows
    customer, _ = pd.factorize(rows["customer_id"])
    luck = np.random.default_rng(5)
    own_outcome = luck.random(customer.max() + 1) < 0.3
    rows["outcome"] = np.where(own_outcome[customer], "left", "stayed")
    rows["active_days_4w"] = customer.astype(float)
    settings = replace(quick, max_trees=150, max_depth=6)
    model = fit_churn(rows, drawn.features, settings)
    late = rows[(rows["period"] == "calibration").to_numpy() & modelled(rows)]
    assert len(model.held_out) == len(late)
    known = np.asarray(model.booster.predict(encode(late, model.columns, model.maps)))
    ones = np.ones(len(late))
    held_out, own = (auc(churned(late), found, ones) for found in (model.held_out, known))
    assert held_out is not None
    assert own is not None
    assert abs(held_out - 0.5) < 0.12
    assert own > held_out


def test_folds_keep_customers_whole_and_deal_those_who_left_evenly(sample: Any) -> None:
    rows = sample.rows
    found = folds(rows)
    by_customer = pd.Series(found).groupby(rows["customer_id"].to_numpy()).agg(["min", "max"])
    assert (by_customer["min"] == by_customer["max"]).all()
    left = rows.loc[churned(rows) == 1, "customer_id"].unique()
    counts = np.bincount(by_customer["min"][left], minlength=FOLDS)
    assert counts.max() - counts.min() <= 1
    assert np.array_equal(found, folds(rows.copy()))


@pytest.mark.parametrize("churners", [1, 3])
def test_very_few_churners_make_a_timid_model_and_no_crash(
    draw: Callable[..., Any], quick: FitSettings, churners: int
) -> None:
    drawn = draw(15, seed=1)
    rows = drawn.rows
    rows["outcome"] = "stayed"
    rows.loc[rows.index[:churners], "outcome"] = "left"
    model = fit_churn(rows, drawn.features, quick)
    score = np.asarray(model.booster.predict(encode(rows, model.columns, model.maps)))
    assert np.isfinite(score).all()
    assert shape_of(model.booster)["trees"] >= 1
