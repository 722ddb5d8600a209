"""Agreement with LightGBM's own `pred_contrib`, over models of every kind the gate lets pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.explainer import Explainer
from training.explainer.trees import read_forest

# Few values, so that trees meet them again; zeros that are none, and what is next to a zero.
GRID = (0.0, -0.0, 1.0, -1.0, 2.5, 1e-36, -1e-36, 1e-35, 3e-35, 1e12, -7.0, 0.1)
BEYOND = (np.inf, -np.inf, np.nan, np.finfo(float).max, np.finfo(float).tiny)


@dataclass(frozen=True)
class Fitted:
    """A model and rows to explain: its own, at its thresholds, all missing, infinite."""

    booster: lgb.Booster
    rows: np.ndarray


@st.composite
def models(draw: st.DrawFn) -> Fitted:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, features = draw(st.integers(12, 120)), draw(st.integers(1, 6))
    rows = random.normal(size=(count, features))
    from_grid = random.random(features) < 0.5
    rows[:, from_grid] = random.choice(GRID, size=(count, int(from_grid.sum())))
    rows[random.random(rows.shape) < draw(st.sampled_from([0.0, 0.1, 0.6]))] = np.nan
    if draw(st.booleans()):
        rows[:, random.integers(features)] = random.choice([0.0, 3.0, np.nan])  # constant
    objective = draw(st.sampled_from(["binary", "regression", "multiclass"]))
    score = np.nan_to_num(rows[:, 0]).clip(-9, 9) + random.normal(size=count)
    label = {
        "binary": score > 0,
        "regression": score * draw(st.sampled_from([1e-4, 1.0, 1e4])) + 1e3,
        "multiclass": random.integers(0, 3, count),
    }[objective]
    parameters: dict[str, Any] = {
        "objective": objective,
        "boosting": draw(st.sampled_from(["gbdt", "gbdt", "dart", "rf"])),
        "bagging_freq": 1,
        "bagging_fraction": 0.7,
        "max_depth": draw(st.integers(1, 6)),
        "num_leaves": draw(st.integers(2, 40)),
        "min_data_in_leaf": draw(st.sampled_from([1, 1, 5, count])),  # the last: single leaves
        "min_data_in_bin": 1,
        "use_missing": draw(st.booleans()),
        "zero_as_missing": draw(st.booleans()),
        "learning_rate": 0.3,
        "num_threads": 1,
        "verbose": -1,
        "seed": 3,
        **({"num_class": 3} if objective == "multiclass" else {}),
    }
    data = lgb.Dataset(rows, np.asarray(label, dtype=float), params=parameters)
    booster = lgb.train(parameters, data, draw(st.integers(1, 12)))
    return Fitted(booster, np.vstack([rows, *_edges(booster, random)]))


def _edges(booster: lgb.Booster, random: np.random.Generator) -> list[np.ndarray]:
    features = booster.num_feature()
    edges = [np.full((1, features), value) for value in (*BEYOND, *GRID)]
    edges.append(random.choice([*BEYOND, *GRID], size=(40, features)))
    for tree in read_forest(booster.model_to_string()).trees:
        for feature, threshold in zip(tree.feature, tree.threshold, strict=True):
            row = random.choice([*BEYOND, *GRID], size=(3, features))
            near = (threshold, np.nextafter(threshold, -np.inf), np.nextafter(threshold, np.inf))
            row[:, feature] = near
            edges.append(row)
    return edges


def assert_agrees(booster: lgb.Booster, rows: np.ndarray) -> None:
    expected = np.asarray(booster.predict(rows, pred_contrib=True))
    explainer = Explainer(booster)
    found = explainer.shap_values(rows)
    assert found.shape == expected.shape
    scale = np.abs(expected).max()
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * scale)
    singly = np.vstack([explainer.shap_values_row(row) for row in rows[:20]])
    np.testing.assert_array_equal(singly, found[:20])


@settings(max_examples=150, deadline=None)
@given(models())
def test_values_are_those_of_lightgbm(fitted: Fitted) -> None:
    assert_agrees(fitted.booster, fitted.rows)


@settings(max_examples=30, deadline=None)
@given(models())
def test_single_precision_is_read_as_lightgbm_reads_it(fitted: Fitted) -> None:
    with np.errstate(over="ignore", under="ignore"):
        assert_agrees(fitted.booster, fitted.rows.astype(np.float32))


@settings(max_examples=30, deadline=None)
@given(models())
def test_values_sum_to_the_raw_score(fitted: Fitted) -> None:
    booster, rows = fitted.booster, fitted.rows
    raw = np.asarray(booster.predict(rows, raw_score=True)).reshape(len(rows), -1)
    values = Explainer(booster).shap_values(rows)
    sums = values.reshape(len(rows), raw.shape[1], -1).sum(axis=2)
    assert np.abs(sums - raw).max() <= 1e-6 * np.abs(raw).max()


def fit(rows: np.ndarray, label: np.ndarray, trees: int = 5, **parameters: Any) -> lgb.Booster:
    settings = {"objective": "regression", "min_data_in_leaf": 1, "num_threads": 1, "verbose": -1}
    settings |= parameters
    categories = settings.pop("categorical_feature", "auto")
    data = lgb.Dataset(rows, label, categorical_feature=categories, params=settings)
    return lgb.train(settings, data, trees)


def test_a_feature_may_have_more_cuts_than_a_byte_counts() -> None:
    random = np.random.default_rng(4)
    rows = random.normal(size=(3000, 2))
    parameters = {"max_bin": 2000, "min_data_in_bin": 1, "max_depth": 6}
    booster = fit(rows, np.sin(9 * rows[:, 0]) + rows[:, 1], 60, **parameters)
    cuts = {
        (feature, threshold)
        for tree in read_forest(booster.model_to_string()).trees
        for feature, threshold in zip(tree.feature.tolist(), tree.threshold.tolist(), strict=True)
    }
    assert sum(feature == 0 for feature, _ in cuts) > 600
    rows[::7] = np.nan
    assert_agrees(booster, rows)


def test_the_missing_may_go_both_ways() -> None:
    random = np.random.default_rng(5)
    rows = random.normal(size=(800, 3))
    rows[random.random(rows.shape) < 0.3] = np.nan
    lost = np.isnan(rows[:, 0])
    booster = fit(rows, np.where(lost, rows[:, 1] > 0, rows[:, 0]), 20, max_depth=5)
    ways = {
        (int(feature), bool(left))
        for tree in read_forest(booster.model_to_string()).trees
        for feature, left in zip(tree.feature, tree.default_left, strict=True)
    }
    assert {(0, False), (0, True)} <= ways
    assert_agrees(booster, rows)


def test_hundreds_of_trees_keep_their_precision() -> None:
    """More than one stretch of trees, and a base far from zero."""
    random = np.random.default_rng(6)
    rows = random.normal(size=(500, 4))
    booster = fit(rows, rows[:, 0] * rows[:, 1] + 1e6, 350, max_depth=4)
    expected = np.asarray(booster.predict(rows, pred_contrib=True))
    found = Explainer(booster).shap_values(rows)
    scale = np.abs(expected[:, :-1]).max()  # of the features, not of the base
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * scale)


def test_what_early_stopping_excluded_is_excluded() -> None:
    random = np.random.default_rng(7)
    rows = random.normal(size=(200, 3))
    booster = fit(rows, rows[:, 0], 30)
    booster.best_iteration = 4
    assert_agrees(booster, rows)


def test_a_model_without_a_split_has_only_its_mean() -> None:
    rows = np.zeros((30, 2))
    booster = fit(rows, np.arange(30.0), 3, max_depth=6)
    np.testing.assert_allclose(Explainer(booster).shap_values(rows[:12]), [[0, 0, 14.5]] * 12)


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"linear_tree": True}, r"tree 0 is linear\. Train with linear_tree=false"),
        ({"categorical_feature": [1], "min_data_per_group": 1}, r"splits on categories\. Encode"),
        ({"max_depth": 7, "num_leaves": 128}, r"is 7 deep; expected at most 6, the gate"),
    ],
)
def test_what_has_no_tables_is_refused(parameters: dict[str, Any], refusal: str) -> None:
    random = np.random.default_rng(8)
    rows = np.column_stack([random.normal(size=2000), random.integers(0, 9, 2000)])
    booster = fit(rows, (rows[:, 1] % 3) * 5 + np.sin(20 * rows[:, 0]), 3, **parameters)
    with pytest.raises(ValueError, match=refusal):
        Explainer(booster)
