"""A list as a file that programs and spreadsheets read back as it was written."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from features.disk.outputs import FORMULA_STARTS
from features.errors import OutputError
from serving.retention.export import sheets
from serving.retention.export.cells import SheetColumn
from serving.retention.export.sheets import Sheet, write_sheet

Cell = str | float | None
NOW = datetime(2026, 3, 2, 6, 30)
COLUMNS = (
    SheetColumn("rank", 0),
    SheetColumn("customer_id"),
    SheetColumn("churn_risk", 4),
    SheetColumn("sign_1"),
)
ROWS: list[list[Cell]] = [
    [1, "00123", 0.34651, "近4周掉话22次"],
    [2, "=1+1", None, "-5"],
    [3, "12345678901234567890", math.nan, None],
]


def sheet(rows: list[list[Cell]]) -> Sheet:
    columns = zip(*rows, strict=True)
    types = (pa.string() if own.digits is None else pa.float64() for own in COLUMNS)
    arrays = [pa.array(own, kind) for own, kind in zip(columns, types, strict=True)]
    part = pa.record_batch(arrays, [own.name for own in COLUMNS])
    return Sheet(COLUMNS, [part], len(rows), {"rank": "名次"}, {"as_of": "2026-03-02"})


def written(path: Path, rows: list[list[Cell]], language: str = "en") -> Path:
    write_sheet(path, path.suffix, sheet(rows), language, NOW)
    return path


def csv_rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_a_spreadsheet_has_texts_as_texts_and_numbers_as_numbers(tmp_path: Path) -> None:
    book = CalamineWorkbook.from_path(written(tmp_path / "list.xlsx", ROWS))
    assert book.sheet_names == ["list", "legend"]
    assert book.get_sheet_by_name("list").to_python() == [
        ["rank", "customer_id", "churn_risk", "sign_1"],
        [1.0, "00123", 0.34651, "近4周掉话22次"],
        [2.0, "=1+1", "", "-5"],
        [3.0, "12345678901234567890", "", ""],
    ]
    assert book.get_sheet_by_name("legend").to_python() == [
        ["rank", "名次"], ["", ""], ["as_of", "2026-03-02"],
    ]  # fmt: skip


def test_a_spreadsheets_header_stays_in_sight(tmp_path: Path) -> None:
    with zipfile.ZipFile(written(tmp_path / "名单.xlsx", ROWS, "zh")) as parts:
        table = parts.read("xl/worksheets/sheet1.xml").decode()
        assert '<sheet name="名单"' in parts.read("xl/workbook.xml").decode()
    assert 'ySplit="1"' in table
    assert 'state="frozen"' in table


def test_a_csv_has_rounded_numbers_and_no_formula(tmp_path: Path) -> None:
    assert csv_rows(written(tmp_path / "list.csv", ROWS)) == [
        ["rank", "customer_id", "churn_risk", "sign_1"],
        ["1", "00123", "0.3465", "近4周掉话22次"],
        ["2", "'=1+1", "", "'-5"],
        ["3", "12345678901234567890", "", ""],
    ]


@given(
    start=st.sampled_from(["", *FORMULA_STARTS]),
    rest=st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_becomes_a_formula(tmp_path: Path, start: str, rest: str) -> None:
    text = start + rest
    rows: list[list[Cell]] = [[1, text, -0.5, text]]
    (_, (_, own, number, again)) = csv_rows(written(tmp_path / "list.csv", rows))
    assert own == again
    assert not own.startswith(FORMULA_STARTS)
    assert own.removeprefix("'") == text.removeprefix("'")
    assert number == "-0.5000"
    path = written(tmp_path / "list.xlsx", rows)
    with zipfile.ZipFile(path) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
    if text.isprintable() and text.strip():
        (_, row) = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
        assert row == [1.0, text, -0.5, text]


def test_more_rows_than_a_spreadsheet_holds_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "XLSX_ROWS", 3)
    with pytest.raises(OutputError, match=r"3 rows; an XLSX sheet holds 2\. Write a \.csv\."):
        written(tmp_path / "list.xlsx", ROWS)
    assert len(csv_rows(written(tmp_path / "list.csv", ROWS))) == 4


def test_a_list_without_rows_has_a_header(tmp_path: Path) -> None:
    empty = replace(sheet(ROWS), parts=[], count=0)
    for ending in (".csv", ".xlsx"):
        write_sheet(tmp_path / f"list{ending}", ending, empty, "en", NOW)
    head = [column.name for column in COLUMNS]
    assert csv_rows(tmp_path / "list.csv") == [head]
    book = CalamineWorkbook.from_path(tmp_path / "list.xlsx")
    assert book.get_sheet_by_name("list").to_python() == [head]


@pytest.mark.parametrize("limit", [None, 1_000_000])
def test_many_parts_of_any_size_are_one_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int | None
) -> None:
    """`limit`: of the plain form of a zip archive, beyond which another is needed."""
    if limit is not None:
        monkeypatch.setattr(zipfile, "ZIP64_LIMIT", limit)
    count, parts = 23_000, list[pa.RecordBatch]()
    (one,) = sheet([[0, "00123", 0.5, "近4周掉话22次"]]).parts
    for start in range(0, count, 11_500):
        lines = pa.array([float(line) for line in range(start, start + 11_500)])
        same = one.take(pa.array([0] * 11_500))
        parts.append(same.set_column(0, "rank", lines))
    write_sheet(
        tmp_path / "list.xlsx", ".xlsx", replace(sheet(ROWS), parts=parts, count=count), "en", NOW
    )
    book = CalamineWorkbook.from_path(tmp_path / "list.xlsx")
    rows = book.get_sheet_by_name("list").to_python()
    assert rows[1:] == [[float(line), "00123", 0.5, "近4周掉话22次"] for line in range(count)]


def test_numbers_are_shown_with_their_digits(tmp_path: Path) -> None:
    """Each cell has the style of its column: XlsxWriter's, which says how many digits."""
    with zipfile.ZipFile(written(tmp_path / "list.xlsx", ROWS)) as parts:
        table = parts.read("xl/worksheets/sheet1.xml").decode()
        styles = parts.read("xl/styles.xml").decode()
    (style,) = re.findall(r'<c r="C2" s="(\d+)"><v>0.34651</v>', table)
    formats = re.findall(r'<xf numFmtId="(\d+)"', styles.partition("<cellXfs")[2])
    assert f'<numFmt numFmtId="{formats[int(style)]}" formatCode="0.0000"/>' in styles
    assert '<dimension ref="A1:D4"/>' in table
