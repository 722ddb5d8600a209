"""The few statements of each batch, compiled once for each kind of database.

SQLAlchemy would look up and check each of them at every execution, which takes longer than the
database does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Dialect,
    Table,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql import ClauseElement

from serving.database.tables import audit, audit_head, audit_subjects, person_keys

THE_HEAD = 1
_the_head: ColumnElement[int] = literal_column(str(THE_HEAD))

Row = Mapping[str, Any]
Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class Statement:
    """Text for one database; `order` of its values where they have no names; `converted` values.

    A value of a type that the driver does not know is converted as SQLAlchemy does it.
    """

    text: str
    order: tuple[str, ...] | None
    converted: Mapping[str, Convert]

    def run(self, connection: Connection, row: Row) -> CursorResult[Any]:
        return connection.exec_driver_sql(self.text, self._values(row))

    def run_all(self, connection: Connection, rows: Sequence[Row]) -> None:
        connection.exec_driver_sql(self.text, [self._values(row) for row in rows])

    def _values(self, row: Row) -> Any:
        if self.converted:
            row = {**row, **{name: own(row[name]) for name, own in self.converted.items()}}
        return row if self.order is None else tuple(row[name] for name in self.order)


@dataclass(frozen=True)
class Statements:
    """Lock and move the head, add rows and subjects, find one person's key."""

    lock: Statement
    move: Statement
    add_rows: Statement
    add_subjects: Statement
    find_key: Statement


@cache
def statements(dialect: Dialect) -> Statements:
    """Those of this kind of database."""
    head, keys = audit_head.c, person_keys.c
    lock = select(head.number, head.hash).where(head.id == _the_head).with_for_update()
    move = update(audit_head).where(head.id == _the_head).values(
        number=bindparam("number"), hash=bindparam("hash")
    )  # fmt: skip
    find = select(keys.key).where(keys.customer_id == bindparam("customer_id"))
    return Statements(
        _compiled(lock, dialect),
        _compiled(move, dialect),
        _compiled(insert(audit), dialect, audit),
        _compiled(insert(audit_subjects), dialect, audit_subjects),
        _compiled(find, dialect),
    )


def _compiled(statement: ClauseElement, dialect: Dialect, table: Table | None = None) -> Statement:
    compiled: Any = statement.compile(dialect=dialect)
    order = tuple(compiled.positiontup) if compiled.positional else None
    converted = {}
    for column in table.columns if table is not None else ():
        processor = column.type.dialect_impl(dialect).bind_processor(dialect)
        if processor is not None:
            converted[column.name] = processor
    return Statement(compiled.string, order, converted)
