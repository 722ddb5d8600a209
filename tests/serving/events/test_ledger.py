"""Posted facts are recorded once a key."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.events.ledger import Event, events_of, record

AT = datetime(2026, 3, 2, 14, 30, 1, 5)
EVENT = Event("k1", "payments", "C1", AT, AT, {"payment_id": "P1", "amount_fen": 5000})


def post(store: Engine, event: Event) -> Event:
    with store.begin() as connection:
        return record(connection, event, "key")


def test_the_same_key_and_fact_is_recorded_once(store: Engine) -> None:
    first = post(store, EVENT)
    again = post(store, replace(EVENT, known_at=AT + timedelta(hours=1)))
    assert again == first == EVENT
    assert events_of(store, ["C1"], AT) == [first]


def test_without_a_time_of_its_own_a_repeated_post_is_the_same_fact(store: Engine) -> None:
    now = replace(EVENT, has_time=False)
    first = post(store, now)
    later = AT + timedelta(seconds=3)
    assert post(store, replace(now, event_time=later, known_at=later)) == first


def test_the_customers_confirmation_is_kept_with_the_fact(store: Engine) -> None:
    confirmed = replace(EVENT, confirmation="signature:F1")
    assert post(store, confirmed) == confirmed
    assert events_of(store, ["C1"], AT)[0].confirmation == "signature:F1"


@pytest.mark.parametrize(
    "other",
    [
        {"feed": "surveys"},
        {"customer_id": "C2"},
        {"event_time": AT - timedelta(days=1)},
        {"fields": {"payment_id": "P1", "amount_fen": 5001}},
        {"has_time": False},
        {"confirmation": "signature:F1"},
    ],
)
def test_a_key_that_was_used_for_another_fact_is_refused(
    store: Engine, other: dict[str, object]
) -> None:
    post(store, EVENT)
    with pytest.raises(RequestRefused) as refusal:
        post(store, replace(EVENT, **other))  # type: ignore[arg-type]
    assert refusal.value.code == "event_key"
    assert events_of(store, ["C1", "C2"], AT) == [EVENT]


def test_the_facts_of_the_named_customers_known_since_are_read(store: Engine) -> None:
    for number in range(4):
        known_at = AT + timedelta(days=number)
        own = replace(EVENT, key=f"k{number}", customer_id=f"C{number % 2}", known_at=known_at)
        post(store, own)
    found = events_of(store, ["C1", "C9"], AT + timedelta(days=2))
    assert [event.key for event in found] == ["k3"]
