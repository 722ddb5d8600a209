"""What is said of too short a history, and of too few churners to judge by, can be done."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from features.doctor import Finding
from features.errors import NotEnoughData
from features.settings import home_settings
from serving.doctor.phrases import FindingText
from serving.doctor.words import text_of
from tests.training.test_readiness import found
from training.fit_settings import TrainingSettings
from training.models.registry.tracking import registry_settings


@pytest.fixture
def text_for(tmp_path: Path) -> Any:
    settings = home_settings(tmp_path, "training", TrainingSettings)
    gate = registry_settings(tmp_path).gate

    def words(kind: str, refusal: NotEnoughData | None = None, **own: Any) -> FindingText:
        values = {"found": found(**own), "settings": settings, "gate": gate}
        return text_of(Finding(kind, "model", "fault", values | {"refusal": refusal}), "en")

    return words


def test_a_short_history_says_from_when_on_and_how_many_days_are_lacking(text_for: Any) -> None:
    short = NotEnoughData("too short", missing_days=217)
    text = text_for("history_short", short, split=None).found
    assert text == "what is known since 2025-03-02 is 217 days too short for any training."


@pytest.mark.parametrize(
    ("own", "advice"),
    [
        ({"gate_weeks": 20}, "set test_weeks to 20 in settings/training.toml"),
        ({"gate_weeks": 20, "gate_missing_days": 9}, "and import 9 more days of history."),
        ({"gate_weeks": 60}, "import 2 times as many customers"),
        ({"gate_weeks": None}, "import the departures."),
        ({"gate_weeks": 1}, "import more history or more customers"),
    ],
)
def test_what_brings_enough_churners_to_judge_by(text_for: Any, own: Any, advice: str) -> None:
    assert advice in text_for("few_to_judge", test_churners=120, **own).advice
