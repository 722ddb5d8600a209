"""A table of a list as a file: CSV for programs, XLSX for people.

A text that a spreadsheet would take for a formula is never one: in XLSX it is stored as text, in
CSV an apostrophe stands before it, as spreadsheets write it themselves. Numbers are numbers, and
ids are texts, in XLSX with every digit and leading zero.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from features.disk.outputs import FORMULA_STARTS
from features.errors import OutputError
from features.words import say

ENDINGS = (".csv", ".xlsx")
XLSX_ROWS = 1_048_576  # of a sheet, the header among them
SHEETS = ("table_sheet", "legend_sheet")
WIDTHS = {"text": 14, "number": 16, "sentence": 60}
Cell = str | float | None


@dataclass(frozen=True)
class SheetColumn:
    """One column: its name, and how many digits stand behind the point; None of a text."""

    name: str
    digits: int | None = None
    is_sentence: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table and what is said of it: rows in order, the columns' meanings, facts about it all.

    A cell that is None or NaN is empty.
    """

    columns: Sequence[SheetColumn]
    rows: Sequence[Sequence[Cell]]
    legend: Mapping[str, str]
    about: Mapping[str, str]


def write_sheet(path: Path, ending: str, sheet: Sheet, language: str, made_at: datetime) -> None:
    """Write the sheet to `path` as `ending` says, one of `ENDINGS`.

    Raises OutputError where it has more rows than an XLSX file holds.
    """
    if ending.lower() == ".csv":
        path.write_bytes(_csv(sheet))
    elif len(sheet.rows) < XLSX_ROWS:
        _write_xlsx(path, sheet, language, made_at)
    else:
        raise OutputError(
            f"{len(sheet.rows):,} rows; an XLSX sheet holds {XLSX_ROWS - 1:,}. Write a .csv."
        )


def _csv(sheet: Sheet) -> bytes:
    """The table in UTF-8 with a byte order mark, which spreadsheets need for Chinese."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow([column.name for column in sheet.columns])
    for row in sheet.rows:
        writer.writerow(
            [_as_text(cell, column) for column, cell in zip(sheet.columns, row, strict=True)]
        )
    return buffer.getvalue().encode("utf-8-sig")


def _as_text(cell: Cell, column: SheetColumn) -> str:
    if _is_empty(cell):
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
    return f"{cell:.{column.digits}f}"


def _write_xlsx(path: Path, sheet: Sheet, language: str, made_at: datetime) -> None:
    """The table on the first sheet, header frozen; the legend on the second."""
    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(path, options) as book:
        book.set_properties({"created": made_at})
        bold = book.add_format({"bold": True})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        names = (say("list", name, language) for name in SHEETS)
        table, legend = (book.add_worksheet(name) for name in names)
        table.freeze_panes(1, 0)
        formats = []
        for place, column in enumerate(sheet.columns):
            number = None if not column.digits else book.add_format()
            if number is not None:
                number.set_num_format(f"0.{'0' * (column.digits or 0)}")
            formats.append(number)
            table.set_column(place, place, _width(column), number)
            table.write_string(0, place, column.name, bold)
        for line, row in enumerate(sheet.rows, start=1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    table.write_string(line, place, cell)
                elif not _is_empty(cell):
                    table.write_number(line, place, cell, formats[place])
        legend.set_column(0, 0, 24)
        legend.set_column(1, 1, 100)
        for line, (name, meaning) in enumerate(_lines(sheet)):
            legend.write_string(line, 0, name, bold)
            legend.write_string(line, 1, meaning, wrapped)


def _lines(sheet: Sheet) -> Iterator[tuple[str, str]]:
    yield from sheet.legend.items()
    yield "", ""
    yield from sheet.about.items()


def _width(column: SheetColumn) -> int:
    if column.digits is not None:
        return WIDTHS["number"]
    return WIDTHS["sentence" if column.is_sentence else "text"]


def _is_empty(cell: Cell) -> bool:
    return cell is None or cell == "" or (isinstance(cell, float) and not math.isfinite(cell))
