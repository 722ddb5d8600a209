"""The decision minutes after a change of plan was posted: by the plan that holds now."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from features.engine.store import build_histories
from serving.audit.replay import read_decision, replay
from serving.audit.replay.decided import DecidedAgain
from serving.database.tables import events, objections
from serving.decision.outcomes import record_outcome
from serving.decision.outcomes.reported import Placed, Reported, Reporter
from serving.decision.record import Stored
from serving.events.ledger import Event, events_of
from serving.scores.latest import Latest
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


def reported(counter: Counter, before: Stored, plan: str | None, key: str, **other: Any) -> None:
    """Report the outcome a minute after what was before; it is a minute later again."""
    counter.now += MINUTE
    own = Reported(
        key, before.customer_id, before.id, "plan_changed", plan=plan, confirmation="signature",
        confirmation_reference="form 1",
    )  # fmt: skip
    with counter.store.begin() as connection:
        record_outcome(
            connection, replace(own, **other), Reporter("K1", "S1", None), counter.desk.settings,
            lambda *_: Placed(), counter.now,
        )  # fmt: skip
    counter.now += MINUTE


def test_a_change_of_plan_that_an_outcome_reports_is_as_one_that_was_posted(
    counter: Counter, people: People
) -> None:
    """Once, however often it is reported or posted; and once undone, not at all."""
    before = a_saver(counter, people)
    best = before.answer["facts"]["best_plan"]
    for _ in range(2):
        reported(counter, before, best, "k1")
    found = [counter.decided(before.customer_id).answer]
    with counter.store.connect() as connection:
        assert len(connection.execute(select(events)).all()) == 1
    changed(counter, before, best)
    found.append(counter.decided(before.customer_id).answer)
    for after in found:
        assert (after["answered_by"], after["facts"]["plan"]) == ("live", best)
        assert after["facts"]["best_plan"] is None
        assert best not in savings(after)
        assert "better_plan" not in [own["action"] for own in (*after["ladder"], *after["blocked"])]


def test_what_was_posted_before_the_outcome_is_not_written_again(
    counter: Counter, people: People
) -> None:
    before = a_saver(counter, people)
    best = before.answer["facts"]["best_plan"]
    changed(counter, before, best)
    reported(counter, before, best, "k1")
    with counter.store.connect() as connection:
        assert len(connection.execute(select(events)).all()) == 1
    after = counter.decided(before.customer_id).answer
    assert (after["fresh_events"], after["facts"]["plan"]) == (1, best)


def test_a_reported_change_that_is_undone_changes_nothing(counter: Counter, people: People) -> None:
    before = a_saver(counter, people)
    plan, best = (before.answer["facts"][name] for name in ("plan", "best_plan"))
    reported(counter, before, best, "k1")
    counter.now -= MINUTE * 2
    reported(
        counter, before, None, "k2", outcome="undone", undoes="k1", confirmation=None,
        confirmation_reference=None,
    )  # fmt: skip
    after = counter.decided(before.customer_id).answer
    assert (after["facts"]["plan"], after["facts"]["best_plan"]) == (plan, best)


def test_the_extract_brings_a_reported_change_and_it_stays_one(
    own_counter: Counter, people: People
) -> None:
    before = a_saver(own_counter, people)
    best = before.answer["facts"]["best_plan"]
    reported(own_counter, before, best, "k1")
    (event,) = events_of(own_counter.store, [before.customer_id], before.at)
    once = changes_of_plan(own_counter, before.customer_id)
    home = own_counter.context.home
    deliver(home, [replace(event, known_at=event.known_at + timedelta(hours=9))])
    build_histories(home)
    own_counter.now += timedelta(hours=10)
    after = own_counter.decided(before.customer_id).answer
    assert (after["answered_by"], after["facts"]["plan"]) == ("live", best)
    assert changes_of_plan(own_counter, before.customer_id) == once


def changes_of_plan(counter: Counter, customer_id: str) -> list[float]:
    """How many changes of plan the customer's row counts now."""
    names = ("plan_changes", "plan_changes_26w")
    latest = Latest(counter.context.home)
    rows = counter.context.fresh.rows(latest, [customer_id], names, moment=counter.now)
    latest.close()
    return [float(value) for value in rows.rows.numbers[0]]


@pytest.mark.slow
@pytest.mark.one_database
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
