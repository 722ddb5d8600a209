"""All tables as they are at one moment, and back into a database of either kind."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    create_engine,
    delete,
    func,
    insert,
    select,
    text,
)

VERSIONS = "alembic_version"
BATCH = 2_000


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection whose reads see one moment, whatever others write meanwhile."""
    if engine.dialect.name == "sqlite":
        # Without our own `begin`, which would take the lock that writers wait for.
        own = create_engine(engine.url, isolation_level="AUTOCOMMIT")
        with own.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            connection.execute(text(f"select count(*) from {VERSIONS}")).scalar()
            yield connection
            connection.exec_driver_sql("ROLLBACK")
        own.dispose()
        return
    repeatable = engine.execution_options(isolation_level="REPEATABLE READ")
    with repeatable.connect() as connection:
        yield connection
        connection.rollback()


def tables_of(connection: Connection) -> list[Table]:
    """The database's tables as they are there, those that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != VERSIONS]


def revision_of(connection: Connection) -> str:
    """The step of the migrations that the tables are at."""
    return str(connection.execute(text(f"select version_num from {VERSIONS}")).scalar_one())


def dumped(connection: Connection, table: Table) -> Iterator[str]:
    """The table as lines of JSON: its columns, then a row each."""
    yield json.dumps([column.name for column in table.columns])
    streaming = connection.execution_options(yield_per=BATCH)
    for row in streaming.execute(select(table)):
        yield json.dumps([_plain(value) for value in row], ensure_ascii=False)


def load(connection: Connection, table: Table, lines: Iterable[str]) -> int:
    """Add the rows that `dumped` wrote; how many. A column that is not there is an error."""
    reading = iter(lines)
    names = json.loads(next(reading))
    count = 0
    while batch := list(islice(reading, BATCH)):
        rows = [dict(zip(names, map(_value, json.loads(line)), strict=True)) for line in batch]
        connection.execute(insert(table), rows)
        count += len(rows)
    return count


def empty(connection: Connection, tables: Iterable[Table]) -> None:
    """Remove every row; those that refer to others first."""
    for table in reversed(list(tables)):
        connection.execute(delete(table))


def count_on(connection: Connection, tables: Iterable[Table]) -> None:
    """Let the numbers that PostgreSQL gives to new rows go on after those that were loaded."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        key = list(table.primary_key.columns)
        if len(key) != 1 or not isinstance(key[0].type, Integer):
            continue
        sequence = connection.execute(
            select(func.pg_get_serial_sequence(table.name, key[0].name))
        ).scalar()
        last = connection.execute(select(func.max(key[0]))).scalar()
        if sequence and last:
            connection.execute(select(func.setval(sequence, last)))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"moment": value.isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, bytes | memoryview):
        return {"bytes": base64.b64encode(bytes(value)).decode()}
    return value


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    ((kind, own),) = plain.items()
    if kind == "moment":
        return datetime.fromisoformat(own)
    return date.fromisoformat(own) if kind == "day" else base64.b64decode(own)
