"""Statements compiled once do what SQLAlchemy's own do, on both databases."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, insert, select

from serving.audit.chain import CONTENT, NO_HASH
from serving.audit.statements import statements
from serving.database.tables import audit, audit_head, audit_subjects, person_keys
from tests.serving.conftest import MONDAY

AT = MONDAY.replace(microsecond=1)


def row(number: int, **own: Any) -> dict[str, Any]:
    texts = dict.fromkeys(CONTENT, "客%s'") | {"caller": None}
    return texts | {"number": number, "at": AT, "status": 200, "subjects": 1, "hash": "a"} | own


def test_rows_and_subjects_are_as_they_were_given(store: Engine) -> None:
    own, rows = statements(store.dialect), [row(1), row(2, purpose=None)]
    subjects = [{"number": number, "place": 0, "pseudonym": "p"} for number in (1, 2)]
    with store.begin() as connection:
        own.add_rows.run_all(connection, rows)
        own.add_subjects.run_all(connection, subjects)
        found = connection.execute(select(audit).order_by(audit.c.number)).mappings()
        assert [dict(one) for one in found] == rows
        about = connection.execute(select(audit_subjects).order_by(audit_subjects.c.number))
        assert [dict(one) for one in about.mappings()] == subjects


def test_the_head_is_read_and_moved(store: Engine) -> None:
    own = statements(store.dialect)
    with store.begin() as connection:
        assert tuple(own.lock.run(connection, {}).one()) == (0, NO_HASH)
        own.move.run(connection, {"number": 7, "hash": "b"})
    with store.begin() as connection:
        assert tuple(own.lock.run(connection, {}).one()) == (7, "b")
        assert len(connection.execute(select(audit_head)).all()) == 1


def test_a_key_is_found(store: Engine) -> None:
    with store.begin() as connection:
        connection.execute(insert(person_keys).values(customer_id="C'1", key=b"\0\xff"))
        find = statements(store.dialect).find_key
        assert find.run(connection, {"customer_id": "C'1"}).one().key == b"\0\xff"
        assert find.run(connection, {"customer_id": "C2"}).first() is None


def test_they_are_compiled_once(store: Engine) -> None:
    assert statements(store.dialect) is statements(store.dialect)
