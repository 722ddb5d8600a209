"""Which customers have posted facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine, delete

from serving.database.tables import events
from serving.events.waiting import WaitingEvents
from tests.serving.events.test_ledger import AT, EVENT, post


def test_what_any_worker_writes_is_seen_at_the_next_look(store: Engine) -> None:
    one, other = WaitingEvents(store), WaitingEvents(store)
    assert one.of(["C1"], AT) == other.of(["C1"], AT) == {}
    first = post(store, EVENT)
    assert one.of(["C0", "C1"], AT) == other.of(["C1"], AT) == {"C1": first.key}
    second = post(store, replace(EVENT, key="k2"))
    assert second.number is not None
    assert first.number is not None
    assert second.number > first.number
    assert one.of(["C1"], AT) == {"C1": second.key}


def test_facts_of_long_ago_do_not_count(store: Engine) -> None:
    post(store, EVENT)
    assert WaitingEvents(store).of(["C1"], AT + timedelta(seconds=1)) == {}


def test_a_fact_with_the_number_of_one_that_was_removed_is_seen(store: Engine) -> None:
    """As after a cancellation that was undone: SQLite gives its number to the next fact."""
    waiting = WaitingEvents(store)
    posts = [post(store, replace(EVENT, key=key, customer_id=key)) for key in ("C1", "C2", "C3")]
    assert set(waiting.of(["C1", "C2", "C3"], AT)) == {"C1", "C2", "C3"}
    for count in (1, 2):
        with store.begin() as connection:
            for own in posts[-count:]:
                connection.execute(delete(events).where(events.c.event_key == own.key))
        posts[-count:] = [post(store, replace(EVENT, key=f"next{count}", customer_id="C9"))]
        assert waiting.of(["C9"], AT) == {"C9": f"next{count}"}
        assert "C3" not in waiting.of(["C3"], AT)
