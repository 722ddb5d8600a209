"""Rows as the columns read them: numbers as numbers, dates as days, categories as texts.

The one way from raw values to the model's, for training, files, requests and MLflow alike.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from features.errors import TableRefused
from training.columns import CATEGORY, DATE, NUMBER, YES_NO, TableColumn
from training.encoding import Maps
from training.forms.clocks import CLOCK
from training.forms.date_forms import EPOCHS, ISO
from training.forms.days import dates
from training.forms.numerals import numbers
from training.forms.texts import MISSING, Flags, Texts, no_texts, text_of, texts
from training.forms.words import truth_of

MAX_LISTED = 3
MAX_LISTED_NAMES = 10
MAX_LISTED_LENGTH = 64
A_MOMENT = dt.datetime(2025, 1, 31, 18, 30)


def prepare(rows: pd.DataFrame, columns: Sequence[TableColumn]) -> pd.DataFrame:
    """The read columns of `rows`: float64 with NaN, or texts where missing is "".

    Raises TableRefused where a column is absent, or naming the rows (from 0) and columns of
    values that the column cannot hold. A level that training never saw is held (`unknown_levels`).
    """
    check_columns([str(name) for name in rows.columns], columns, others_allowed=True)
    found: dict[str, Any] = {}
    problems = []
    for column in columns:
        if not column.is_read:
            continue
        values = rows[column.name]
        found[column.name], bad = _read(values, column)
        problems += [
            {"row": int(place), "column": column.name, "value": _written_as(values.iloc[place])}
            for place in np.flatnonzero(bad)
        ]
    if problems:
        _refuse(problems, columns)
    return pd.DataFrame(found)


def check_columns(
    names: Iterable[str], columns: Sequence[TableColumn], *, others_allowed: bool
) -> None:
    """Raises TableRefused with the difference where the model's columns are not those at hand.

    Columns that training saw and does not read may be there or not.
    """
    there = set(names)
    missing = [column.name for column in columns if column.is_read and column.name not in there]
    known = {column.name for column in columns}
    unknown = [] if others_allowed else _shortened(sorted(there - known))
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


def _shortened(names: Sequence[str]) -> list[str]:
    """The first names, cut off where they are long, and how many more there are."""
    more = len(names) - MAX_LISTED_NAMES
    shown = [name[:MAX_LISTED_LENGTH] for name in names[:MAX_LISTED_NAMES]]
    return [*shown, f"and {more:,} more"] if more > 0 else shown


def unknown_levels(
    prepared: pd.DataFrame, columns: Sequence[TableColumn], maps: Maps
) -> dict[str, Counter[str]]:
    """By column the levels that the model has no number for, each with its rows.

    Training never saw them, or in fewer than 3 rows; they have the risk of rare levels. A missing
    value is not among them.
    """
    found = {}
    for column in columns:
        if column.is_read and column.kind == CATEGORY:
            counts = Counter(prepared[column.name].tolist())
            own = {level: rows for level, rows in counts.items() if level not in maps[column.name]}
            own.pop(MISSING, None)
            if own:
                found[column.name] = Counter(own)
    return found


def _read(values: pd.Series, column: TableColumn) -> tuple[Any, Flags]:
    """The values as the model reads them, and which of them the column cannot hold."""
    if column.kind == NUMBER:
        return numbers(
            values,
            column.style,
            column.missing,
            column.unit,
            whole=column.whole,
            comma=column.comma,
            truths=bool(column.yes),
        )
    if column.kind == DATE:
        return dates(values, column.form, pd.Timestamp(column.origin), column.missing)
    own = texts(values)
    return _truths(own, column) if column.kind == YES_NO else (own, no_texts(values))


def _truths(own: Texts, column: TableColumn) -> tuple[Texts, Flags]:
    """The words of a yes/no as the column's own two; missing as ""."""
    words: dict[str, str | None] = {MISSING: MISSING}
    for text in set(own) - {MISSING}:
        truth = truth_of(text)
        words[text] = None if truth is None else column.yes if truth else column.no
    read = np.array([words[text] for text in own], dtype=object)
    return read, np.array([word is None for word in read], dtype=bool)


def _written_as(value: Any) -> str:
    return value.strip()[:40] if isinstance(value, str) else text_of(value)[:40]


def _refuse(problems: list[dict[str, Any]], columns: Sequence[TableColumn]) -> None:
    kinds = {column.name: column for column in columns}
    first = problems[0]
    column = kinds[first["column"]]
    more = f" ({len(problems) - 1:,} more)" if len(problems) > 1 else ""
    raise TableRefused(
        f"row {first['row']} (counted from 0), column {first['column']}: {first['value']!r} is not "
        f"{_expected(column)}, as it was in training{more}. Correct the values or leave them "
        f"empty.",
        problems=problems[:MAX_LISTED],
    )


def _expected(column: TableColumn) -> str:
    """What the column holds, in words, with an example of its form."""
    if column.kind == YES_NO:
        return f"yes or no (such as {column.yes!r} and {column.no!r})"
    if column.kind == CATEGORY:
        return "one value: lists, records and bytes are not"
    if column.kind == DATE:
        return f"a date like {_written(column.form)}"
    if column.whole:
        return "a whole number (points group thousands)"
    written = {"grouped": " like 1,234.5", "comma": " like 1.234,5", CLOCK: " like 10:30:15"}
    if column.comma:
        return "a number like 1.234,5 (typed, with three decimals, it may be thousands: give text)"
    unit = f" in {column.unit}" if column.unit else ""
    return f"a number{written.get(column.style, '')}{unit}"


def _written(form: str) -> str:
    """A moment as dates of this form are written."""
    if form in EPOCHS:
        return f"{A_MOMENT.replace(tzinfo=dt.UTC).timestamp() * EPOCHS[form]:.0f}"
    return A_MOMENT.isoformat() if form == ISO else A_MOMENT.strftime(form)
