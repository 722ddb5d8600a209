"""Rows as the columns read them: numbers as numbers, dates as days, categories as texts.

The one way from raw values to the model's, for training, files, requests and MLflow alike.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.errors import TableRefused
from training.metrics import Floats
from training.tables.columns import DATE, NUMBER, YES_NO, Column
from training.tables.texts import ISO, Flags, Texts, dates, numbers, text_of, texts

SHOWN = 3
A_MOMENT = dt.datetime(2025, 1, 31, 18, 30)


def prepare(rows: pd.DataFrame, columns: Sequence[Column]) -> pd.DataFrame:
    """The read columns of `rows`: float64 with NaN, or texts where missing is "".

    Raises TableRefused where a column is absent, or naming the rows (from 0) and columns of
    values that are not what the column holds.
    """
    check_columns([str(name) for name in rows.columns], columns, others_allowed=True)
    found: dict[str, Any] = {}
    problems = []
    for column in columns:
        if not column.is_read:
            continue
        values = rows[column.name]
        if column.is_category:
            own = texts(values)
            found[column.name] = _words(own, column) if column.kind == YES_NO else own
            continue
        found[column.name], bad = _numbers(values, column)
        problems += [
            {"row": int(place), "column": column.name, "value": text_of(values.iloc[place])[:40]}
            for place in np.flatnonzero(bad)
        ]
    if problems:
        _refuse(problems, columns)
    return pd.DataFrame(found)


def check_columns(names: Iterable[str], columns: Sequence[Column], *, others_allowed: bool) -> None:
    """Raises TableRefused with the difference where the model's columns are not those at hand.

    Columns that training saw and does not read may be there or not.
    """
    there = set(names)
    missing = [column.name for column in columns if column.is_read and column.name not in there]
    known = {column.name for column in columns}
    unknown = [] if others_allowed else sorted(there - known)
    parts = [
        f"{label}: {', '.join(found)}"
        for label, found in (("missing", missing), ("not in the model", unknown))
        if found
    ]
    if parts:
        raise TableRefused(
            f"the columns are not those of the model ({'; '.join(parts)}). Give every column that "
            f"it reads, by the name it was trained with; a value may be empty.",
            missing=missing,
            unknown=unknown,
        )


def _numbers(values: pd.Series, column: Column) -> tuple[Floats, Flags]:
    if column.kind == NUMBER:
        return numbers(values, column.style, column.missing)
    return dates(values, column.form, pd.Timestamp(column.origin), column.missing)


def _words(own: Texts, column: Column) -> Texts:
    """The texts of a yes/no in small letters, true and false as the column's own words.

    So TRUE in a file, true in Parquet and true in JSON are one.
    """
    said = {"false": column.no, "true": column.yes}
    small = {text: text.lower() for text in set(own)}
    words = {text: said.get(low, low) for text, low in small.items()}
    return np.array([words[text] for text in own], dtype=object)


def _refuse(problems: list[dict[str, Any]], columns: Sequence[Column]) -> None:
    kinds = {column.name: column for column in columns}
    first = problems[0]
    column = kinds[first["column"]]
    expected = f"a date like {_written(column.form)}" if column.kind == DATE else "a number"
    more = f" ({len(problems) - 1:,} more)" if len(problems) > 1 else ""
    raise TableRefused(
        f"row {first['row']} (counted from 0), column {first['column']}: {first['value']!r} is not "
        f"{expected}, as it was in training{more}. Correct the values or leave them empty.",
        problems=problems[:SHOWN],
    )


def _written(form: str) -> str:
    """A moment as dates of this form are written."""
    return A_MOMENT.isoformat() if form == ISO else A_MOMENT.strftime(form)
