"""Which keys people change, and how what is in force is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import RequestRefused
from serving.changes.subjects import SUBJECTS, checked, file_of, subject_of
from serving.decision.decision_settings import decision_settings
from tests.conftest import set_home

CHEAPER = "[actions.credit]\ncost = 50.0\n"


@pytest.mark.parametrize(
    "key", ["", "actions", "fallback.live_seconds", "actions.x y", "actions.A.cost", "a.b.c.d"]
)
def test_other_keys_are_refused(key: str) -> None:
    with pytest.raises(RequestRefused, match="expected one such as actions"):
        subject_of(key)


def test_an_entry_has_what_differs_from_what_was_shipped(tmp_path: Path) -> None:
    set_home(tmp_path, "decision", CHEAPER)
    found = {own.key: own for own in file_of(tmp_path, "decision").entries(SUBJECTS["offers"])}
    assert found["actions.credit"].changed == ["cost"]
    assert found["actions.credit"].values["cost"] == 50.0
    assert (found["actions.credit"].shipped or {})["cost"] == 60.0
    assert [own.key for own in found.values() if own.changed] == ["actions.credit"]


def test_the_fingerprint_is_the_one_that_decisions_keep(tmp_path: Path) -> None:
    plain = decision_settings(tmp_path).fingerprint
    assert checked(file_of(tmp_path, "decision")) == plain
    set_home(tmp_path, "decision", CHEAPER)
    changed = checked(file_of(tmp_path, "decision"))
    assert changed == decision_settings(tmp_path).fingerprint != plain
