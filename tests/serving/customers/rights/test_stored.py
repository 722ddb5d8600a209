"""The tables of persons are found by their column, so that a new one cannot be forgotten."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Engine, insert, select

from serving.customers.rights.stored import forget_everyone, is_known, tables_of_persons
from serving.database.tables import objections, person_keys

NOW = datetime(2026, 3, 2, 9)


def test_every_table_of_persons_is_among_them() -> None:
    names = {table.name for table in tables_of_persons()}
    assert names >= {
        "phones", "objections", "promises", "events", "decisions", "contacts", "holds",
        "potential_confirmations", "tasks", "task_notes",
    }  # fmt: skip
    assert not names & {"keys", "users", "sessions", "audit", "person_keys"}


def test_who_is_in_one_of_them_is_known_until_all_are_forgotten(store: Engine) -> None:
    row = {"customer_id": "C1", "recorded_at": NOW, "caller": "k"}
    with store.begin() as connection:
        connection.execute(insert(objections).values(row))
        connection.execute(insert(person_keys).values(customer_id="C2", key=b"k"))
        assert [is_known(connection, own) for own in ("C1", "C2", "C3")] == [True, True, False]
    forget_everyone(store)
    with store.connect() as connection:
        assert connection.execute(select(objections)).all() == []
        assert connection.execute(select(person_keys)).all() != []
