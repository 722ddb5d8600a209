"""Cells as Arrow's kernels write them, against Python's own formatting, one by one."""

from __future__ import annotations

import csv
import io
import math
import re
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.disk.outputs import FORMULA_STARTS
from features.errors import OutputError
from serving.retention.export.cells import (
    SheetColumn,
    content,
    csv_lines,
    escaped,
    header_line,
    letters,
    sheet_rows,
)

# What stands in a cell: any text but halves of a character; Excel's own escapes among them.
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "_x0041_", "_x005F_", " a ", "a\nb", 'say "no"', "a,b", "=1+1", "＝1", "\r"]
    ),
)
NUMBERS = st.one_of(st.none(), st.floats(-1e9, 1e9), st.sampled_from([math.nan, math.inf, 0.0]))
CODE = re.compile("_x([0-9A-F]{4})_")


def batch(texts: list[str | None], numbers: list[float | None]) -> pa.RecordBatch:
    return pa.record_batch(
        [pa.array(texts, pa.string()), pa.array(numbers, pa.float64())], ["text", "number"]
    )


COLUMNS = (SheetColumn("text"), SheetColumn("number", 2))
ROWS = st.lists(st.tuples(st.one_of(st.none(), TEXTS), NUMBERS), min_size=1, max_size=8)
Rows = list[tuple[str | None, float | None]]


def is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


@given(rows=ROWS)
@settings(max_examples=150)
def test_a_csv_reads_back_as_it_was_written(rows: Rows) -> None:
    texts, numbers = map(list, zip(*rows, strict=True))
    lines = bytes(content(csv_lines(batch(texts, numbers), COLUMNS))).decode()
    found = list(csv.reader(io.StringIO(lines, newline="")))
    assert len(found) == len(rows)
    for (text, number), (own, shown) in zip(rows, found, strict=True):
        assert own == (f"'{text}" if (text or "").startswith(FORMULA_STARTS) else text or "")
        if number is None or not math.isfinite(number):
            assert shown == ""
        else:
            assert re.fullmatch(r"-?\d+\.\d\d", shown)
            assert abs(float(shown) - number) <= 0.00500001


@given(rows=ROWS)
@settings(max_examples=150)
def test_a_sheets_xml_reads_back_as_it_was_written(rows: Rows) -> None:
    texts, numbers = map(list, zip(*rows, strict=True))
    xml = bytes(content(sheet_rows(batch(texts, numbers), COLUMNS, ["", ' s="3"'], 7))).decode()
    found = ElementTree.fromstring(f"<all>{xml}</all>")
    assert [row.get("r") for row in found] == [str(line) for line in range(7, 7 + len(rows))]
    for (text, number), row in zip(rows, found, strict=True):
        cells = {re.sub(r"\d", "", str(cell.get("r"))): cell for cell in row}
        assert ("A" in cells, "B" in cells) == (bool(text), is_number(number))
        if text:
            own = cells["A"].find("is/t")
            assert own is not None
            shown = CODE.sub(lambda code: chr(int(code[1], 16)), own.text or "")
            assert shown == text
        if number is not None and is_number(number):
            assert float(cells["B"].findtext("v") or "") == number
            assert cells["B"].get("s") == "3"


def test_a_part_of_a_larger_batch_has_its_own_rows() -> None:
    texts: list[str | None] = [f"C{place}" for place in range(10)]
    part = batch(texts, [1.0] * 10).slice(3, 2)
    assert bytes(content(csv_lines(part, COLUMNS))) == b"C3,1.00\r\nC4,1.00\r\n"
    assert bytes(content(csv_lines(part.slice(0, 0), COLUMNS))) == b""


def test_whole_numbers_and_dictionaries_are_written_too() -> None:
    part = pa.record_batch(
        {"tier": pa.array(["gold", None, "gold"]).dictionary_encode(), "rank": [1, 2, 3]}
    )
    columns = (SheetColumn("tier"), SheetColumn("rank", 0))
    assert bytes(content(csv_lines(part, columns))) == b"gold,1\r\n,2\r\ngold,3\r\n"
    xml = bytes(content(sheet_rows(part, columns, ["", ""], 2)))
    assert xml.count(b"<is><t>gold</t></is>") == 2
    assert b'<c r="B4"><v>3</v></c>' in xml


def test_a_header_is_quoted_and_no_formula() -> None:
    columns = [SheetColumn("月收入（CNY）"), SheetColumn("a,b"), SheetColumn("=x")]
    assert header_line(columns).decode() == '月收入（CNY）,"a,b",\'=x\r\n'


def test_a_single_column_is_a_table_too() -> None:
    part = pa.record_batch({"customer_id": ["C1", "C2"]})
    assert bytes(content(csv_lines(part, [SheetColumn("id")]))) == b"C1\r\nC2\r\n"


def test_a_text_that_no_cell_holds_is_refused() -> None:
    part = batch(["x" * 32_768], [1.0])
    with pytest.raises(OutputError, match=r"32,768 characters; a cell .* holds 32,767"):
        sheet_rows(part, COLUMNS, ["", ""], 2)
    csv_lines(part, COLUMNS)


def test_what_a_sheet_cannot_hold_is_escaped_as_excel_does_it() -> None:
    assert escaped("a\x0bb\ufffe") == "a_x000B_b_xFFFE_"
    assert escaped("_x0041_ & <b>") == "_x005F_x0041_ &amp; &lt;b&gt;"
    assert [letters(place) for place in (0, 25, 26, 51, 52, 701)] == [
        "A", "Z", "AA", "AZ", "BA", "ZZ",
    ]  # fmt: skip
