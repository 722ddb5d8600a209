"""Which customers have posted facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import Engine

from serving.events.waiting import WaitingEvents
from tests.serving.events.test_ledger import AT, EVENT, post


def test_what_any_worker_writes_is_seen_at_the_next_look(store: Engine) -> None:
    one, other = WaitingEvents(store), WaitingEvents(store)
    assert one.of(["C1"], AT) == other.of(["C1"], AT) == {}
    first = post(store, EVENT)
    assert one.of(["C0", "C1"], AT) == other.of(["C1"], AT) == {"C1": first.number}
    second = post(store, replace(EVENT, key="k2"))
    assert second.number is not None
    assert first.number is not None
    assert second.number > first.number
    assert one.of(["C1"], AT) == {"C1": second.number}


def test_facts_of_long_ago_do_not_count(store: Engine) -> None:
    post(store, EVENT)
    assert WaitingEvents(store).of(["C1"], AT + timedelta(seconds=1)) == {}
