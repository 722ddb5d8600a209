"""The recipe: what it is known by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from training.fit_settings import TrainingSettings
from training.models import draft
from training.models.draft import recipe


def test_what_makes_another_model_is_another_recipe(training_settings: TrainingSettings) -> None:
    own = recipe("f.1", training_settings)
    whole = training_settings
    changed = (
        replace(whole, label=replace(whole.label, lead_days=7)),
        replace(whole, split=replace(whole.split, test_weeks=4)),
        replace(whole, fit=replace(whole.fit, seed=8)),
    )
    others = {recipe("f.2", whole), *(recipe("f.1", one) for one in changed)}
    assert len(others | {own}) == 5
    value = replace(training_settings, value=replace(training_settings.value, rounds=41))
    assert recipe("f.1", value) == own, "models of value do not change the risk"


def test_another_method_is_another_recipe(
    training_settings: TrainingSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = recipe("f.1", training_settings)
    monkeypatch.setattr(draft, "METHOD", draft.METHOD + 1)
    assert recipe("f.1", training_settings) != own
