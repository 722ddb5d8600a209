"""A table of a list as a file: CSV for programs, XLSX for people, written part by part.

Memory holds one part, however many there are. Numbers are numbers, and ids are texts, in XLSX with
every digit and leading zero. XlsxWriter makes the workbook: its styles, its header and the sheet
that says what the columns mean. The rows go past it into the same file, as the XML that it would
write: cell by cell a million rows of 20 columns take it a minute and a half, so they take seconds.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import IO

import pyarrow as pa
import xlsxwriter

from features.errors import OutputError
from features.words import say
from serving.retention.export.cells import (
    SheetColumn,
    content,
    csv_lines,
    header_line,
    letters,
    sheet_rows,
)

ENDINGS = (".csv", ".xlsx")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # spreadsheets need it for Chinese
ROWS_AT_ONCE = 10_000
LEVEL = 4  # of compression: a tenth larger than with the usual 6, in half the time
XLSX_ROWS = 1_048_576  # of a sheet, the header among them
SHEETS = ("table_sheet", "legend_sheet")
THE_TABLE = "xl/worksheets/sheet1.xml"
WIDTHS = {"text": 14, "number": 16, "sentence": 60}


@dataclass(frozen=True)
class Sheet:
    """A table and what is said of it: rows in order, the columns' meanings, facts about it all.

    `parts`: record batches with a column of texts or numbers for each of `columns`, read once;
    `count`: how many rows they have in all. A cell that is null, NaN or without text is empty.
    """

    columns: Sequence[SheetColumn]
    parts: Iterable[pa.RecordBatch]
    count: int
    legend: Mapping[str, str]
    about: Mapping[str, str]


def write_sheet(path: Path, ending: str, sheet: Sheet, language: str, made_at: datetime) -> None:
    """Write the sheet to `path` as `ending` says, one of `ENDINGS`.

    Raises OutputError where it has more rows than an XLSX file holds, or another count than it
    says.
    """
    if ending.lower() == ".csv":
        with path.open("wb") as file:
            file.write(BYTE_ORDER_MARK + header_line(sheet.columns))
            for part in _parts(sheet):
                file.write(content(csv_lines(part, sheet.columns)))
    elif sheet.count < XLSX_ROWS:
        _write_xlsx(path, sheet, language, made_at)
    else:
        raise OutputError(
            f"{sheet.count:,} rows; an XLSX sheet holds {XLSX_ROWS - 1:,}. Write a .csv."
        )


def _parts(sheet: Sheet) -> Iterator[pa.RecordBatch]:
    """The rows, a few thousand at once. Raises OutputError where they are not as many as said."""
    count = 0
    for part in sheet.parts:
        count += part.num_rows
        if count > sheet.count:
            break
        for start in range(0, part.num_rows, ROWS_AT_ONCE):
            yield part.slice(start, ROWS_AT_ONCE)
    if count != sheet.count:
        raise OutputError(
            f"the list has {sheet.count:,} rows, and {count:,} or more came to be written. What it "
            f"is read from was changed meanwhile; run again."
        )


def _write_xlsx(path: Path, sheet: Sheet, language: str, made_at: datetime) -> None:
    """XlsxWriter's book of no rows, with the rows put into its first sheet."""
    book = zipfile.ZipFile(_book(sheet, language, made_at))
    before, styles, after = _around_the_rows(book.read(THE_TABLE).decode(), sheet)
    rows = _rows(sheet, styles)
    first = list(islice(rows, 1))
    # What may pass 2 GB needs another header in the file, which old programs cannot read.
    parts = max(1, sheet.count / ROWS_AT_ONCE)
    is_huge = sum(map(len, first)) * parts > zipfile.ZIP64_LIMIT / 2
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as target:
        for part in book.infolist():
            with target.open(part.filename, "w", force_zip64=is_huge) as file:
                if part.filename != THE_TABLE:
                    file.write(book.read(part))
                    continue
                file.write(before)
                for row in chain(first, rows):
                    file.write(row)
                file.write(after)


def _rows(sheet: Sheet, styles: Sequence[str]) -> Iterator[memoryview]:
    line = 2
    for part in _parts(sheet):
        yield content(sheet_rows(part, sheet.columns, styles, line))
        line += part.num_rows


def _around_the_rows(table: str, sheet: Sheet) -> tuple[bytes, list[str], bytes]:
    """The sheet's XML before its rows, the attribute of style of each column, the XML after them.

    The book's one row shows the styles, and goes.
    """
    size = f'<dimension ref="A1:{letters(len(sheet.columns) - 1)}{sheet.count + 1}"/>'
    table = re.sub(r"<dimension [^>]*/>", size, table, count=1)
    before, row, after = re.split(r'(<row r="2".*?</row>)', table, maxsplit=1)
    styles = dict(re.findall(r'<c r="([A-Z]+)2"( s="\d+")?', row))
    names = map(letters, range(len(sheet.columns)))
    return before.encode(), [styles[name] for name in names], after.encode()


def _book(sheet: Sheet, language: str, made_at: datetime) -> IO[bytes]:
    """A book of two sheets: the table, header frozen, with one row of zeros; and the legend."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
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
        for place, number in enumerate(formats):
            table.write_number(1, place, 0, number)
        legend.set_column(0, 0, 24)
        legend.set_column(1, 1, 100)
        for line, (name, meaning) in enumerate(_lines(sheet)):
            legend.write_string(line, 0, name, bold)
            legend.write_string(line, 1, meaning, wrapped)
    return file


def _lines(sheet: Sheet) -> Iterator[tuple[str, str]]:
    yield from sheet.legend.items()
    yield "", ""
    yield from sheet.about.items()


def _width(column: SheetColumn) -> int:
    if column.digits is not None:
        return WIDTHS["number"]
    return WIDTHS["sentence" if column.is_sentence else "text"]
