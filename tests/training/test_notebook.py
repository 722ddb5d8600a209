"""What notebooks need of models: the same panel, fit and reasons as production's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import training
from features.catalogue import features as declared
from features.errors import FingerprintMismatch, LakeError, SettingsError
from training.models.bundle import Bundle

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def steps() -> list[str]:
    """The steps that were reported while panel and model were made."""
    return []


@pytest.fixture(scope="module")
def panel(small_home: Any, steps: list[str]) -> training.Panel:
    return training.panel(small_home.home, small_home.as_of, lambda step, *_: steps.append(step))


@pytest.fixture(scope="module")
def rows(panel: training.Panel) -> pd.DataFrame:
    return panel.features


@pytest.fixture(scope="module")
def model(small_home: Any, panel: training.Panel, steps: list[str]) -> Bundle:
    return training.fit_churn(small_home.home, panel, lambda step, *_: steps.append(step))


@pytest.mark.slow
def test_a_panel_and_a_fit_make_the_model_of_the_training(
    small_home: Any, panel: training.Panel, rows: pd.DataFrame, model: Bundle, steps: list[str]
) -> None:
    trained = small_home.trained.bundle
    assert model.booster.model_to_string() == trained.booster.model_to_string()
    np.testing.assert_array_equal(model.score(rows.head(50)), trained.score(rows.head(50)))
    assert set(panel.period.unique()) == {"fit", "calibration", "test"}
    assert {"panel", "fit"} <= set(steps)


def test_the_features_of_a_panel_hold_nothing_of_the_outcome(
    panel: training.Panel, model: Bundle
) -> None:
    """`kind`, `event_at` and `label_known_at` are known only later; a model would read them."""
    assert tuple(panel.features.columns) == model.features
    later = {"outcome", "kind", "event_at", "label_known_at", "period", "customer_id", "as_of"}
    assert later <= set(panel.rows.columns)
    assert not later & set(panel.features.columns)
    assert panel.features.index.equals(panel.outcome.index)


def test_a_period_of_a_panel_has_the_rows_that_count(panel: training.Panel) -> None:
    test = panel.of("test")
    assert set(test.period) == {"test"}
    assert set(test.outcome) == {"left", "stayed"}
    assert test.churned.sum() == (test.outcome == "left").sum() > 0
    assert len(test) == len(test.features) < len(panel)
    assert f"{len(panel):,} rows" in repr(panel)
    with pytest.raises(SettingsError, match=r"period is 'tset'; expected fit, calibration, test"):
        panel.of("tset")


def test_rows_without_outcomes_cannot_be_fitted(
    small_home: Any, panel: training.Panel, rows: pd.DataFrame
) -> None:
    home = small_home.home
    with pytest.raises(FingerprintMismatch, match=r"lack 3 columns .*outcome, period, as_of"):
        training.fit_churn(home, rows)
    with pytest.raises(SettingsError, match=r"the fit period has 0 rows"):
        training.fit_churn(home, panel.of("test"))
    with pytest.raises(SettingsError, match=r"rows is of type str; expected a pandas frame"):
        training.fit_churn(home, "2026-03-02")  # type: ignore[arg-type]


@pytest.mark.parametrize("use", [training.panel, training.fit_churn])
def test_a_home_that_is_not_there_is_refused(tmp_path: Path, use: Any) -> None:
    with pytest.raises(LakeError, match=r"no home was found at .*nowhere'. Give the folder"):
        use(tmp_path / "nowhere", "2026-03-02")
    with pytest.raises(LakeError, match=r"no home was found at"):
        training.champion(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []


def test_a_panel_beyond_the_data_is_refused(small_home: Any) -> None:
    with pytest.raises(LakeError, match=r"as_of 2030-01-01 lies beyond the data"):
        training.panel(small_home.home, "2030-01-01")
    with pytest.raises(SettingsError, match=r"as_of is 'soon'; expected a date"):
        training.panel(small_home.home, "soon")


def test_the_champion_answers_today(small_home: Any, model: Bundle) -> None:
    champion = training.champion(small_home.home)
    assert champion.evaluation["auc"] == small_home.trained.bundle.evaluation["auc"]
    assert champion.fingerprint == model.fingerprint


@pytest.mark.parametrize("rows", [5, None, [1.0], "rows", np.zeros((2, 3))])
def test_a_model_scores_frames_and_says_so(model: Bundle, rows: Any) -> None:
    with pytest.raises(SettingsError, match=r"rows is of type \w+; expected a pandas frame with"):
        model.score(rows)


def test_a_model_shows_itself_in_two_lines(small_home: Any, model: Bundle) -> None:
    champion = training.champion(small_home.home)
    trees, auc = champion.shape["trees"], champion.evaluation["auc"]
    assert repr(champion).startswith(f"Bundle of {trees} trees over {len(champion.features)} fe")
    assert f"AUC {auc:.3f}" in repr(champion)
    assert len(repr(champion)) < 200
    assert len(repr(model)) < 200


@pytest.mark.parametrize("language", ["en", "zh"])
def test_reasons_are_exact_and_in_words(rows: pd.DataFrame, model: Bundle, language: str) -> None:
    explained = training.explain(model, rows.head(20), language)
    raw = model.raw(model.encode(rows.head(20)))
    np.testing.assert_allclose(explained.values.sum(axis=1) + explained.base_values, raw, atol=1e-6)
    words = {feature.name: getattr(feature, language) for feature in declared(model.currency)}
    assert explained.feature_names == [words[name] for name in model.features]


def test_reasons_in_an_unknown_language_are_refused(rows: pd.DataFrame, model: Bundle) -> None:
    with pytest.raises(SettingsError, match=r"language is 'fr'; expected en or zh"):
        training.explain(model, rows.head(1), "fr")


def test_what_is_neither_a_model_nor_rows_is_refused(rows: pd.DataFrame, model: Bundle) -> None:
    with pytest.raises(SettingsError, match=r"model is of type str; expected what"):
        training.explain("champion", rows)
    with pytest.raises(SettingsError, match=r"rows is of type list; expected a pandas frame"):
        training.explain(model, ["C0000007"])  # type: ignore[arg-type]
    with pytest.raises(FingerprintMismatch, match=r"missing: tenure_days"):
        training.explain(model, rows.head(1).drop(columns="tenure_days"))


def test_completion_offers_the_functions_alone() -> None:
    assert dir(training) == ["Panel", "champion", "explain", "fit_churn", "panel"]


def test_no_other_name_is_made_up() -> None:
    with pytest.raises(AttributeError, match=r"module 'training' has no attribute 'fit_panel'"):
        training.fit_panel  # noqa: B018
