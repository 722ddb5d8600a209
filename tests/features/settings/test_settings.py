"""A home's settings: what it says, and else what is shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import SettingsError
from features.settings import FeatureSettings, home_settings, read_toml, shipped
from tests.conftest import set_home


def test_a_new_home_has_the_shipped_settings_and_nothing_is_written(tmp_path: Path) -> None:
    found = home_settings(tmp_path, "features", FeatureSettings)
    assert found == read_toml(shipped("features"), FeatureSettings)
    assert list(tmp_path.iterdir()) == []


def test_the_homes_value_counts(tmp_path: Path) -> None:
    set_home(tmp_path, "features", 'currency = "EUR"\n[tiers]\npreset = "vip_individual"\n')
    found = home_settings(tmp_path, "features", FeatureSettings)
    assert (found.currency, found.tiers.preset) == ("EUR", "vip_individual")
    assert found.timezone == "Asia/Shanghai"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('zone = "UTC"', "unknown: zone$"),
        ("[tiers]\npresets = 1", "features.toml: tiers: .*; unknown: presets$"),
        ("holdout = 1", "features.toml: holdout is 1; expected a table"),
        ("usage_lag_days = 9", "usage_lag_days is 9; expected 0 to 6"),
    ],
)
def test_what_a_home_may_not_say_is_named(tmp_path: Path, text: str, said: str) -> None:
    set_home(tmp_path, "features", text)
    with pytest.raises(SettingsError, match=said):
        home_settings(tmp_path, "features", FeatureSettings)
