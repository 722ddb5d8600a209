"""Statements that run at every request, compiled once for each kind of database.

SQLAlchemy looks up, checks and wraps every execution, which takes longer than the database does.
Here the driver gets the same text, with values and results converted as SQLAlchemy does it.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement

Values = Mapping[str, Any]
Convert = Callable[[Any], Any]
NOTHING: Values = {}


@dataclass(frozen=True)
class Compiled:
    """Text for one kind of database; `order` of its values where they have no names.

    `given` and `found` convert values and columns of types that the driver does not know.
    """

    text: str
    order: tuple[str, ...] | None
    given: Mapping[str, Convert]
    found: Sequence[tuple[int, Convert]]
    row: Callable[..., Any]

    def values(self, values: Values) -> Any:
        if self.given:
            values = {
                **values,
                **{name: own(values[name]) for name, own in self.given.items() if name in values},
            }
        return values if self.order is None else tuple(values[name] for name in self.order)

    def rows(self, found: Sequence[Any]) -> list[Any]:
        if not self.found:
            return [self.row(*one) for one in found]
        return [self.row(*self._converted(one)) for one in found]

    def _converted(self, one: Sequence[Any]) -> list[Any]:
        row = list(one)
        for place, convert in self.found:
            row[place] = convert(row[place])
        return row


@dataclass(frozen=True, eq=False)
class Prepared:
    """One statement, as SQLAlchemy has it; rows have its columns by name.

    Raises what SQLAlchemy raises of the driver's errors (DBAPIError).
    """

    statement: ClauseElement
    _compiled: dict[str, Compiled] = field(default_factory=dict)

    def look_up(self, engine: Engine, values: Values = NOTHING) -> list[Any]:
        """The rows, read without a transaction; `engine` is best one opened for `reading`."""
        own = self._of(engine.dialect)
        with _as_sqlalchemy(engine.dialect, own.text):
            connection = engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute(own.text, own.values(values))
                found = cursor.fetchall()
                cursor.close()
            except _error(engine.dialect) as error:
                connection.invalidate(error)
                raise
            finally:
                connection.close()
        return own.rows(found)

    def all(self, connection: Connection, values: Values = NOTHING) -> list[Any]:
        """The rows, read in the connection's transaction."""
        own = self._of(connection.dialect)
        with _as_sqlalchemy(connection.dialect, own.text):
            cursor = connection.connection.cursor()
            cursor.execute(own.text, own.values(values))
            found = cursor.fetchall()
            cursor.close()
        return own.rows(found)

    def run(self, connection: Connection, *rows: Values) -> None:
        """Write each of these rows, in the connection's transaction."""
        own = self._of(connection.dialect)
        with _as_sqlalchemy(connection.dialect, own.text):
            cursor = connection.connection.cursor()
            if len(rows) == 1:
                cursor.execute(own.text, own.values(rows[0]))
            else:
                cursor.executemany(own.text, [own.values(row) for row in rows])
            cursor.close()

    def _of(self, dialect: Dialect) -> Compiled:
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _compile(self.statement, dialect)
        return self._compiled[dialect.name]


def _compile(statement: ClauseElement, dialect: Dialect) -> Compiled:
    compiled: Any = statement.compile(dialect=dialect)
    columns = list(statement.selected_columns) if isinstance(statement, Select) else []
    given = {
        name: convert
        for name, own in compiled.binds.items()
        if (convert := own.type.dialect_impl(dialect).bind_processor(dialect)) is not None
    }
    found = [
        (place, convert)
        for place, column in enumerate(columns)
        if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
    order = tuple(compiled.positiontup) if compiled.positional else None
    return Compiled(str(compiled), order, given, found, row)


def _error(dialect: Dialect) -> type[Exception]:
    error: type[Exception] = dialect.loaded_dbapi.Error
    return error


@contextmanager
def _as_sqlalchemy(dialect: Dialect, text: str) -> Iterator[None]:
    """The driver's errors as SQLAlchemy raises them, without the values: they name people."""
    base = _error(dialect)
    try:
        yield
    except base as error:
        raise DBAPIError.instance(
            text, None, error, base, hide_parameters=True, dialect=dialect
        ) from error
