"""One customer's facts out of the histories, as known at the night.

The histories lie in the order of the customers, so DuckDB reads the few row groups that hold the
one. What a query costs beyond that is its planning, so each only filters its file, with a parameter
in the place of the customer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import ibis
import pyarrow.parquet as pq

from features import windows
from features.engine.store import last_files
from features.feeds import FEEDS
from features.home import Home
from features.settings import FeatureSettings, home_settings
from serving.scoring import file_identity

ANYONE = "\ue000customer"  # no id holds a character of private use
NO_ONE = ""
PARAMETER = "$customer_id"
TABLE = "\ue000table"
WEEKS = 52
KNOWN = ("contracts", "customers", "bills", "payments", "complaints", "contacts")
OF_WEEKS = ("cells", "late")
PLANNED = ("started", "plan_changed")
IS_KNOWN = "is_known"

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
        self._lag_days = 0
        self._kept: tuple[Any, ...] = ()  # what the queries read lives as long as this

    def of(self, customer_id: str, as_of: datetime) -> dict[str, Rows]:
        """By name the rows of the customer, in time: those of KNOWN that are delivered, each fact
        as last known before `as_of`; `weeks` of usage, and all `bill_versions`."""
        with self._lock:
            wanted = self._wanted(as_of)
            if self._made_for != wanted:
                self._make(as_of)
                self._made_for = wanted
            run = self._kept[0]
            found = {
                name: _rows(run.execute(query, {PARAMETER[1:]: customer_id}))
                for name, query in self._queries.items()
            }
            lag_days = self._lag_days
        cells, late = (found.pop(name) for name in OF_WEEKS)
        weeks = windows.known_weeks_of(cells, late, as_of, WEEKS, lag_days)
        for rows in found.values():
            rows.sort(key=lambda row: (row["event_time"], row["known_at"]))
        return found | _versions(found.pop("bills", None)) | {"weeks": weeks}

    def warm(self, as_of: datetime) -> None:
        """Do what the first customer would wait for, unless it is done: read no one, once."""
        if self._made_for != self._wanted(as_of):
            self.of(NO_ONE, as_of)

    def _wanted(self, as_of: datetime) -> object:
        return file_identity(Home(self._home).histories / "manifest.json"), as_of

    def _make(self, as_of: datetime) -> None:
        paths, held = last_files(self._home)
        connection = duckdb.connect(config={"threads": 1})
        connection.execute("set parquet_metadata_cache = true")
        self._lag_days = home_settings(self._home, "features", FeatureSettings).usage_lag_days
        self._queries = {
            name: _text(paths[name], as_of) for name in (*OF_WEEKS, *KNOWN) if name in paths
        }
        self._kept = (connection, held)


def _text(path: Path, as_of: datetime) -> str:
    """What is read of the one customer out of a table's file."""
    table = ibis.table(ibis.Schema.from_pyarrow(pq.read_schema(path)), name=TABLE)
    found = table.filter(table.customer_id == ANYONE)
    name = path.stem
    if name == "bills":
        facts = windows.versions(found, FEEDS[name].key)
        is_known = windows.is_known_once(facts, as_of)
        found = facts.filter(facts.known_at < as_of).mutate(**{IS_KNOWN: is_known})
    elif name in KNOWN:
        facts = windows.versions(found, FEEDS[name].key)
        found = facts.filter(windows.is_known_once(facts, as_of))
    place = str(path).replace("'", "''")
    text = str(ibis.to_sql(found, dialect="duckdb")).replace(f"'{ANYONE}'", PARAMETER)
    return text.replace(f'"{TABLE}"', f"read_parquet('{place}')")


def _rows(found: Any) -> Rows:
    names = [column[0] for column in found.description]
    return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def _versions(bills: Rows | None) -> dict[str, Rows]:
    """The bills as known, and all their versions; nothing where none are delivered."""
    if bills is None:
        return {}
    known = [
        {name: own for name, own in row.items() if name != IS_KNOWN}
        for row in bills
        if row[IS_KNOWN]
    ]
    order = ("known_at", "period", "revenue_fen")
    versions = sorted(bills, key=lambda row: [row[name] for name in order])
    return {
        "bills": known,
        "bill_versions": [{name: row[name] for name in order} for row in versions],
    }
