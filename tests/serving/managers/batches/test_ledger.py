"""Batches are done once, and undo takes back what is untouched, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, func, select

from features.errors import RequestRefused
from serving.access.principal import EVERYWHERE
from serving.database.tables import task_notes, tasks
from serving.managers.batches.ledger import (
    Batch,
    batches_of,
    customers_of,
    standing_of,
    undo_batch,
    write_batch,
)
from serving.managers.batches.planning import ISSUE, REMIND, Action, Chosen, planned
from serving.managers.following import cancel, finish, note
from serving.managers.tasks import Actor
from tests.serving.managers.desks import DESK, ISSUER, NOW, OTHER, SETTINGS, code_of, issued, kept

CUSTOMERS = ("C1", "C2", "C3", "C4")
CALL = Action(ISSUE, "Call them", "call")
NUDGE = Action(REMIND, "Please see to this")


def done(
    connection: Connection, own: str = "b" * 24, action: Action = CALL, actor: Actor = ISSUER
) -> Batch:
    kept(connection, "M1")
    whom = Chosen("2026-03-01", dict.fromkeys(CUSTOMERS, "M1"))
    plan = planned(connection, whom, action, EVERYWHERE, actor, SETTINGS, NOW)
    return write_batch(connection, own, plan, {"city": "Suzhou"}, actor, NOW)


def rows(connection: Connection) -> tuple[int, int]:
    count = [select(func.count()).select_from(table) for table in (tasks, task_notes)]
    first, second = (int(connection.execute(query).scalar_one()) for query in count)
    return first, second


def by_customer(connection: Connection) -> dict[str, str]:
    return {own: task for own, task in connection.execute(select(tasks.c.customer_id, tasks.c.id))}


def test_undone_at_once_everything_is_as_before(store: Engine) -> None:
    with store.begin() as connection:
        own = issued(connection, customer_id="C9")
        before = rows(connection)
        batch = done(connection)
        assert (batch.count, standing_of(connection, batch)) == (4, {"open": 4})
        assert customers_of(connection, batch.id) == [*CUSTOMERS]
        undone, stayed = undo_batch(connection, batch.id, ISSUER, NOW)
        assert (undone.undone, stayed) == (4, [])
        assert rows(connection) == before
        assert by_customer(connection) == {"C9": own.id}


def test_what_was_begun_ended_or_noted_stays_and_is_named(store: Engine) -> None:
    with store.begin() as connection:
        batch = done(connection)
        ids = by_customer(connection)
        note(connection, ids["C1"], "Called", DESK, NOW)
        finish(connection, ids["C2"], "saved", None, DESK, SETTINGS, NOW)
        note(connection, ids["C3"], "Mind the bill", OTHER, NOW)
        undone, stayed = undo_batch(connection, batch.id, ISSUER, NOW)
        assert {own.customer_id: own.why for own in stayed} == {
            "C1": "in_progress", "C2": "done", "C3": "noted",
        }  # fmt: skip
        assert undone.undone == 1
        assert set(by_customer(connection)) == {"C1", "C2", "C3"}
        with pytest.raises(RequestRefused) as refused:
            undo_batch(connection, batch.id, ISSUER, NOW)
        assert code_of(refused) == "conflict"


def test_sent_twice_it_is_done_once(store: Engine) -> None:
    with store.begin() as connection:
        first = done(connection)
        assert done(connection) == first
        assert rows(connection)[0] == 4


def test_another_knows_nothing_of_it(store: Engine) -> None:
    with store.begin() as connection:
        batch = done(connection)
        assert batches_of(connection, OTHER, 9) == []
        assert batches_of(connection, ISSUER, 9) == [batch]
        with pytest.raises(RequestRefused) as refused:
            undo_batch(connection, batch.id, OTHER, NOW)
        assert code_of(refused) == "unknown_batch"


def test_reminders_are_taken_back_until_they_are_answered(store: Engine) -> None:
    with store.begin() as connection:
        done(connection, "a" * 24)
        ids = by_customer(connection)
        note(connection, ids["C4"], "Called", DESK, NOW - timedelta(hours=1))
        batch = done(connection, action=NUDGE)
        assert batch.count == 4
        note(connection, ids["C1"], "I will", DESK, NOW)
        cancel(connection, ids["C2"], "No need", ISSUER, NOW)
        undone, stayed = undo_batch(connection, batch.id, ISSUER, NOW)
        assert {own.customer_id: own.why for own in stayed} == {
            "C1": "answered", "C2": "cancelled",
        }  # fmt: skip
        assert undone.undone == 2
        query = select(task_notes.c.text).where(task_notes.c.task_id == ids["C4"])
        assert connection.execute(query).scalars().all() == ["Called"]


def test_no_manager_is_reminded_twice_a_day(store: Engine) -> None:
    with store.begin() as connection:
        done(connection, "a" * 24)
        done(connection, action=NUDGE)
        with pytest.raises(RequestRefused, match="no task comes of it"):
            done(connection, "c" * 24, action=NUDGE)
