"""The settings of managers: closed lists in both languages, checked when read."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import SettingsError
from serving.managers.manager_settings import manager_settings
from tests.conftest import set_home


def test_a_home_adds_a_kind_and_an_outcome(tmp_path: Path) -> None:
    set_home(tmp_path, "managers", '[kinds.gift]\ndays = 5\nen = "Bring a gift"\nzh = "送礼品"\n')
    settings = manager_settings(tmp_path)
    assert (settings.kinds["gift"].of("zh"), settings.kinds["gift"].days) == ("送礼品", 5)
    assert set(settings.kinds) > {"call", "visit", "renewal"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("max_days = 0", "max_days is 0; expected 1 to 3660"),
        ("grades = [5, 1]", "expected two, rising, within 0 and 100"),
        ("grades = [1]", "expected two, rising"),
        ("grades = [1, 101]", "within 0 and 100"),
        ("[kinds.call]\ndays = -1", "days is -1; expected at least 0"),
        ("[kinds.call]\ndays = 400", "kinds.call.days is above max_days"),
        ('[kinds.call]\nzh = " "', "expected a text in both"),
        (f'[outcomes.{"o" * 33}]\nen = "o"\nzh = "哦"', "expected names of 1 to 32 characters"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, message: str) -> None:
    set_home(tmp_path, "managers", text + "\n")
    with pytest.raises(SettingsError, match=message):
        manager_settings(tmp_path)
