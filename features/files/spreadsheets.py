"""A sheet of a workbook (.xlsx, .xlsb, .xls, .ods) as plain text, a value a field.

Numbers keep the digits that a workbook stores, dates are written 2025-01-31 or
2025-01-31T08:30:00, yes and no as true and false.
"""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from features.errors import FileRefused


def written_as_text(path: Path, name: str, target: Path, sheet: str | None) -> Path:
    """Write the sheet as CSV in UTF-8 to `target`. Raises FileRefused.

    Without `sheet` the workbook must have one sheet that holds anything.
    """
    try:
        book = CalamineWorkbook.from_path(str(path))
        rows = _rows(book, name, sheet)
    except CalamineError as error:
        raise FileRefused(
            f"{name} is not a workbook that can be read: {error}. It is damaged, or protected by a "
            f"password: save it again without one."
        ) from error
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([_text(value) for value in row] for row in rows)
    return target


def _rows(book: CalamineWorkbook, name: str, sheet: str | None) -> list[list[Any]]:
    """The rows of the one sheet that is meant, but for those that hold nothing."""
    if sheet is not None:
        if sheet not in book.sheet_names:
            raise FileRefused(f"{name} has no sheet {sheet!r}; it has {_list(book.sheet_names)}")
        return _filled(book, sheet)
    filled = {one: rows for one in book.sheet_names if (rows := _filled(book, one))}
    if not filled:
        raise FileRefused(f"{name} is empty; expected at least its column names")
    if len(filled) > 1:
        raise FileRefused(
            f"{name} has {len(filled)} sheets with content ({_list(filled)}); expected one. Save "
            f"the sheet to be read as a workbook or a CSV of its own."
        )
    return next(iter(filled.values()))


def _filled(book: CalamineWorkbook, sheet: str) -> list[list[Any]]:
    rows = book.get_sheet_by_name(sheet).to_python()
    return [row for row in rows if any(value != "" for value in row)]


def _list(names: Any) -> str:
    return ", ".join(list(names)[:10])


def _text(value: Any) -> str:
    """The value as it would stand in a CSV."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value)
