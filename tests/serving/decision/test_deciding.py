"""One decision: what an answer shows to whom, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from serving.decision.deciding import Known, Requested, decide
from serving.decision.decision_settings import DecisionSettings, Predictions, decision_settings
from serving.decision.offers.economics import Predicted, risk_band
from serving.decision.offers.entitlement import Entitlement

NOW = datetime(2026, 3, 2, 10)
SETTINGS = decision_settings(Path("no home"))
FACTS = Entitlement(
    intent="cancel", authority="clerk", tier="gold", payment_mode="postpaid", plan="A",
    contract="free", tenure_days=2000, consent=True, open_complaints=0, open_promises=0,
    broken_promises=0, best_plan="B", saving_fen=4600, has_other_brand=True,
)  # fmt: skip
KNOWN = Known(datetime(2026, 3, 2), Predicted(0.3, 30, 6_000.0, 60_000.0), 42_000.0)
CLERK = Requested("C1", "cancel", "store", "en", "store")
MANAGER = replace(CLERK, role="manager")


def answer(
    request: Requested = CLERK,
    facts: Entitlement = FACTS,
    known: Known = KNOWN,
    settings: DecisionSettings = SETTINGS,
) -> dict[str, Any]:
    return decide(request, facts, known, settings, NOW)


def actions(found: dict[str, Any]) -> list[str]:
    return [rung["action"] for rung in found["ladder"]]


def test_service_plan_brand_and_number_come_before_money() -> None:
    kinds = [rung["kind"] for rung in answer()["ladder"]]
    assert kinds == ["plan", "brand", "number", "money", "money", "money"]


def test_a_clerk_sees_limit_and_colour_and_no_margin() -> None:
    found = answer()
    assert (found["limit"], found["manager_limit"]) == (60.0, 150.0)
    assert {rung["margin_effect"] for rung in found["ladder"]} <= {"green", "amber", "red"}
    assert found["value_band"] == "middle"
    assert found["risk_band"] == risk_band(found["churn_risk"], SETTINGS) is not None
    hidden = (found["value_at_stake"], found["largest_paying_incentive"], found["assumptions"])
    assert hidden == (None, None, None)
    assert {rung["gain"] for rung in found["ladder"]} == {None}


def test_a_manager_sees_the_amounts_and_what_they_assume() -> None:
    facts = replace(FACTS, authority="manager")
    found = answer(MANAGER, facts)
    assert found["value_at_stake"] == 420.0
    assert found["largest_paying_incentive"] > 0
    assert found["assumptions"]["assumed_risk"] == 0.7
    assert all(isinstance(rung["gain"], float) for rung in found["ladder"])
    assert (found["limit"], found["manager_limit"]) == (150.0, None)


def test_at_a_cancellation_what_is_missing_is_said_or_recorded() -> None:
    found = answer()["cancellation"]
    assert found["missing"] == ["reason", "rival"]
    assert found["reasons"]["price"] == "too expensive"
    given = answer(replace(CLERK, reason="price", rival="none"))["cancellation"]
    assert (given["reason"], given["rival"], given["missing"]) == ("price", "none", [])
    browsing = replace(CLERK, intent="browse")
    assert answer(browsing, replace(FACTS, intent="browse"))["cancellation"] is None


def test_words_are_those_of_the_intent_and_of_what_is_open() -> None:
    chinese = replace(CLERK, language="zh")
    facts = replace(FACTS, open_complaints=1, consent=False)
    found = answer(chinese, facts)["words"]
    assert "我们先解决未处理完的问题。" in found["use"]
    assert "我们有一个优惠给您" in found["avoid"]
    assert "您会后悔的" in found["avoid"]


def test_without_a_prediction_there_is_no_colour_and_the_same_ladder() -> None:
    bare = answer(known=Known(datetime(2026, 3, 2)))
    assert actions(bare) == actions(answer())
    assert {rung["margin_effect"] for rung in bare["ladder"]} == {None}
    assert bare["churn_risk"] is None


def test_the_age_of_the_data_is_said() -> None:
    assert (answer()["as_of"], answer()["age_hours"]) == ("2026-03-02T00:00:00", 10.0)


@pytest.mark.parametrize("rule", ["order", "limit"])
def test_a_declared_rule_is_named_and_does_what_it_says(rule: str) -> None:
    settings = replace(SETTINGS, predictions=Predictions(("colour", rule)))
    facts = replace(FACTS, authority="manager")
    margin, certain = (20_000.0, 200_000.0) if rule == "order" else (500.0, 2_000.0)
    known = replace(KNOWN, predicted=Predicted(0.01, 30, margin, certain))
    found = answer(MANAGER, facts, known, settings)
    plain = answer(MANAGER, facts, known)
    assert (found["predicted_rules"], plain["predicted_rules"]) == ([rule], [])
    gains = [rung["gain"] for rung in found["ladder"] if rung["kind"] == "money"]
    if rule == "order":
        assert gains == sorted(gains, reverse=True)
        assert sorted(actions(found)) == sorted(actions(plain))
        assert actions(found) != actions(plain)
    else:
        assert gains == []
        assert len(actions(found)) < len(actions(plain))
