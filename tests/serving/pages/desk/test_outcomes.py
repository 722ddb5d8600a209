"""Which outcomes the desk offers, and that a form reports only what its outcome takes."""

from __future__ import annotations

from typing import Any

import pytest

from serving.http.contract.examples.counter import DECIDE_ANSWER
from serving.http.contract.forms.decide import DecideAnswer
from serving.http.contract.forms.pages.desk import OutcomeFields
from serving.pages.desk.outcomes import KEYS, offered, reported

FORM: dict[str, Any] = {
    "key": "k1", "decision_id": "D1", "purpose": "customer_present", "action": "discount",
    "plan": "B", "reason": "price", "rival": "none", "confirmation": "signature",
    "reference": "form 1",
}  # fmt: skip


def test_no_two_outcomes_have_one_key() -> None:
    assert len(set(KEYS.values())) == len(KEYS)
    assert not set(KEYS.values()) & set("bcpru")


def test_only_a_cancellation_is_saved_or_cancelled() -> None:
    found = DecideAnswer.model_validate(DECIDE_ANSWER)
    ends = {one.outcome for one in offered(found.model_copy(update={"intent": "cancel"}), "store")}
    assert {"saved", "cancelled"} <= ends
    others = offered(found.model_copy(update={"intent": "browse"}), "hotline")
    assert not {"saved", "cancelled"} & {one.outcome for one in others}
    assert "no_answer" in {one.outcome for one in others}


@pytest.mark.parametrize(
    ("outcome", "taken"),
    [
        ("saved", {"reason", "rival"}),
        ("cancelled", {"reason", "rival", "confirmation"}),
        ("offer_accepted", {"action", "confirmation"}),
        ("offer_refused", {"action"}),
        ("plan_changed", {"plan", "confirmation"}),
        ("no_answer", set()),
    ],
)
def test_a_form_reports_what_its_outcome_takes(outcome: str, taken: set[str]) -> None:
    found = reported(OutcomeFields.model_validate(FORM | {"outcome": outcome}), "C1")
    always = {"key", "customer_id", "decision_id", "outcome", "purpose"}
    assert set(found) == always | taken
