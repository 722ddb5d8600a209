"""A hypothetical fact gives the row that the fact itself gives, cell by cell."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from features.builder.parts import matrix_rows
from features.engine.store import open_histories
from serving.database.tables import decisions
from serving.database.tables import events as posted_events
from serving.decision.explanation.changes import (
    Change,
    complaint_closed,
    debt_paid,
    open_complaints,
    other_plan,
    savings_fen,
)
from serving.decision.explanation.scenarios import Scenarios
from serving.decision.record import Stored
from serving.events.ledger import Event
from serving.scores.latest import Rows, rows_of
from serving.scoring.fingerprint import row_content
from tests.conftest import SmallHome
from tests.serving.decision.conftest import People
from tests.serving.decision.counter import Counter
from tests.serving.scores.test_fresh import imported

# By feed a fact after which the row's values are those of the decision's moment.
BEFORE: dict[str, dict[str, Any]] = {
    "complaints": {"complaint_id": "new", "event": "opened", "category": "billing"},
    "payments": {"payment_id": "new", "amount_fen": 1},
    "contracts": {"event": "plan_changed", "plan": "Global 59"},
}


@pytest.fixture
def counter(one_counter: Counter) -> Counter:
    return one_counter


def customer_of(people: People, feed: str) -> str:
    chosen = {"complaints": people.complaining, "payments": people.owing}
    return chosen.get(feed, people.fitting)[0]


def post_before(counter: Counter, feed: str, customer_id: str) -> None:
    """A fact of the feed, posted an hour before."""
    at = counter.now - timedelta(hours=1)
    counter.post(Event(f"before/{feed}", feed, customer_id, at, at, BEFORE[feed]))


def a_change(feed: str, decision: Stored, scenarios: Scenarios) -> Change:
    """A change of the feed's facts that this decision allows."""
    if feed == "payments":
        owed = scenarios.row.value("overdue_cny")
        assert isinstance(owed, float)
        return debt_paid(owed)
    if feed == "contracts":
        return other_plan(next(iter(savings_fen(decision.answer["bill_fit"]))))
    base, known = scenarios.bases[feed], scenarios.bases[feed].known
    facts = known.table(feed, decision.customer_id, known.posted(base.events))
    return complaint_closed(open_complaints(facts, base.moment, 48)[0])


def under(scenarios: Scenarios, change: Change) -> Rows:
    (found,) = scenarios.scored([(change,)])
    return scenarios.row.with_values([found.values])


@pytest.mark.parametrize("feed", sorted(BEFORE))
def test_a_hypothetical_fact_gives_the_row_that_posting_it_gives(
    counter: Counter, people: People, feed: str
) -> None:
    name = customer_of(people, feed)
    post_before(counter, feed, name)
    decision = counter.decided(name)
    scenarios = counter.scenarios(decision)
    assert scenarios.bases[feed].moment == decision.at == counter.now
    assert row_content(counter.seen(name).row, 0) == decision.row_content
    change = a_change(feed, decision, scenarios)
    hypothetical = row_content(under(scenarios, change), 0)
    assert hypothetical != decision.row_content
    counter.post(change.event(name, decision.at))
    assert row_content(counter.seen(name).row, 0) == hypothetical


@pytest.mark.slow
def test_a_hypothetical_fact_gives_the_row_of_a_lake_that_has_it(
    counter: Counter, people: People, small_home: SmallHome, tmp_path: Path
) -> None:
    """Where nothing was posted, the fact is one that the night would have known."""
    expected: dict[str, bytes] = {}
    facts: list[Event] = []
    for feed in sorted(BEFORE):
        mine = not_taken(people, feed, expected)
        decision = counter.decided(mine)
        scenarios = counter.scenarios(decision)
        assert scenarios.bases[feed].moment == small_home.as_of
        change = a_change(feed, decision, scenarios)
        expected[mine] = row_content(under(scenarios, change), 0)
        facts.append(change.event(mine, small_home.as_of))
    lake = open_histories(imported(small_home.home, tmp_path / "lake", facts))
    rows = matrix_rows(lake, small_home.as_of, sorted(expected))
    assert rows["customer_id"].tolist() == sorted(expected)
    features = counter.context.scorer.champion.bundle.features
    names = [feature.name for feature in lake.features]
    found = rows_of(rows, lake.features).of(features, names)
    for place, name in enumerate(sorted(expected)):
        assert row_content(found, place) == expected[name], name


def not_taken(people: People, feed: str, taken: dict[str, bytes]) -> str:
    """A customer of the feed whom no other feed has taken."""
    chosen = {"complaints": people.complaining, "payments": people.owing}
    return next(name for name in chosen.get(feed, people.fitting) if name not in taken)


def test_values_that_are_not_found_again_are_said(counter: Counter, people: People) -> None:
    """A posted fact that was removed since: the row had it, today's facts do not."""
    name = people.complaining[0]
    post_before(counter, "complaints", name)
    decision = counter.decided(name)
    with counter.store.begin() as connection:
        connection.execute(delete(posted_events))
    assert set(counter.scenarios(decision).bases) == {"contracts", "payments"}
    found = counter.explained(decision.id)
    assert (found["verified"], found["row_rebuilt"]) == (True, False)
    assert found["not_rebuilt"] == ["complaints"]
    assert "today's facts do not give" in found["text"] or found["smallest"]["size"]
    kinds = {one["kind"]: one for one in found["changes"]}
    assert "complaint_closed" not in kinds
    assert kinds["complaints_closed"]["churn_risk"] is None
    assert kinds["complaints_closed"]["offered"] != found["offered"]


def test_a_score_that_is_not_found_again_is_said(counter: Counter, people: People) -> None:
    decision = counter.decided(people.complaining[0])
    answer = json.dumps(decision.answer | {"churn_risk": 0.987})
    with counter.store.begin() as connection:
        own = update(decisions).where(decisions.c.id == decision.id)
        connection.execute(own.values(answer=answer))
    found = counter.explained(decision.id)
    assert (found["verified"], found["smallest"]["tried"]) == (False, 0)
    assert all(one["churn_risk"] is None for one in found["changes"])
    assert "does not give the stored risk" in found["text"]
