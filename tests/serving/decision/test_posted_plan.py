"""The decision minutes after a change of plan was posted: by the plan that holds now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from features.engine.store import build_histories
from serving.audit.replay import read_decision, replay
from serving.audit.replay.decided import DecidedAgain
from serving.database.tables import objections
from serving.decision.record import Stored
from serving.events.ledger import Event
from tests.serving.decision.conftest import People
from tests.serving.decision.counter import Counter
from tests.serving.scores.test_fresh import deliver

MINUTE = timedelta(minutes=1)
Answer = dict[str, Any]


def a_saver(counter: Counter, people: People) -> Stored:
    """A decision about a customer whom a better plan would save something."""
    for name in people.fitting:
        found = counter.decided(name)
        if found.answer["facts"]["best_plan"] and found.answer["facts"]["contract"] == "free":
            return found
    pytest.fail("no customer of the small home has a better plan")


def changed(counter: Counter, before: Stored, plan: str, **fields: Any) -> Event:
    """Post the change a minute after the decision before; it is a minute later again."""
    at = counter.now + MINUTE
    content = {"event": "plan_changed", "plan": plan, **fields}
    event = Event(f"change to {plan}", "contracts", before.customer_id, at, at, content)
    counter.post(event)
    counter.now = at + MINUTE
    return event


def savings(answer: Answer) -> dict[str, float]:
    return {own["plan"]: own["saving"] for own in answer["bill_fit"]["plans"]}


def test_the_next_decision_compares_with_the_plan_that_was_posted(
    counter: Counter, people: People
) -> None:
    before = a_saver(counter, people)
    old, best = (before.answer["facts"][name] for name in ("plan", "best_plan"))
    changed(counter, before, best)
    after = counter.decided(before.customer_id).answer
    assert (after["answered_by"], after["fresh_events"]) == ("live", 1)
    assert after["facts"]["plan"] == best
    own, others = savings(before.answer), savings(after)
    # What a plan saves beside the new one, to the fen, is what it saved more than that.
    assert others == {
        plan: pytest.approx(saving - own[best], abs=1e-9)
        for plan, saving in {old: 0.0, **own}.items()
        if plan != best
    }
    assert max(others.values()) <= 0
    assert (after["facts"]["best_plan"], after["facts"]["saving_fen"]) == (None, 0)
    assert best in next(one["text"] for one in after["bill_fit"]["plans"] if one["plan"] == old)
    assert "better_plan" not in [own["action"] for own in (*after["ladder"], *after["blocked"])]
    assert after["bill_fit"]["months"] == before.answer["bill_fit"]["months"]


def test_a_posted_contract_binds_from_the_next_decision_on(
    counter: Counter, people: People
) -> None:
    before = a_saver(counter, people)
    end = f"{counter.now + timedelta(days=300):%F}"
    changed(counter, before, before.answer["facts"]["plan"], contract_end=end)
    after = counter.decided(before.customer_id).answer
    assert after["facts"]["contract"] == "bound"
    fees = {plan.plan: plan.fee_fen for plan in counter.desk.sources.counter.plans}
    own = fees[after["facts"]["plan"]]
    kept = [plan for plan in savings(before.answer) if fees[plan] >= own]
    assert list(savings(after)) == kept != list(savings(before.answer))


def test_a_plan_of_which_no_price_is_known_has_no_bill_fit(
    counter: Counter, people: People
) -> None:
    before = a_saver(counter, people)
    changed(counter, before, "sold since this morning")
    after = counter.decided(before.customer_id).answer
    assert after["bill_fit"] is None
    assert after["facts"]["best_plan"] is None


def test_who_has_objected_gets_the_posted_plan_too(counter: Counter, people: People) -> None:
    before = a_saver(counter, people)
    own = {"customer_id": before.customer_id, "recorded_at": counter.now, "caller": "K1"}
    with counter.store.begin() as connection:
        connection.execute(insert(objections).values(own))
    changed(counter, before, before.answer["facts"]["best_plan"])
    after = counter.decided(before.customer_id).answer
    assert (after["answered_by"], after["because"]) == ("rules", "objection")
    assert after["facts"]["plan"] == before.answer["facts"]["best_plan"]
    assert after["facts"]["best_plan"] is None


@pytest.mark.slow
def test_it_is_replayed_equal_before_and_after_the_extract_brings_the_change(
    own_counter: Counter, people: People
) -> None:
    before = a_saver(own_counter, people)
    event = changed(own_counter, before, before.answer["facts"]["best_plan"])
    after = own_counter.decided(before.customer_id)
    home, store = own_counter.context.home, own_counter.store
    again = DecidedAgain(home, store)
    for decision in (before, after):
        assert replay(home, read_decision(store, decision.id), again).difference is None
    deliver(home, [replace(event, known_at=event.known_at + timedelta(hours=9))])
    build_histories(home)
    for decision in (before, after):
        assert replay(home, read_decision(store, decision.id), again).difference is None
