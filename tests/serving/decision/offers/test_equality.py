"""Unequal offers for equal facts are found among stored answers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from serving.decision.decision_settings import Predictions
from serving.decision.offers.economics import Predicted
from serving.decision.offers.equality import Compared, Violation, compared
from tests.serving.decision.test_deciding import CLERK, FACTS, KNOWN, SETTINGS, answer

POOR = replace(KNOWN, predicted=Predicted(0.01, 30, 10.0, 100.0))
LIMITED = replace(SETTINGS, predictions=Predictions(("limit",)))


def stored(name: str, **other: Any) -> dict[str, Any]:
    return answer(**other) | {"decision_id": name}


def test_equal_facts_with_equal_ladders_are_none() -> None:
    chinese = replace(CLERK, language="zh", customer_id="C2")
    silver = replace(FACTS, tier="silver")
    answers = [
        stored("a"), stored("b", known=POOR), stored("c", request=chinese),
        stored("d", facts=silver),
    ]  # fmt: skip
    assert compared(answers) == Compared(4, ())
    assert compared([]) == Compared(0, ())


def test_another_ladder_on_the_same_facts_is_named_with_the_rule_that_acted() -> None:
    found = compared(
        [stored("a", settings=LIMITED), stored("b", known=POOR, settings=LIMITED), stored("c")]
    )
    (one,) = found.violations
    assert isinstance(one, Violation)
    assert (one.one, one.other, one.rules) == ("a", "b", ("limit",))
    assert (found.answers, found.undeclared) == (3, 0)


def test_what_no_rule_explains_is_counted() -> None:
    other = stored("b") | {"limit": 1.0}
    found = compared([stored("a"), other, stored("c")])
    assert [(own.other, own.rules) for own in found.violations] == [("b", ())]
    assert found.undeclared == 1


def test_answers_by_other_settings_are_not_compared() -> None:
    generous = replace(SETTINGS, limits={**SETTINGS.limits, "clerk": SETTINGS.limits["manager"]})
    assert compared([stored("a"), stored("b", settings=generous)]).violations == ()
    before = [{**stored(name), "limit": limit} for name, limit in (("a", 1.0), ("b", 2.0))]
    for own in before:
        del own["inputs"]
    assert compared(before).undeclared == 1, "of an earlier version, which kept no fingerprint"
