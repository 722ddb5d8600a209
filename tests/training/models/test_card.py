"""The model card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from features import lake
from training.models.card import card


def test_the_card_says_what_was_judged_and_on_whom(small_home: Any) -> None:
    bundle = small_home.trained.bundle
    figures, text = bundle.evaluation, bundle.card
    assert f"# Churn risk, trained {small_home.as_of:%F}" in text
    assert f"{figures['counts']['churners']:,} of" in text
    assert f"| AUC | {figures['auc']:.3f}" in text
    assert bundle.fingerprint in text
    for period in ("fit", "calibration", "test"):
        assert f"| {period} | {figures['periods'][period]['first']}" in text
    assert "Both clocks of every feed were recorded" in text
    assert "not a cause" in text


def test_a_card_says_which_figures_are_unknown(small_home: Any) -> None:
    bundle = small_home.trained.bundle
    figures = bundle.evaluation | {
        "auc": None,
        "auc_interval": None,
        "brier_skill": 0.1,
        "brier_skill_interval": None,
    }
    text = card(replace(bundle, evaluation=figures), small_home.home, small_home.as_of)
    assert "| AUC | unknown |" in text
    assert "| Brier skill | 0.100 (no interval: too few churners) |" in text


def test_the_card_shows_other_leads_and_how_far_the_model_is_from_rfm_and_the_oracle(
    small_home: Any,
) -> None:
    bundle = small_home.trained.bundle
    lead = {
        "dates": 2,
        "auc": 0.7,
        "auc_interval": [0.6, 0.8],
        "top_decile_lift": 3.0,
        "top_decile_lift_interval": None,
    }
    figures = bundle.evaluation | {
        "oracle_auc": 0.9,
        "oracle_auc_interval": [0.85, 0.95],
        "gap_closed": 0.75,
        "gap_closed_interval": [0.7, 0.8],
        "by_lead": {"28": lead, "56": {"dates": 0, "auc": None}},
    }
    text = card(replace(bundle, evaluation=figures), small_home.home, small_home.as_of)
    assert "| 28 days | 2 | 0.700 (0.600 to 0.800) | 3.000 (no interval" in text
    assert "56 days" not in text
    assert "| gap closed | 0.750 (0.700 to 0.800) |" in text
    real = figures | {"oracle_auc": None, "by_lead": {}}
    text = card(replace(bundle, evaluation=real), small_home.home, small_home.as_of)
    assert "oracle" not in text
    assert "leave later" not in text


def test_assumed_clocks_stand_in_the_card(small_home: Any, tmp_path: Path) -> None:
    manifest = lake.read_manifest(small_home.home)
    guessed = replace(manifest["usage"], clock="assumed", delay_days=1.0)
    lake.write_manifest(tmp_path, manifest | {"usage": guessed})
    text = card(small_home.trained.bundle, tmp_path, small_home.as_of)
    assert "The clocks of usage are assumed, not recorded" in text


def test_the_card_shows_value_or_why_there_is_none(small_home: Any) -> None:
    bundle = small_home.trained.bundle
    value = bundle.evaluation["value"]
    assert f"kappa of the tier {value['tier_kappa']:.3f}" in bundle.card
    figures = bundle.evaluation | {"value": {"note": "the history is too short."}}
    text = card(replace(bundle, evaluation=figures), small_home.home, small_home.as_of)
    assert "No model of value: the history is too short." in text
    assert "kappa" not in text
