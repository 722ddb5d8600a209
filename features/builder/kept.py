"""The parts of the matrix that a fresh fact can change, compiled once and kept.

Which features a feed's facts can change is read off the builder's own expressions: those of the
streams that read the feed. What is computed from daily or weekly use alone, or looks at other
customers too (a group, neighbours, a city), is not here: it stays that of the last night.
The query is kept as planned, over small tables of the facts and of the moment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from threading import Lock

import duckdb
import ibis
import pyarrow as pa
from ibis.expr.operations import UnboundTable
from ibis.expr.types import Table

from features import windows
from features.builder import FACTS_OF, some_features
from features.builder.templates import STAND_IN, Template
from features.catalogue.families import Feature
from features.engine.store import Histories
from features.engine.streams import StreamRequest
from features.histories.bills import accounts
from features.settings import FeatureSettings

NIGHTLY = ("days", "weeks", "group", "neighbours", "city")  # streams of use, and of others
MAX_USES = 2000  # of a database in memory


@dataclass(frozen=True)
class KeptQuery:
    """A query over the facts that are given, at a moment, compiled once.

    `schemas` are of the tables that it reads.
    """

    schemas: Mapping[str, pa.Schema]
    text: str = field(repr=False)
    lag_days: int

    @cached_property
    def _planned(self) -> Planned:
        return Planned(self.schemas, self.text)

    def plan(self) -> None:
        """Plan the query, so that the first request does not wait for it."""
        self._planned.plan()

    def rows(self, tables: Mapping[str, pa.Table], moment: datetime) -> pa.Table:
        """What the query finds at `moment`.

        `tables` holds all that is known of the customers, and of no others. Safe to use from
        several threads, one after the other.
        """
        week = windows.last_closed_week(moment, self.lag_days)
        return self._planned.rows(tables, moment, week)


@dataclass(frozen=True)
class KeptPart(KeptQuery):
    """Some features of the customers in the network: a row each, in no order, after `KEY`."""

    features: tuple[Feature, ...]


class Planned:
    """A query that DuckDB has planned, and the small tables that it reads.

    The moment is one of them: with parameters DuckDB plans a query again whenever it is executed.
    """

    def __init__(self, schemas: Mapping[str, pa.Schema], text: str) -> None:
        self._schemas, self._text = schemas, text
        self._lock = Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._uses = 0

    def plan(self) -> None:
        with self._lock:
            if self._connection is None:
                self._connect()

    def rows(self, tables: Mapping[str, pa.Table], moment: datetime, week: int) -> pa.Table:
        """`week`: the last one that is closed at the moment."""
        with self._lock:
            connection = self._connection or self._connect()
            for name in self._schemas:
                connection.register("given", tables[name])
                connection.execute(f'DELETE FROM "{name}"')
                connection.execute(f'INSERT INTO "{name}" FROM given')
            connection.execute("DELETE FROM moment")
            connection.execute("INSERT INTO moment VALUES (?, ?)", [moment, week])
            found = connection.sql("EXECUTE part").to_arrow_table()
            self._let_go()
            return found

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(config={"threads": 1})
        # Over a handful of rows every plan is good, and the first one comes soonest.
        connection.execute("PRAGMA disable_optimizer")
        for name, schema in self._schemas.items():
            connection.register("given", schema.empty_table())
            connection.execute(f'CREATE TABLE "{name}" AS FROM given')
        connection.execute("CREATE TABLE moment (as_of TIMESTAMP, week BIGINT)")
        connection.execute(f"PREPARE part AS {self._text}")
        self._connection, self._uses = connection, 0
        return connection

    def _let_go(self) -> None:
        """Rows that were deleted are freed with the database that they were in."""
        self._uses += 1
        if self._uses >= MAX_USES and self._connection is not None:
            self._connection.close()
            self._connection = None


def feeds_read(
    schemas: Mapping[str, pa.Schema], features: Sequence[Feature], settings: FeatureSettings
) -> dict[str, set[str]]:
    """By stream of these features: the feeds whose facts of a customer it is computed from.

    `schemas`: of the tables of `features.engine.customer_facts`.
    """
    histories = _unbound(schemas, features, settings)
    return {name: _reads(histories, name) for name in {own.stream for own in features}}


def kept_part(
    schemas: Mapping[str, pa.Schema],
    features: Sequence[Feature],
    settings: FeatureSettings,
    feed: str,
    read: Mapping[str, set[str]],
) -> KeptPart | None:
    """The part that facts of `feed` can change, of these features; null where it changes none.

    `read`: as `feeds_read` has it for the same schemas, features and settings.
    """
    chosen = tuple(own for own in features if feed in read[own.stream])
    if not chosen:
        return None
    histories = _unbound(schemas, features, settings)
    table = some_features(histories, [STAND_IN], None, chosen)
    own = kept_query(table, schemas, settings.usage_lag_days)
    return KeptPart(own.schemas, own.text, own.lag_days, chosen)


def kept_query(table: Table, schemas: Mapping[str, pa.Schema], lag_days: int) -> KeptQuery:
    """The expression `table`, in which `STAND_IN` stands for the moment, over unbound tables.

    `schemas`: by name of the tables, those that it reads among them.
    """
    names = sorted({node.name for node in table.op().find(UnboundTable)})
    text = Template.of(table, 1).filled(_from_moment, _listed)
    return KeptQuery({name: schemas[name] for name in names}, text, lag_days)


def _unbound(
    schemas: Mapping[str, pa.Schema], features: Sequence[Feature], settings: FeatureSettings
) -> Histories:
    tables = {
        name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name)
        for name, schema in schemas.items()
    }
    if "bills" in tables and "payments" in tables:
        tables["settlements"] = accounts.settlements(tables["bills"], tables["payments"])
    return Histories(None, tables, tuple(features), settings)


def _reads(histories: Histories, stream: str) -> set[str]:
    """The feeds whose facts of the customer the stream is computed from."""
    if stream in NIGHTLY:
        return set()
    tables = histories.tables
    request = StreamRequest(tables, tables, [STAND_IN], 1, histories.settings)
    found: Table = request.stream(stream)
    names = {node.name for node in found.op().find(UnboundTable)}
    return {FACTS_OF.get(name, name) for name in names}


def _from_moment(_: int, distance: timedelta) -> str:
    microseconds = distance // timedelta(microseconds=1)
    return f"((SELECT as_of FROM moment) + to_microseconds({microseconds}))"


def _listed(kind: str, weeks: int) -> str:
    """The moment, or the closed weeks that it looks back on, as `features.windows` lists them."""
    if kind == "moments":
        return "(SELECT as_of FROM moment)"
    if kind != "weeks":
        raise TypeError(f"a kept query lists no {kind}")
    ages = f"range(1, {weeks + 1}) AS listed(age)"
    return f"(SELECT as_of, moment.week + 1 - age AS week, age FROM moment, {ages})"
