"""A kept score is answered as it would have been that night."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from serving.scores import last_scores
from serving.scores.kept import kept_scores
from serving.scoring import LAST_NIGHT, Scorer
from serving.scoring.kept_answers import kept_answer, kept_reasons

if TYPE_CHECKING:
    from tests.conftest import SmallHome


@pytest.mark.parametrize("language", ["en", "zh"])
def test_it_has_the_fields_and_values_of_the_live_answer(
    small_home: SmallHome, language: str
) -> None:
    names = last_scores(small_home.home)["customer_id"].head(40).tolist()
    live = Scorer(small_home.home).score(names, language)
    kept = [kept_answer(own, language, "CNY") for own in kept_scores(small_home.home, names)]
    for own, expected in zip(kept, live, strict=True):
        assert own == expected | {"answered_by": LAST_NIGHT, "tier_reasons": None}
    assert any(len(own["reasons"]) > 2 for own in kept)


def test_a_reason_of_which_nothing_is_said_any_more_is_not_said() -> None:
    known = {"feature": "dropped_calls_4w", "value": 22.0, "effect": 0.5}
    before = {"feature": "of_another_version", "value": 1.0, "effect": 0.4}
    found = kept_reasons(json.dumps([before, known]), "en", "CNY")
    assert [own["feature"] for own in found] == ["dropped_calls_4w"]
