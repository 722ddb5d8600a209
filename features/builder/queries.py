"""Queries of the builder that are compiled once and kept in the home.

    <home>/lake/queries/<inputs>.json     the template of one query, under a hash of what made it

Ibis compiles the matrix for seconds, DuckDB answers it on a small base in less. The name covers the
program's own files, the library that writes the SQL, the tables and their columns, the features and
the settings; the content is checked against its own hash. What is absent, damaged or of another
program is compiled again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa
from ibis.expr.operations import DatabaseTable
from ibis.expr.types import Table

from features.builder.templates import MAX_MOMENTS, Query, Template, stand_ins
from features.disk.atomic import remove, replace_json
from features.engine.store import Histories
from features.errors import OutputError
from features.program import program_hash

MAX_KEPT = 64  # files in the folder; the oldest go first
Make = Callable[[Histories, Sequence[datetime]], Table]


def rows_at(histories: Histories, moments: Sequence[datetime], make: Make) -> pa.Table:
    """What `make` finds at these moments, in its order: `query`, run."""
    return run(histories, query(histories, moments, make))


def run(histories: Histories, found: Query) -> pa.Table:
    """The rows of a query over these histories."""
    connection = histories.connection.con
    for name, table in found.tables.items():
        connection.register(name, table)
    return connection.sql(found.text).to_arrow_table()


def query(histories: Histories, moments: Sequence[datetime], make: Make) -> Query:
    """The query of `make(histories, moments)`, compiled only where none is kept.

    `make` is a function of a module in `features`: the kept query goes by its name.
    """
    ordered = sorted(set(moments))
    if len(ordered) > MAX_MOMENTS:
        raise ValueError(f"{len(ordered)} moments in one query; at most {MAX_MOMENTS}")

    def compiled(others: dict[str, pa.Table] | None = None) -> Template:
        return Template.of(make(histories, stand_ins(len(ordered))), len(ordered), others)

    folder = histories.queries
    if folder is None or not _from_files(histories):
        others: dict[str, pa.Table] = {}
        found = compiled(others).at(ordered, histories.lag_days)
        return replace(found, tables=found.tables | others)
    path = folder / f"{_inputs(histories, make, len(ordered))}.json"
    template = _kept(path)
    if template is None:
        template = compiled()
        _keep(path, template)
    return template.at(ordered, histories.lag_days)


def program() -> str:
    """The features' own files, and the version of the library that writes the SQL."""
    return f"{program_hash('features')} {ibis.__version__}"


def _from_files(histories: Histories) -> bool:
    """Whether each table is a stored one, whose name and columns say all that the SQL needs."""
    return all(isinstance(table.op(), DatabaseTable) for table in histories.tables.values())


def _inputs(histories: Histories, make: Make, moments: int) -> str:
    tables = {
        name: [table.get_name(), str(table.schema())] for name, table in histories.tables.items()
    }
    names = [own.name for own in histories.features]
    name = f"{make.__module__}.{make.__qualname__}"
    settings = repr(histories.settings)
    made = [program(), name, moments, sorted(tables.items()), names, settings]
    return hashlib.sha256(json.dumps(made).encode()).hexdigest()[:32]


def _kept(path: Path) -> Template | None:
    try:
        found = json.loads(path.read_text("utf-8"))
        text: str = found["template"]
        whole = found["sha256"] == _hash(text)
        return Template.from_json(text) if whole else None
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _keep(path: Path, template: Template) -> None:
    """Write the template; a home that may only be read, or a full disk, goes without."""
    text = template.as_json()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_json(path, {"sha256": _hash(text), "template": text})
        older = sorted(path.parent.glob("*.json"), key=lambda own: own.stat().st_mtime)
        for own in older[:-MAX_KEPT]:
            remove(own)
    except (OSError, OutputError):
        return


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
