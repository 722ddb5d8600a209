"""Predictions of one row: those of LightGBM itself, to the last bit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from training.prediction import Predictor

FEATURES = 6


def booster(random: np.random.Generator, label: Any, **parameters: Any) -> lgb.Booster:
    rows = random.normal(size=(len(label), FEATURES))
    rows[random.random(rows.shape) < 0.1] = np.nan
    quiet = {"max_depth": 4, "verbose": -1, "seed": 1, "num_threads": 1, **parameters}
    trained = lgb.train(quiet, lgb.Dataset(rows, label), num_boost_round=12)
    return lgb.Booster(model_str=trained.model_to_string())


@pytest.fixture(scope="module")
def boosters() -> list[lgb.Booster]:
    random = np.random.default_rng(3)
    return [
        booster(random, random.integers(0, 2, 400).astype(float), objective="binary"),
        booster(random, random.normal(size=400), objective="regression"),
        booster(
            random, random.integers(0, 4, 400).astype(float), objective="multiclass", num_class=4
        ),
    ]


@pytest.mark.parametrize("raw", [False, True])
def test_a_row_alone_has_the_prediction_that_it_has_among_others(
    boosters: list[lgb.Booster], raw: bool
) -> None:
    rows = np.random.default_rng(5).normal(size=(200, FEATURES)).astype(np.float32)
    rows[::3, 2] = np.nan
    rows[::5] = 0
    for one in boosters:
        expected = np.asarray(one.predict(rows, raw_score=raw))
        predictor = Predictor(one, raw)
        alone = np.concatenate([predictor.predict(row[np.newaxis]) for row in rows])
        np.testing.assert_array_equal(alone, expected)
        np.testing.assert_array_equal(predictor.predict(rows), expected)


def test_threads_do_not_share_a_place(boosters: list[lgb.Booster]) -> None:
    rows = np.random.default_rng(6).normal(size=(2000, FEATURES)).astype(np.float32)
    predictor = Predictor(boosters[0])
    expected = np.asarray(boosters[0].predict(rows))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda row: predictor.predict(row[np.newaxis])[0], rows))
    np.testing.assert_array_equal(found, expected)


def test_other_columns_are_refused(boosters: list[lgb.Booster]) -> None:
    with pytest.raises(ValueError, match="expected 6"):
        Predictor(boosters[0]).predict(np.zeros((1, 5), dtype=np.float32))
