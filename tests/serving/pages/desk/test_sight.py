"""Bars of reasons: both directions from the middle, the longest to its end."""

from __future__ import annotations

from serving.http.contract.schemas import Reason
from serving.pages.desk.sight import Bar, bars


def reason(text: str, effect: float) -> Reason:
    direction = "leave" if effect > 0 else "stay"
    meaning = f"a sign that goes with {'leaving' if effect > 0 else 'staying'}"
    return Reason.model_validate(
        {"feature": text, "group": "use", "text": f"{text} ({meaning})", "value": 1}
        | {"direction": direction, "effect": effect}
    )


def test_bars_begin_in_the_middle_and_reach_as_far_as_they_weigh() -> None:
    found = bars([reason("a", -0.2), reason("b", 0.1), reason("c", 0.4)], "en")
    assert found == [
        Bar("c", "leave", 50.0, 50.0), Bar("b", "leave", 50.0, 12.5), Bar("a", "stay", 25.0, 25.0),
    ]  # fmt: skip


def test_without_reasons_there_are_no_bars() -> None:
    assert bars([], "zh") == []
