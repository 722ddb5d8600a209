"""An analysis of a few facts that can be counted by hand."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import Any

import ibis
import pyarrow as pa
import pytest
from ibis.expr.types import Table

from features.engine.store import Histories
from features.feeds import FEEDS
from features.histories.usage import daily
from serving.analyses import analysed, lake_of, request_of
from serving.customers.standing.standing_settings import PointSettings
from tests.facts import ARROW, SETTINGS, Fact

JUNE, JULY, AUGUST = (datetime(2025, month, 1) for month in (6, 7, 8))
BOUNDS = (10_000, 20_000, 30_000)
Totals = Callable[[dict[str, Any]], dict[str, Any]]


def histories_of(facts: Iterable[Fact], without: Collection[str] = ()) -> Histories:
    """The feeds of these facts, all their columns but those `without`, and the days of use."""
    connection = ibis.duckdb.connect(threads=1)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in FEEDS}
    for feed, row in facts:
        rows[feed].append(row)
    tables = {}
    for name, own in rows.items():
        if name in without:
            continue
        columns = [
            (column.name, ARROW[column.type])
            for column in FEEDS[name].columns
            if f"{name}.{column.name}" not in without
        ]
        clocks = [(clock, ARROW["timestamp"]) for clock in ("event_time", "known_at")]
        loaded = pa.Table.from_pylist(own, schema=pa.schema([*columns, *clocks]))
        tables[name] = _stored(connection, name, loaded)
    tables["days"] = _stored(connection, "days", daily(tables["usage"]).to_pyarrow())
    return Histories(connection, tables, (), SETTINGS)


def _stored(connection: Any, name: str, loaded: pa.Table) -> Table:
    connection.con.register("incoming", loaded)
    connection.con.execute(f"CREATE TABLE {name} AS SELECT * FROM incoming")
    connection.con.unregister("incoming")
    return connection.table(name)


def of_facts(
    facts: Iterable[Fact],
    name: str,
    by: str | None = "all",
    since: datetime = JUNE,
    until: datetime = JULY,
    known_at: datetime | None = None,
    every: str = "month",
    without: Collection[str] = (),
) -> dict[str, Any]:
    """What the analysis says of an operator with these facts."""
    histories = histories_of(facts, without)
    request = request_of(name, by, since, until, every, known_at)
    lake = lake_of(histories, request, BOUNDS, PointSettings(2, 1.0))
    return analysed(lake, request)


@pytest.fixture
def first() -> Totals:
    """The first period's totals without its dates."""

    def row(result: dict[str, Any]) -> dict[str, Any]:
        found = dict(result["totals"][0])
        return {name: found[name] for name in found if name not in ("from", "to", "group")}

    return row
