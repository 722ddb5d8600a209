"""Delimited text (CSV) and JSON as columns of text.

What the text is, `features.files` finds out. Here nothing is guessed: a row with more or fewer
fields than the header, two columns of one name, or a count of rows that is not the file's own,
refuse it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from features.errors import TableRefused
from features.files.counting import json_values
from features.files.prepared import Prepared, check_even, recount
from features.files.text.layouts import Layout

MAX_LISTED = 5


def text_columns(path: Path, ready: Prepared) -> pd.DataFrame:
    """The rows of a delimited text, missing as "". Raises TableRefused."""
    layout = ready.layout
    assert layout is not None
    if len(layout.names) == 1:
        raise TableRefused(
            f"{path} has one column only; expected the target and at least one more, between "
            f"comma, semicolon, tab or bar"
        )
    found = _parsed(path, ready, layout)
    names = column_names(path, [column[0].as_py().strip() for column in found.columns])
    rows: pd.DataFrame = found.slice(1).rename_columns(names).to_pandas()
    if len(rows) != ready.rows and len(rows) != recount(ready):
        raise TableRefused(
            f"{path}: the file has {recount(ready):,} rows, and {len(rows):,} of them can be read. "
            f"No row may be lost: look for quotes that stand within a value."
        )
    return rows


def json_columns(path: Path, ready: Prepared) -> pd.DataFrame:
    """The records of a JSON file, a value as the text it has there; missing as "".

    Raises TableRefused.
    """
    decoder = json.JSONDecoder(
        parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once
    )
    records = list(json_values(ready.path, ready.name, decoder))
    if any(not isinstance(record, dict) for record in records):
        raise TableRefused(f'{path}: expected records such as {{"months": 7, "city": "Köln"}}')
    names = list(dict.fromkeys(name for record in records for name in record))
    nested = [name for name in names if any(_is_nested(one.get(name)) for one in records)]
    if nested:
        raise TableRefused(
            f"{path}: {', '.join(nested[:MAX_LISTED])} hold lists or records; "
            f"expected one value a row",
            columns=nested,
        )
    values = {name: [_text(record.get(name)) for record in records] for name in names}
    return pd.DataFrame(values, dtype="str", columns=column_names(path, names))


def column_names(path: Path, names: Sequence[str]) -> list[str]:
    """The columns' names; one without a name is called by its place. Raises TableRefused."""
    named = [name or f"unnamed_{place}" for place, name in enumerate(names, 1)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise TableRefused(
            f"{path}: {', '.join(twice[:MAX_LISTED])} stands in the header more than once. "
            f"Give each column its own name.",
            columns=twice,
        )
    return named


def _parsed(path: Path, ready: Prepared, layout: Layout) -> pa.Table:
    """An Arrow table of text, its header still the first row."""
    dialect, places = layout.dialect, [f"f{place}" for place in range(len(layout.names))]
    try:
        return pa.csv.read_csv(
            ready.path,
            read_options=pa.csv.ReadOptions(autogenerate_column_names=True),
            parse_options=pa.csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote or False,
                double_quote=dialect.escape == dialect.quote,
                escape_char=False if dialect.escape in (dialect.quote, "") else dialect.escape,
                newlines_in_values=True,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        check_even(ready)
        raise TableRefused(f"{path} is not CSV that can be read: {error}") from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A record, whose names must differ."""
    record = dict(pairs)
    if len(record) < len(pairs):
        names = Counter(name for name, _ in pairs)
        twice = [name for name, count in names.items() if count > 1]
        raise TableRefused(f"{', '.join(twice[:MAX_LISTED])} is in a record more than once")
    return record


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
