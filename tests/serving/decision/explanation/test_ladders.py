"""What changed facts allow: by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from serving.decision.decision_settings import DecisionSettings, decision_settings
from serving.decision.explanation.changes import (
    all_closed,
    complaint_closed,
    debt_paid,
    other_plan,
    promise_kept,
)
from serving.decision.explanation.ladders import Entitled, entitled, is_ladder_of
from serving.decision.promises import Promise

AT = datetime(2026, 3, 2, 10)
LATE = Promise("p1", "C1", "callback", datetime(2026, 2, 27), datetime(2026, 3, 1), None)
OPEN = Promise("p2", "C1", "complaint", datetime(2026, 3, 1), datetime(2026, 3, 3), None)
FACTS = {
    "intent": "cancel", "authority": "clerk", "tier": "gold", "payment_mode": "postpaid",
    "plan": "A", "contract": "free", "tenure_band": 2, "consent": True, "open_complaints": 2,
    "open_promises": 2, "broken_promises": 2, "best_plan": "B", "saving_fen": 3000,
    "has_other_brand": False,
}  # fmt: skip
PLANS = [{"plan": "B", "saving": 30.0}, {"plan": "C", "saving": 12.0}, {"plan": "D", "saving": -5}]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> DecisionSettings:
    return decision_settings(Path(tmp_path_factory.mktemp("home")))


def own(settings: DecisionSettings, tenure: int | None = 1200, **facts: Any) -> Entitled:
    answer = {"facts": FACTS | facts, "bill_fit": {"plans": PLANS}}
    return entitled(answer, tenure, [LATE, OPEN], AT, settings)


def test_a_closed_complaint_counts_as_the_builder_counts_it(settings: DecisionSettings) -> None:
    before = {"unresolved_complaints": 2.0, "overdue_complaints": 1.0, "complaints_4w": 3.0}
    after = {"unresolved_complaints": 1.0, "overdue_complaints": None}
    found = own(settings).after([complaint_closed("K1")], before, after).facts
    assert (found.open_complaints, found.broken_promises) == (1, 1)


def test_all_complaints_closed_leave_the_broken_promises(settings: DecisionSettings) -> None:
    found = own(settings).after([all_closed(2)], {}, {}).facts
    assert (found.open_complaints, found.broken_promises, found.open_promises) == (0, 1, 2)


def test_a_promise_kept_is_neither_open_nor_broken(settings: DecisionSettings) -> None:
    found = own(settings).after([promise_kept(LATE)], {}, {}).facts
    assert (found.open_promises, found.broken_promises) == (1, 1)
    found = own(settings).after([promise_kept(OPEN)], {}, {}).facts
    assert (found.open_promises, found.broken_promises) == (1, 2)
    found = own(settings).after([promise_kept(LATE), promise_kept(OPEN)], {}, {}).facts
    assert (found.open_promises, found.broken_promises) == (0, 1)


@pytest.mark.parametrize(
    ("plan", "best", "saving"), [("B", None, 0), ("C", "B", 1800), ("D", "B", 3500)]
)
def test_on_another_plan_the_others_save_what_they_save_more(
    settings: DecisionSettings, plan: str, best: str | None, saving: int
) -> None:
    found = own(settings).after([other_plan(plan)], {}, {}).facts
    assert (found.plan, found.best_plan, found.saving_fen) == (plan, best, saving)


def test_a_debt_changes_no_entitlement_fact(settings: DecisionSettings) -> None:
    assert own(settings).after([debt_paid(80.0)], {}, {}) == own(settings)


def test_what_was_open_is_what_was_blocked(settings: DecisionSettings) -> None:
    before = own(settings).offered()
    assert before["actions"] == ["fix_service", "keep_promise"]
    assert set(before["blocked"]["better_plan"]) == {
        "open_complaint", "open_promise", "broken_promise",
    }  # fmt: skip
    assert before["limit"] == 60.0
    changes = [all_closed(2), promise_kept(LATE), promise_kept(OPEN)]
    after = own(settings).after(changes, {}, {}).offered()
    assert after["actions"][0] == "better_plan"
    assert set(after["blocked"]) == {"handset_renewal"}


def test_a_tenure_that_is_not_known_is_the_least_of_its_band(settings: DecisionSettings) -> None:
    assert own(settings, None).facts.tenure_days == 1096  # three years
    assert own(settings, None, tenure_band=0).facts.tenure_days == 0
    assert own(settings, None, tenure_band=None).facts.tenure_days is None
    assert own(settings, 77).facts.tenure_days == 77


def test_a_ladder_is_compared_with_the_stored_one(settings: DecisionSettings) -> None:
    offered = own(settings).offered()
    blocked = [{"action": name, "because": why} for name, why in offered["blocked"].items()]
    ladder = [{"action": name} for name in offered["actions"]]
    answer = {"ladder": ladder, "blocked": blocked, "limit": 60.0, "predicted_rules": []}
    assert is_ladder_of(answer, offered)
    assert not is_ladder_of(answer | {"limit": 40.0}, offered)
    assert not is_ladder_of(answer | {"ladder": ladder[:1]}, offered)
    assert is_ladder_of(answer | {"ladder": ladder[:1], "predicted_rules": ["limit"]}, offered)
