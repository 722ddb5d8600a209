"""The ledger: each outcome once, services changed only as confirmed, a slip undone in a minute."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select

from features.errors import RequestRefused
from serving.database.tables import contacts, events
from serving.decision.decision_settings import decision_settings
from serving.decision.outcomes import record_outcome
from serving.decision.outcomes.reported import CHANGES_SERVICE, Placed, Reported, Reporter
from serving.decision.record import write_decision
from serving.events.ledger import events_of

NOW = datetime(2026, 3, 2, 10)
SETTINGS = decision_settings(Path("no home"))
CLERK = Reporter("K1", "S1", None)
ANSWER = {
    "ladder": [{"action": "discount", "cost": 30.0}, {"action": "better_plan", "cost": None}],
    "bill_fit": {"plans": [{"plan": "Global 59"}]},
    "cancellation": {"reason": "price", "rival": "none"},
}
SAVED = Reported("k1", "C1", "D1", "saved")
CANCELLED = replace(
    SAVED, outcome="cancelled", confirmation="signature", confirmation_reference="form 8812"
)
ACCEPTED = replace(CANCELLED, key="k2", outcome="offer_accepted", action="discount")


def decide(store: Engine, decision_id: str = "D1", at: datetime = NOW, **other: Any) -> None:
    values = {
        "id": decision_id, "customer_id": "C1", "at": at, "purpose": "customer_present",
        "intent": "cancel", "channel": "store", "caller": "K1", "role": "store",
        "answered_by": "live",
    }  # fmt: skip
    with store.begin() as connection:
        write_decision(connection, values | other, {}, ANSWER)


def free(*_: object) -> Placed:
    """Held by no campaign, and protected by no rule."""
    return Placed()


@pytest.fixture
def record(store: Engine) -> Callable[..., dict[str, Any]]:
    """Record an outcome in a transaction of its own, some seconds after ten o'clock."""
    decide(store)

    def recorded(reported: Reported, seconds: float = 0, by: Reporter = CLERK) -> dict[str, Any]:
        with store.begin() as connection:
            now = NOW + timedelta(seconds=seconds)
            return record_outcome(connection, reported, by, SETTINGS, free, now)

    return recorded


Record = Callable[..., dict[str, Any]]


def rows(store: Engine) -> list[Any]:
    with store.connect() as connection:
        return list(connection.execute(select(contacts).order_by(contacts.c.id)))


def facts(store: Engine) -> list[Any]:
    with store.connect() as connection:
        return list(connection.execute(select(events)))


def test_the_same_outcome_twice_is_one(record: Record, store: Engine) -> None:
    first = record(SAVED)
    assert record(SAVED, seconds=7, by=replace(CLERK, store_id="S2")) == first
    assert first["recorded_at"] == "2026-03-02T10:00:00"
    (row,) = rows(store)
    assert (row.outcome, row.channel, row.intent, row.caller) == ("saved", "store", "cancel", "K1")
    assert (row.store_id, row.confirmed, row.cost_fen) == ("S1", False, None)


@pytest.mark.parametrize(
    "other", [replace(SAVED, reason="price"), replace(SAVED, outcome="no_answer")]
)
def test_a_key_with_other_content_is_refused(record: Record, store: Engine, other: Any) -> None:
    record(SAVED)
    with pytest.raises(RequestRefused, match="other content") as refused:
        record(other)
    assert refused.value.code == "conflict"
    assert len(rows(store)) == 1


@pytest.mark.parametrize("outcome", CHANGES_SERVICE)
def test_a_service_changes_only_with_a_recorded_confirmation(
    record: Record, store: Engine, outcome: str
) -> None:
    reported = replace(
        SAVED,
        outcome=outcome,
        action="discount" if outcome == "offer_accepted" else None,
        plan="Global 59" if outcome == "plan_changed" else None,
    )
    with pytest.raises(RequestRefused) as refused:
        record(reported)
    assert refused.value.code == "confirmation_missing"
    assert rows(store) == facts(store) == []
    confirmed = replace(reported, confirmation="signature", confirmation_reference="form 1")
    assert record(confirmed)["outcome"] == outcome
    (row,) = rows(store)
    assert (row.confirmed, row.confirmation) == (True, "signature:form 1")


def test_a_confirmed_cancellation_is_a_fact_of_the_contract(record: Record, store: Engine) -> None:
    assert record(CANCELLED)["pre_cancelled"]
    (fact,) = facts(store)
    assert (fact.feed, fact.customer_id, fact.event_time, fact.known_at) == (
        "contracts", "C1", NOW, NOW,
    )  # fmt: skip
    content = json.loads(fact.content)["fields"]
    assert (content["event"], content["reason"], content["rival"]) == (
        "pre_cancelled", "price", "none",
    )  # fmt: skip
    assert record(CANCELLED, seconds=30)["pre_cancelled"]
    assert len(facts(store)) == 1


def test_the_fact_of_a_cancellation_is_read_as_one_that_was_posted(
    record: Record, store: Engine
) -> None:
    """Else no request about the customer could be answered from then on."""
    record(CANCELLED)
    (event,) = events_of(store, ["C1"], NOW)
    assert (event.feed, event.event_time, event.fields["event"]) == (
        "contracts", NOW, "pre_cancelled",
    )  # fmt: skip


def test_what_is_said_at_the_end_counts_before_what_was_said_at_the_decision(
    record: Record, store: Engine
) -> None:
    record(replace(CANCELLED, reason="network", rival="rival_net"))
    content = json.loads(facts(store)[0].content)["fields"]
    assert (content["reason"], content["rival"]) == ("network", "rival_net")


def test_an_accepted_offer_commits_what_the_decision_said(record: Record, store: Engine) -> None:
    record(ACCEPTED)
    assert [(row.offer, row.cost_fen) for row in rows(store)] == [("discount", 3000)]


@pytest.mark.parametrize(
    ("reported", "code"),
    [
        (replace(ACCEPTED, action="handset_renewal"), "not_decided"),
        (replace(CANCELLED, outcome="plan_changed", plan="Global 9"), "not_decided"),
        (replace(SAVED, decision_id="D2"), "unknown_decision"),
        (replace(SAVED, customer_id="C2"), "unknown_decision"),
        (replace(SAVED, reason="boredom"), "invalid_request"),
        (replace(SAVED, action="discount"), "invalid_request"),
        (replace(ACCEPTED, action=None), "invalid_request"),
        (replace(CANCELLED, confirmation="nod"), "invalid_request"),
        (replace(SAVED, outcome="undone", undoes="k9"), "unknown_outcome"),
        (replace(SAVED, outcome="undone"), "invalid_request"),
    ],
)
def test_what_does_not_fit_the_decision_is_refused(
    record: Record, store: Engine, reported: Reported, code: str
) -> None:
    with pytest.raises(RequestRefused) as refused:
        record(reported)
    assert refused.value.code == code
    assert rows(store) == facts(store) == []


def test_a_decision_ends_once(record: Record, store: Engine) -> None:
    record(SAVED)
    with pytest.raises(RequestRefused, match="ended already: saved"):
        record(replace(CANCELLED, key="k3"))
    assert record(ACCEPTED)["outcome"] == "offer_accepted"  # how it was saved
    assert facts(store) == []


def undo(key: str = "k1", by: str = "u1") -> Reported:
    return Reported(by, "C1", "D1", "undone", undoes=key)


def test_a_slip_is_undone_within_a_minute_and_leaves_no_fact(record: Record, store: Engine) -> None:
    record(CANCELLED)
    answer = record(undo(), seconds=60)
    assert (answer["outcome"], answer["undo_until"]) == ("undone", None)
    assert facts(store) == []
    assert [row.outcome for row in rows(store)] == ["cancelled", "undone"]  # both stand
    assert record(undo(), seconds=99) == answer
    assert record(replace(SAVED, key="k5"), seconds=99)["outcome"] == "saved"


def test_after_a_minute_it_stands(record: Record, store: Engine) -> None:
    record(CANCELLED)
    with pytest.raises(RequestRefused) as refused:
        record(undo(), seconds=60.5)
    assert refused.value.code == "undo_too_late"
    assert len(facts(store)) == 1


def test_what_a_decision_was_made_on_stands(record: Record, store: Engine) -> None:
    record(CANCELLED)
    decide(store, "D2", NOW + timedelta(seconds=5))
    with pytest.raises(RequestRefused, match="decision was made on") as refused:
        record(undo(), seconds=10)
    assert refused.value.code == "undo_too_late"
    assert len(facts(store)) == 1
    assert len(rows(store)) == 1


def test_an_outcome_is_undone_once_and_an_undo_never(record: Record) -> None:
    record(SAVED)
    record(undo())
    with pytest.raises(RequestRefused) as refused:
        record(undo(by="u2"))
    assert refused.value.code == "conflict"
    with pytest.raises(RequestRefused) as refused:
        record(undo("u1", by="u3"))
    assert refused.value.code == "unknown_outcome"


def test_two_at_once_are_recorded_once(store: Engine) -> None:
    """Both databases: the second request waits for the first, or finds its row."""
    from concurrent.futures import ThreadPoolExecutor

    decide(store)

    def send(_: int) -> dict[str, Any]:
        with store.begin() as connection:
            return record_outcome(connection, CANCELLED, CLERK, SETTINGS, free, NOW)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, range(8)))
    assert all(answer == answers[0] for answer in answers)
    with store.connect() as connection:
        for table in (contacts, events):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 1
