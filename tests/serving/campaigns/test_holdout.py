"""What all contact together did, against the permanent holdout."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from features.engine.store import Histories, open_histories
from features.errors import NotEnoughData
from features.histories.contacts import in_universal_holdout
from features.settings import HoldoutSettings, home_settings
from serving.campaigns.holdout import holdout_effect, holdout_trial
from serving.campaigns.readout.wording import holdout_words
from tests.conftest import SmallHome
from training.fit_settings import TrainingSettings


def opened(own: SmallHome, share: float) -> Histories:
    histories = open_histories(own.home)
    holdout = HoldoutSettings(share, histories.settings.holdout.salt)
    return replace(histories, settings=replace(histories.settings, holdout=holdout))


def test_the_arms_are_the_holdout_and_everyone_else(small_home: SmallHome) -> None:
    histories = opened(small_home, 0.1)
    rules = home_settings(small_home.home, "training", TrainingSettings).label
    since = small_home.as_of - timedelta(days=180)
    until = small_home.as_of - timedelta(days=60)
    trial, counts = holdout_trial(histories, rules, since, until)
    assert trial.propensity[0].tolist() == [0.1, 0.9]
    assert sum(own["stayed"] + own["left"] for own in counts.values()) == len(trial.arm)
    assert counts["holdout"]["stayed"] == int(trial.outcome[trial.arm == 0].sum())


def test_a_holdout_that_was_only_drawn_now_shows_nothing(small_home: SmallHome) -> None:
    histories = opened(small_home, 0.1)  # contacts of the past knew nothing of it
    rules = home_settings(small_home.home, "training", TrainingSettings).label
    found = holdout_effect(histories, rules, small_home.as_of, "en")
    assert found["is_named"], found["checks"]
    (stay,) = found["effects"]
    assert stay["low"] < 0 < stay["high"]
    assert "universal holdout" in holdout_words(found, "en")
    assert "永久留出组" in holdout_words(found, "zh")


def test_so_small_a_holdout_names_no_effect(small_home: SmallHome) -> None:
    histories = open_histories(small_home.home)
    rules = home_settings(small_home.home, "training", TrainingSettings).label
    held = histories.settings.holdout
    assert sum(in_universal_holdout(f"C{place:07}", held) for place in range(1, 301)) < 10
    found = holdout_effect(histories, rules, small_home.as_of, "en")
    assert not found["is_named"]
    assert "no effect is named" in holdout_words(found, "en")


def test_without_a_holdout_it_says_so(small_home: SmallHome) -> None:
    rules = home_settings(small_home.home, "training", TrainingSettings).label
    with pytest.raises(NotEnoughData, match="universal holdout"):
        holdout_effect(opened(small_home, 0.0), rules, small_home.as_of, "en")
