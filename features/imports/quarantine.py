"""Rows that break a feed's contract: quarantined with a reason each, counted and shown.

    <home>/lake/quarantine/<import>-<feed>.parquet    row_number, reason, row (JSON)

`row_number` counts the rows of the feed's query from 1; `row` is the raw row, as the query
gave it, so that nothing is lost. Of a row that no query can have, since it has other fields than
its file's header, it is the number in that file, and `row` says file, line and fields. A refused
import leaves its file too.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from features.disk.atomic import replacing
from features.feeds import Feed
from features.files.prepared import UnevenRow
from features.home import Home
from features.imports.fields.checks import CONFLICT, UNEVEN, hint, literal


@dataclass(frozen=True)
class BadRows:
    """The rows quarantined for one reason; `first` is the first of them, `hint` what to do."""

    reason: str
    rows: int
    first: str
    hint: str

    def __str__(self) -> str:
        rows = "1 row" if self.rows == 1 else f"{self.rows:,} rows"
        return f"{rows}: {self.reason} (first: {self.first}). {self.hint}".rstrip()


def quarantine_file(home: Path, import_id: str, feed: str) -> Path:
    """Where the feed's bad rows of an import are."""
    return Home(home).quarantine / f"{import_id}-{feed}.parquet"


def quarantined(
    connection: Any,
    feed: Feed,
    sources: dict[str, str],
    path: Path,
    uneven: Sequence[UnevenRow],
) -> list[BadRows]:
    """Write the bad rows of `checked` and `not_stored` and the `uneven` ones; return their counts.

    `sources` names the raw column of each of the feed's columns. Writes nothing and returns
    an empty list if no row is bad. The commonest reason comes first.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE bad AS "
        "SELECT row_id + 1 AS row_number, fault AS reason, extract_row AS row FROM checked "
        "WHERE fault IS NOT NULL UNION ALL "
        f"SELECT row_id + 1, {literal(CONFLICT)}, to_json(checked) FROM checked "
        "SEMI JOIN (FROM not_stored WHERE conflict) USING (row_id) ORDER BY 1"
    )
    if uneven:
        rows = [(row.number, UNEVEN, json.dumps(asdict(row), ensure_ascii=False)) for row in uneven]
        connection.executemany("INSERT INTO bad VALUES (?, ?, ?)", rows)
    counts = connection.execute(
        "SELECT reason, count(*), arg_min(row, row_number), min(row_number) FROM bad "
        "GROUP BY reason ORDER BY count(*) DESC, reason"
    ).fetchall()
    if counts:
        with replacing(path) as part:
            connection.execute(f"COPY bad TO {literal(str(part))} (FORMAT parquet)")
    return [
        BadRows(reason, rows, _example(feed, sources, reason, row, number), hint(feed, reason))
        for reason, rows, row, number in counts
    ]


def _example(feed: Feed, sources: dict[str, str], reason: str, row: str, number: int) -> str:
    """The fields that name the row and the one at fault, as they were found."""
    values = json.loads(row)
    if reason == UNEVEN:
        fields = f"{len(values['fields'])} fields, the header {values['expected']}"
        return f"{values['file']}, line {values['line']:,}: {fields}"
    named = dict.fromkeys([*feed.key, reason.split(" ")[0]])
    if reason == CONFLICT or "known_at" in reason:
        named |= dict.fromkeys(["event_time", "known_at"])
    found = {name: sources.get(name, name) for name in named}
    shown = {name: raw if raw in values else name for name, raw in found.items()}
    texts = [f"{raw} {_shown(values[raw])}" for raw in shown.values() if raw in values]
    return ", ".join([f"row {number}", *texts])


def _shown(value: Any) -> str:
    return "missing" if value is None else repr(value) if value == "" else str(value)
