"""Settings of labels, splits and fits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from features.errors import SettingsError
from training.fit_settings import TrainingSettings


def test_the_delivered_settings_are_those_of_the_design(
    training_settings: TrainingSettings,
) -> None:
    label = training_settings.label
    assert (label.lead_days, label.horizon_days, label.silent_days) == (14, 30, 30)
    assert training_settings.fit.max_depth == 6
    assert training_settings.fit.max_trees <= 150


def test_a_label_matures_after_window_and_lag_and_silence_only_of_prepaid(
    training_settings: TrainingSettings,
) -> None:
    label = training_settings.label
    assert label.maturity(2, "postpaid") == timedelta(days=14 + 30 + 2)
    assert label.maturity(2, "prepaid") == timedelta(days=14 + 30 + 2 + 30)


@pytest.mark.parametrize(
    ("table", "key", "value", "least"),
    [
        ("label", "lead_days", -1, 0),
        ("label", "horizon_days", 0, 1),
        ("label", "silent_days", 0, 1),
        ("split", "test_weeks", 0, 1),
        ("split", "warmup_weeks", 0, 1),
        ("fit", "trials", 0, 1),
        ("fit", "bootstrap", 19, 20),
        ("value", "maturity_days", 0, 1),
        ("value", "step_weeks", 0, 1),
        ("value", "test_dates", 0, 1),
        ("value", "min_customers", 9, 10),
        ("value", "rounds", 0, 1),
    ],
)
def test_a_setting_out_of_bounds_is_named(
    training_settings: TrainingSettings, table: str, key: str, value: int, least: int
) -> None:
    with pytest.raises(
        SettingsError, match=rf"{table}\.{key} is {value}; expected at least {least}"
    ):
        replace(getattr(training_settings, table), **{key: value})


def test_a_discount_is_a_share_of_a_year(training_settings: TrainingSettings) -> None:
    with pytest.raises(SettingsError, match=r"value.annual_discount is 8; expected 0 to below 1"):
        replace(training_settings.value, annual_discount=8)


def test_trees_are_no_deeper_than_reasons_are_exact(training_settings: TrainingSettings) -> None:
    with pytest.raises(SettingsError, match=r"fit.max_depth is 7; expected 6 at most"):
        replace(training_settings.fit, max_depth=7)
