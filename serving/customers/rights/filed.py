"""What the files of a home hold about one customer, for their copy."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from features.errors import UnknownCustomers
from features.home import Home
from features.imports.erasure import rows_naming
from features.imports.erasure.erased import PERSONS
from features.imports.fields.checks import literal, quoted
from features.lake import part_paths, read_manifest
from serving.customers.rights.traces import PREPARED, files_naming
from serving.scores.latest import Latest

Held = dict[str, Any]


def facts(home: Path, customer_id: str) -> dict[str, list[Held]]:
    """Each fact of each feed, with both its clocks and the part that holds it."""
    found: dict[str, list[Held]] = {}
    for name, stored in read_manifest(home).items():
        named = [column for column in PERSONS if column in stored.columns]
        if named:
            own = " OR ".join(f"{quoted(column)} = {literal(customer_id)}" for column in named)
            files = [str(path) for path in part_paths(home, stored)]
            found[name] = [
                row | {"part": Path(row.pop("filename")).name}
                for row in _read(files, f"{own} ORDER BY event_time, known_at")
            ]
    return {name: facts for name, facts in found.items() if facts}


def scores(home: Path, customer_id: str) -> list[Held]:
    """Every kept score, by night."""
    return _kept(Home(home).scores, customer_id)


def standing(home: Path, customer_id: str) -> list[Held]:
    """Every kept change of their RFM, credit rating and points, with what it was computed from."""
    return _kept(Home(home).standing, customer_id)


def _kept(folder: Path, customer_id: str) -> list[Held]:
    files = sorted(folder.glob("*.parquet"))
    own = f"customer_id = {literal(customer_id)}"
    return [
        {"file": Path(row.pop("filename")).name} | row
        for path in files
        for row in _read([str(path)], own)
    ]


def latest(home: Path, customer_id: str) -> Held | None:
    """Last night's row."""
    if not Home(home).latest.is_file():
        return None
    latest = Latest(home)
    try:
        rows = latest.rows([customer_id])
        names = latest.night.features
        values = {
            name: float(value)
            for name, value in zip(names, rows.numbers[0], strict=True)
            if value == value  # not NaN
        }
        return {"as_of": latest.night.as_of} | values | rows.categories[0]
    except UnknownCustomers:
        return None
    finally:
        latest.close()


def counter(home: Path, customer_id: str) -> Held | None:
    """What the counter reads of them: bills, use, contract."""
    path = Home(home).counter
    if not path.is_file():
        return None
    query = f"select * from {PREPARED['counter']} where customer_id = ?"
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        row = connection.execute(query, (customer_id,)).fetchone()
    if row is None:
        return None
    values: Held = dict(row)
    content: Held = json.loads(values.pop("content"))
    return values | content


def others(home: Path, customer_id: str) -> Iterator[Held]:
    """Every further file that names them, with the rows that do; null where it has none to read.

    The histories' rows are computed from the facts, and not repeated.
    """
    own = Home(home)
    shown = [own.feeds, own.scores, own.standing, *(getattr(own, name) for name in PREPARED)]
    for path in files_naming(home, customer_id):
        is_database = path.parent == home and path.name.startswith(own.operational.name)
        if not is_database and not any(path.is_relative_to(one) for one in shown):
            rows = None if path.is_relative_to(own.histories) else _rows(path, customer_id)
            yield {"file": path.relative_to(home).as_posix(), "rows": rows}


def _rows(path: Path, customer_id: str) -> list[Held] | None:
    if path.suffix == ".parquet":
        return [_plain_row(row) for row in rows_naming(path, customer_id)]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as text:
            return [row for row in csv.DictReader(text) if customer_id in row.values()]
    return None


def _read(files: list[str], where: str) -> list[Held]:
    names = ", ".join(literal(file) for file in files)
    query = f"SELECT * FROM read_parquet([{names}], filename = true) WHERE {where}"
    with duckdb.connect() as connection:
        found = connection.execute(query)
        columns = [column[0] for column in found.description or ()]
        return [_plain_row(dict(zip(columns, row, strict=True))) for row in found.fetchall()]


def _plain_row(row: Held) -> Held:
    return {name: plain(value) for name, value in row.items()}


def plain(value: Any) -> Any:
    """The value as JSON has it."""
    return value.isoformat() if isinstance(value, date) else value
