"""What notebooks ask of models: the same panel, fit and reasons as production's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import training
from features.catalogue import features as declared
from features.errors import SettingsError
from training.bundle import Bundle


@pytest.fixture(scope="module")
def rows(small_home: Any) -> pd.DataFrame:
    return training.panel(small_home.home, small_home.as_of)


@pytest.fixture(scope="module")
def model(small_home: Any, rows: pd.DataFrame) -> Bundle:
    return training.fit_churn(small_home.home, rows)


def test_a_panel_and_a_fit_make_the_model_of_the_training(
    small_home: Any, rows: pd.DataFrame, model: Bundle
) -> None:
    trained = small_home.candidate.bundle
    assert model.booster.model_to_string() == trained.booster.model_to_string()
    np.testing.assert_array_equal(model.score(rows.head(50)), trained.score(rows.head(50)))
    assert set(rows["period"].unique()) == {"fit", "calibration", "test"}


def test_the_champion_answers_today(small_home: Any, model: Bundle) -> None:
    champion = training.champion(small_home.home)
    assert champion.evaluation["auc"] == small_home.candidate.bundle.evaluation["auc"]
    assert champion.fingerprint == model.fingerprint


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reasons_are_exact_and_in_words(rows: pd.DataFrame, model: Bundle, language: str) -> None:
    told = training.explain(model, rows.head(20), language)
    raw = model.raw(model.encode(rows.head(20)))
    np.testing.assert_allclose(told.values.sum(axis=1) + told.base_values, raw, atol=1e-6)
    words = {feature.name: getattr(feature, language) for feature in declared(model.currency)}
    assert told.feature_names == [words[name] for name in model.features]


def test_reasons_in_a_language_that_nothing_is_told_in_are_refused(
    rows: pd.DataFrame, model: Bundle
) -> None:
    with pytest.raises(SettingsError, match="language is 'fr'; expected en or zh"):
        training.explain(model, rows.head(1), "fr")


def test_no_other_name_is_made_up() -> None:
    with pytest.raises(AttributeError, match="module 'training' has no attribute 'fit_panel'"):
        training.fit_panel  # noqa: B018
