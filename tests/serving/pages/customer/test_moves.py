"""Why a risk moved, as bars: towards leaving to the right, all others last."""

from __future__ import annotations

from typing import Any

from serving.http.contract.forms.customer import MovedAnswer
from serving.pages.customer.moves import moved_bars


def answer(**more: Any) -> MovedAnswer:
    found: dict[str, Any] = {
        "customer_id": "C1", "rows": [], "since": None, "until": None, "because": None,
        "model_version": "1", "risk_since": 0.1, "risk_until": 0.3, "others": -0.1,
        "moves": [
            {"feature": "a", "text": "a: 0 → 1", "before": 0.0, "after": 1.0, "effect": 0.8},
            {"feature": "b", "text": "b: 2 → 1", "before": 2.0, "after": 1.0, "effect": -0.4},
        ],
    }  # fmt: skip
    return MovedAnswer.model_validate(found | more)


def test_bars_point_both_ways() -> None:
    first, second, others = moved_bars(answer())
    assert (first.direction, first.start, first.length) == ("leave", 50.0, 50.0)
    assert (second.direction, second.start, second.length) == ("stay", 25.0, 25.0)
    assert (others.text, others.length) == ("", 6.2)


def test_where_nothing_is_compared_there_are_no_bars() -> None:
    assert moved_bars(None) == []
    assert moved_bars(answer(because="one_row", moves=[])) == []
    assert moved_bars(answer(moves=[])) == []
