"""Prepared statements do what SQLAlchemy's own do, on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from serving.audit.chain import CONTENT
from serving.database import open_engine
from serving.database.prepared import Prepared
from serving.database.tables import audit, keys, person_keys
from tests.serving.conftest import MONDAY

AT = MONDAY.replace(microsecond=1)
ADD = Prepared(insert(audit))
MARK = Prepared(update(audit).values(hash=bindparam("mark")))
SINCE = Prepared(
    select(audit.c.number, audit.c.at, audit.c.caller)
    .where(audit.c.at >= bindparam("since"))
    .order_by(audit.c.number)
)
KEY_OF = Prepared(
    select(person_keys.c.key).where(person_keys.c.customer_id == bindparam("customer_id"))
)


def row(number: int, **own: Any) -> dict[str, Any]:
    texts = dict.fromkeys(CONTENT, "客%s'") | {"caller": None}
    return texts | {"number": number, "at": AT, "status": 200, "subjects": 1, "hash": "a"} | own


@pytest.mark.parametrize("count", [1, 2])
def test_rows_are_as_they_were_given(store: Engine, count: int) -> None:
    rows = [row(number + 1, purpose=None) for number in range(count)]
    with store.begin() as connection:
        ADD.run(connection, *rows)
        found = connection.execute(select(audit).order_by(audit.c.number)).mappings()
        assert [dict(one) for one in found] == rows
        MARK.run(connection, {"mark": "b"})
        assert set(connection.execute(select(audit.c.hash)).scalars()) == {"b"}


def test_columns_have_their_names_and_types(store: Engine) -> None:
    early = row(1, at=datetime(2020, 1, 1), caller="a")
    with store.begin() as connection:
        ADD.run(connection, early, row(2, caller="b"))
        (found,) = SINCE.all(connection, {"since": AT})
        connection.execute(insert(person_keys).values(customer_id="C'1", key=b"\0\xff"))
    assert (found.number, found.at, found.caller) == (2, AT, "b")
    assert SINCE.look_up(store, {"since": AT}) == [found]
    assert [one.number for one in SINCE.look_up(store, {"since": early["at"]})] == [1, 2]
    assert [one.key for one in KEY_OF.look_up(store, {"customer_id": "C'1"})] == [b"\0\xff"]
    assert KEY_OF.look_up(store, {"customer_id": "C2"}) == []


def test_what_is_written_ends_with_the_transaction(store: Engine) -> None:
    with store.connect() as connection, connection.begin() as transaction:
        ADD.run(connection, row(1))
        transaction.rollback()
    with store.begin() as connection:
        assert SINCE.all(connection, {"since": AT}) == []


def test_the_drivers_errors_are_sqlalchemys_and_name_no_value(store: Engine) -> None:
    with store.begin() as connection:
        ADD.run(connection, row(1))
    with pytest.raises(DBAPIError) as found, store.begin() as connection:
        ADD.run(connection, row(1, caller="li.na"))
    assert type(found.value).__name__ == "IntegrityError"
    assert "li.na" not in str(found.value)


def test_a_database_that_is_gone(tmp_path: Any) -> None:
    engine = open_engine(tmp_path, reading=True)
    with pytest.raises(OperationalError, match="unable to open"):
        SINCE.look_up(engine, {"since": AT})
    engine.dispose()


def test_a_failed_look_up_leaves_the_next_one_whole(store: Engine) -> None:
    wrong = Prepared(select(keys.c.id).where(keys.c.id == bindparam("own")))
    with pytest.raises(DBAPIError):
        wrong.look_up(store, {"own": object()})
    assert wrong.look_up(store, {"own": "a"}) == []
