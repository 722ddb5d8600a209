"""An explanation in words."""

from __future__ import annotations

from typing import Any

import pytest

from serving.decision.explanation.wording import in_words
from serving.http.contract.forms.explain import EXPLAIN_ANSWER

NOT_SCORED: dict[str, Any] = {
    "churn_risk": None, "risk_band": None, "model_version": None, "changes": [],
}  # fmt: skip


def test_all_parts_stand_in_it() -> None:
    lines = in_words(EXPLAIN_ANSWER, "en").splitlines()
    assert lines[0] == (
        "Decision 5f0c22a8d1b0e7c45f0c22a8d1b0e7c4 of 2026-03-02T10:00:00, customer C0012345, "
        "answered by live, version 1: risk 23.1%, band high."
    )
    assert lines[1] == EXPLAIN_ANSWER["text"]
    assert lines[-1] == (
        "  complaint K20260224-3 closed: 14.2%, middle; offered better_plan; blocked nothing"
    )
    assert "  unresolved complaints: 1" in lines
    assert "  and 6 features that are not put into words" in lines


@pytest.mark.parametrize(("language", "unknown"), [("en", "unknown"), ("zh", "未知")])
def test_what_was_not_scored_is_unknown(language: str, unknown: str) -> None:
    first = in_words(EXPLAIN_ANSWER | NOT_SCORED, language).splitlines()[0]
    assert first.count(unknown) == 3
