"""The fact that a confirmed outcome writes is one like those that are posted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from serving.decision.outcomes.contract import change_plan, event_key, pre_cancel, withdraw
from serving.events.ledger import Event, events_of, record
from serving.scores.fresh import Fresh
from serving.scores.latest import Latest

if TYPE_CHECKING:
    from tests.conftest import SmallHome

AFTER = timedelta(hours=9)


def test_the_next_score_uses_it_and_once_it_is_undone_no_more(
    small_home: SmallHome, store: Engine
) -> None:
    latest, at = Latest(small_home.home), small_home.as_of + AFTER
    row = latest._connection.execute("select customer_id from rows order by 1").fetchone()
    customer_id = str(row[0])
    fresh = Fresh(small_home.home, store, lambda: at + timedelta(seconds=1), 31)
    with store.begin() as connection:
        pre_cancel(connection, "k1", customer_id, "price", "none", at, "K1")
    (fact,) = events_of(store, [customer_id], at)
    assert (fact.key, fact.feed, fact.event_time) == (event_key("k1"), "contracts", at)
    assert (fact.fields["event"], fact.fields["reason"]) == ("pre_cancelled", "price")
    assert fresh.rows(latest, [customer_id]).events == [1]
    with store.begin() as connection:
        withdraw(connection, "k1")
    assert events_of(store, [customer_id], at) == []
    assert fresh.rows(latest, [customer_id]).events == [0]
    latest.close()


def test_a_change_of_plan_is_written_once_a_day_unless_another_came_between(store: Engine) -> None:
    at = datetime(2026, 3, 2, 10)

    def changes() -> list[str]:
        return [str(own.fields["plan"]) for own in events_of(store, ["C1"], at - AFTER * 3)]

    with store.begin() as connection:
        posted = {"event": "plan_changed", "plan": "P2"}
        day_before = at - timedelta(days=1)
        record(connection, Event("e1", "contracts", "C1", day_before, day_before, posted), "K1")
        change_plan(connection, "k1", "C1", "P2", at, "K1")
        change_plan(connection, "k1", "C1", "P2", at, "K1")
        change_plan(connection, "k2", "C1", "P2", at, "K1")
    assert changes() == ["P2", "P2"], "of two days"
    with store.begin() as connection:
        change_plan(connection, "k3", "C1", "P3", at, "K1")
        change_plan(connection, "k4", "C1", "P2", at, "K1")
        change_plan(connection, "k5", "C2", "P2", at, "K1")
    assert changes() == ["P2", "P2", "P3", "P2"], "back to the one before is a change"
    with store.begin() as connection:
        for key in ("k2", "k4"):
            withdraw(connection, key)
    assert changes() == ["P2", "P2", "P3"], "the second of one day had written nothing"
