"""Bars and owners are checked when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import SettingsError
from serving.monitoring.watch_settings import watch_settings
from tests.conftest import set_home


def test_a_home_says_what_differs(tmp_path: Path) -> None:
    set_home(tmp_path, "watch", 'psi = 0.1\n[owners]\nfeeds = "Ms Li"\n[late_days]\nsurveys = 30\n')
    own = watch_settings(tmp_path)
    assert (own.psi, own.bars.psi, own.owners.feeds) == (0.1, 0.1, "Ms Li")
    assert (own.late_days["surveys"], own.late_days["usage"]) == (30.0, 3.0)
    assert own.owners.scores


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("psi = 0", "psi is 0.0; expected more than 0"),
        ("missing_share = 2", "missing_share is 2.0; expected above 0, up to 1"),
        ("chance = 1", "chance is 1.0; expected between 0 and 1"),
        ('reference = "last week"', "reference is 'last week'; expected a date as 2026-03-02"),
        ("[late_days]\nbill = 3", "late_days.bill is 3.0; expected days above 0, of one of"),
        ("[late_days]\nbills = 0", "late_days.bills is 0.0; expected days above 0"),
        ('[owners]\nscores = " "', "owners.scores is ''; expected who looks at it"),
        ("limit = 3", "unknown: limit"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, found: str) -> None:
    set_home(tmp_path, "watch", text + "\n")
    with pytest.raises(SettingsError) as refused:
        watch_settings(tmp_path)
    assert found in refused.value.message
