"""Unequal offers for equal facts are found among stored answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from serving.decision.decision_settings import Predictions
from serving.decision.offers.economics import Predicted
from serving.decision.offers.equality import Violation, violations
from tests.serving.decision.test_deciding import CLERK, FACTS, KNOWN, SETTINGS, answer

POOR = replace(KNOWN, predicted=Predicted(0.01, 30, 10.0, 100.0))
LIMITED = replace(SETTINGS, predictions=Predictions(("limit",)))


def stored(name: str, **other: Any) -> dict[str, Any]:
    return answer(**other) | {"decision_id": name}


def test_equal_facts_with_equal_ladders_are_none() -> None:
    chinese = replace(CLERK, language="zh", customer_id="C2")
    silver = replace(FACTS, tier="silver")
    assert not violations(
        [stored("a"), stored("b", known=POOR), stored("c", request=chinese),
         stored("d", facts=silver)]
    )  # fmt: skip


def test_another_ladder_on_the_same_facts_is_named_with_the_rule_that_acted() -> None:
    found = violations([stored("a"), stored("b", known=POOR, settings=LIMITED), stored("c")])
    (one,) = found
    assert isinstance(one, Violation)
    assert (one.one, one.other, one.rules) == ("a", "b", ("limit",))
