"""The model card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from features import lake
from training.card import card


def test_the_card_says_what_was_judged_and_on_whom(small_home: Any) -> None:
    bundle = small_home.candidate.bundle
    figures, text = bundle.evaluation, bundle.card
    assert f"# Churn risk, trained {small_home.as_of:%F}" in text
    assert f"{figures['counts']['leavers']:,} of" in text
    assert f"| AUC | {figures['auc']:.3f}" in text
    assert bundle.fingerprint in text
    for period in ("fit", "calibration", "test"):
        assert f"| {period} | {figures['periods'][period]['first']}" in text
    assert "Both clocks of every feed were recorded" in text
    assert "not a cause" in text


def test_a_card_says_what_it_cannot_tell(small_home: Any) -> None:
    bundle = small_home.candidate.bundle
    figures = bundle.evaluation | {
        "auc": None,
        "auc_interval": None,
        "brier_skill": 0.1,
        "brier_skill_interval": None,
    }
    text = card(replace(bundle, evaluation=figures), small_home.home, small_home.as_of)
    assert "| AUC | cannot be told |" in text
    assert "| Brier skill | 0.100 (no interval: too few leavers) |" in text


def test_assumed_clocks_stand_in_the_card(small_home: Any, tmp_path: Path) -> None:
    manifest = lake.read_manifest(small_home.home)
    guessed = replace(manifest["usage"], clock="assumed", delay_days=1.0)
    lake.write_manifest(tmp_path, manifest | {"usage": guessed})
    text = card(small_home.candidate.bundle, tmp_path, small_home.as_of)
    assert "The clocks of usage are assumed, not recorded" in text
