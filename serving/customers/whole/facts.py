"""One customer's facts out of the histories, as known at the night.

The histories lie in the order of the customers, so DuckDB reads the few row groups that hold the
one. Each query is compiled once a night, with a parameter in the place of the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from ibis.expr.operations import InMemoryTable
from ibis.expr.types import Table

from features import windows
from features.engine.store import last_tables
from features.feeds import FEEDS
from features.home import Home
from features.settings import FeatureSettings, home_settings
from serving.scoring import file_identity

ANYONE = "\ue000customer"  # no id holds a character of private use
PARAMETER = "$customer_id"
WEEKS = 52
KNOWN = ("contracts", "customers", "bills", "payments", "complaints", "contacts")
PLANNED = ("started", "plan_changed")

Rows = list[dict[str, Any]]


class CustomerFacts:
    """The facts of a home's customers; safe to use from several threads.

    Raises LakeError where there are no histories.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = Lock()
        self._made_for: object = None
        self._queries: Mapping[str, str] = {}
        self._kept: tuple[Any, ...] = ()  # what the queries read lives as long as this

    def of(self, customer_id: str, as_of: datetime) -> dict[str, Rows]:
        """By name the rows of the customer, in time: those of KNOWN that are delivered, each fact
        as last known before `as_of`; `weeks` of usage, and all `bill_versions`."""
        manifest = Home(self._home).histories / "manifest.json"
        with self._lock:
            wanted = (file_identity(manifest), as_of)
            if self._made_for != wanted:
                self._make(as_of)
                self._made_for = wanted
            run = self._kept[0].con
            return {
                name: _rows(run.execute(query, {PARAMETER[1:]: customer_id}))
                for name, query in self._queries.items()
            }

    def _make(self, as_of: datetime) -> None:
        connection, tables, held = last_tables(self._home)
        connection.raw_sql("set threads = 1")
        connection.raw_sql("set parquet_metadata_cache = true")
        lag_days = home_settings(self._home, "features", FeatureSettings).usage_lag_days
        found = _expressions(tables, as_of, lag_days)
        for table in found.values():
            for inside in table.op().find(InMemoryTable):
                connection.to_pyarrow(inside.to_expr())
        self._queries = {
            name: str(connection.compile(table)).replace(f"'{ANYONE}'", PARAMETER)
            for name, table in found.items()
        }
        self._kept = (connection, found, held)


def _rows(found: Any) -> Rows:
    names = [column[0] for column in found.description]
    return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def _expressions(tables: Mapping[str, Table], as_of: datetime, lag_days: int) -> dict[str, Table]:
    own = {
        name: table.filter(table.customer_id == ANYONE)
        for name, table in tables.items()
        if "customer_id" in table.columns
    }
    found = {
        name: windows.known(windows.versions(own[name], FEEDS[name].key), [as_of]).order_by(
            "event_time", "known_at"
        )
        for name in KNOWN
        if name in own
    }
    weeks = windows.known_weeks(own["cells"], own["late"], [as_of], WEEKS, lag_days)
    found["weeks"] = weeks.order_by("week")
    if "bills" in own:
        versions = own["bills"].filter(own["bills"].known_at < as_of)
        columns = ("known_at", "period", "revenue_fen")
        found["bill_versions"] = versions.select(*columns).order_by(*columns)
    return found
