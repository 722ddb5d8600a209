"""Offers, limits and words as data: in both languages, and checked when read."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import SettingsError
from serving.decision.decision_settings import INTENTS, Roles, decision_settings
from tests.conftest import set_home


def test_a_home_says_what_differs(tmp_path: Path) -> None:
    set_home(tmp_path, "decision", "[limits.clerk]\ngold = 75.5\n[actions.credit]\nactive = false")
    found = decision_settings(tmp_path)
    assert found.limit_fen("clerk", "gold") == 7550
    assert found.limit_fen("clerk", "silver") == 4000
    assert not found.actions["credit"].active
    assert found.actions["discount"].active


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits.clerk]\nplatinum = 1.0", "limits.clerk has"),
        ("[actions.gift]\nen = 'a gift'", "missing: "),
        ("[actions.credit]\nzh = ' '", "expected a text in both"),
        ("[actions.credit]\nintents = ['steal']", "intents has steal"),
        ("[actions.credit]\ncommercial = false", "must be selling and commercial"),
        ("[actions.fix_service]\nselling = true", "cannot be selling"),
        ("[actions.credit]\nacceptance = 1.5", "acceptance is 1.5"),
        ("[actions.credit]\ncost = -1.0", "cost is -1.0"),
        ("[predictions]\nmay_change = ['price']", "may_change has price"),
        ("[words.cancel]\nuse_zh = []", "expected as many"),
        ("[promises.complaint]\nhours = 0", "hours is 0"),
        ("[economics]\nvalue_bands = [5.0, 1.0]", "expected two, rising"),
        ("[economics]\nrisk_bands = [0.1]", "risk_bands are"),
        ("[intents.cancel]\nassumed_risk = 1.0", "assumed_risk is 1.0"),
        ("[intents.party]\nassumed_risk = 0.1", "intents has"),
        ("discount = 5", "unknown: discount"),
    ],
)
def test_wrong_settings_are_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    set_home(tmp_path, "decision", text)
    with pytest.raises(SettingsError, match=said):
        decision_settings(tmp_path)


def test_a_role_that_is_not_named_has_the_smallest_authority(tmp_path: Path) -> None:
    found = decision_settings(tmp_path)
    assert set(found.intents) == set(INTENTS)
    assert found.roles.authority_of("approver") == "clerk"
    assert Roles({"a": "manager"}, ()).authority_of("a") == "manager"
