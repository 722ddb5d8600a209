"""The settings in force follow the file, and a wrong file changes nothing."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from features.errors import SettingsError
from features.settings import FeatureSettings, home_settings
from features.settings.edits import write_own
from features.settings.in_force import InForce
from tests.conftest import set_home


def follow(home: Path) -> InForce[FeatureSettings]:
    return InForce(home, "features", lambda own: home_settings(own, "features", FeatureSettings))


def test_the_next_look_sees_a_file_that_was_replaced_and_one_that_is_gone(tmp_path: Path) -> None:
    first, second = follow(tmp_path), follow(tmp_path)
    assert {own.now().currency for own in (first, second)} == {"CNY"}
    assert first.now() is first.now(), "read once while the file is the same"
    for currency in ("EUR", "USD"):  # of the same length: another file all the same
        write_own(tmp_path, "features", f'currency = "{currency}"\n')
        assert [own.now().currency for own in (first, second)] == [currency] * 2
    write_own(tmp_path, "features", None)
    assert first.now().currency == "CNY"


def test_a_wrong_file_leaves_what_was_read_before_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = follow(tmp_path)
    write_own(tmp_path, "features", 'currency = "EUR"\n')
    assert own.now().currency == "EUR"
    write_own(tmp_path, "features", 'currency = "nothing"\n')
    with caplog.at_level(logging.ERROR):
        assert [own.now().currency for _ in range(3)] == ["EUR"] * 3
    assert len(caplog.records) == 1
    assert "ISO 4217" in str(own.problem)
    write_own(tmp_path, "features", 'currency = "USD"\n')
    assert (own.now().currency, own.problem) == ("USD", None)


def test_the_first_look_refuses_a_wrong_file(tmp_path: Path) -> None:
    set_home(tmp_path, "features", "usage_lag_days = 9\n")
    with pytest.raises(SettingsError, match="usage_lag_days"):
        follow(tmp_path).now()
