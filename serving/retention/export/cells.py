"""The cells of a record batch as text, column by column: for CSV, and for the XML of a sheet.

Arrow's kernels do it, without a step of Python a cell: 20 million cells take seconds. A text that a
spreadsheet would take for a formula is never one: in CSV an apostrophe stands before it, as
spreadsheets write it themselves, and in a sheet it is stored as text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from features.disk.outputs import FORMULA_STARTS
from features.errors import OutputError

CELL_CHARACTERS = 32_767  # that a cell of a sheet holds
ROUNDED_BELOW = 1e22  # what is larger has no digits behind the point to round
FORMULA = f"^[{''.join(re.escape(start) for start in FORMULA_STARTS)}]"
QUOTED = r'[",\r\n]'
# What XML cannot hold as it stands, and how sheets write it; `_x0041_` itself would be read as A.
ODD = r"^\s|\s$|[&<>\x00-\x1f\x{FFFE}\x{FFFF}]|_x[0-9a-fA-F]{4}_"
NOT_XML = re.compile("([\x00-\x08\x0b-\x1f\ufffe\uffff])")
READ_AS_CODE = re.compile("_(?=x[0-9a-fA-F]{4}_)")


@dataclass(frozen=True)
class SheetColumn:
    """One column: its name, and how many digits stand behind the point; None of a text."""

    name: str
    digits: int | None = None
    is_sentence: bool = False


def csv_lines(batch: pa.RecordBatch, columns: Sequence[SheetColumn]) -> pa.Array:
    """The batch's rows as lines of CSV, each with its end."""
    cells = [
        _csv_texts(own) if column.digits is None else _rounded(own, column.digits)
        for own, column in zip(batch.columns, columns, strict=True)
    ]
    last = pc.binary_join_element_wise(cells[-1], "", "\r\n", null_handling="replace")
    if len(cells) == 1:
        return last
    return pc.binary_join_element_wise(*cells[:-1], last, ",", null_handling="replace")


def header_line(columns: Sequence[SheetColumn]) -> bytes:
    """The columns' names as the first line of a CSV, in UTF-8."""
    names = _csv_texts(pa.array([column.name for column in columns]))
    return f"{','.join(names.to_pylist())}\r\n".encode()


def sheet_rows(
    batch: pa.RecordBatch, columns: Sequence[SheetColumn], styles: Sequence[str], first: int
) -> pa.Array:
    """The batch's rows as `<row>` elements of a sheet, the first of them in its line `first`.

    `styles`: the attribute ` s="1"` of each column's cells, empty without. Empty cells are absent.
    Raises OutputError for a text that is longer than a cell holds.
    """
    lines = pc.cast(pa.array(range(first, first + batch.num_rows), pa.int64()), pa.string())
    cells = []
    for place, (own, column) in enumerate(zip(batch.columns, columns, strict=True)):
        start, style = f'<c r="{letters(place)}', styles[place]
        if column.digits is None:
            text, middle, end = _inline_texts(own), f'"{style} t="inlineStr"><is>', "</is></c>"
        else:
            text, middle, end = _numbers(own), f'"{style}><v>', "</v></c>"
        # One that has no text becomes null, and so nothing in the row.
        cells.append(pc.binary_join_element_wise(start, lines, middle, text, end, ""))
    row = pc.binary_join_element_wise('<row r="', lines, '">', "")
    return pc.binary_join_element_wise(row, *cells, "</row>", "", null_handling="replace")


def content(texts: pa.Array) -> memoryview:
    """All texts of an array, one behind the other, without a copy."""
    if not len(texts):
        return memoryview(b"")
    _, offsets, data = texts.buffers()
    ends = pa.Array.from_buffers(pa.int32(), len(texts) + 1, [None, offsets], offset=texts.offset)
    return memoryview(data)[ends[0].as_py() : ends[len(texts)].as_py()]


def letters(place: int) -> str:
    """A column's name in a sheet.

    >>> letters(0), letters(25), letters(26), letters(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    before, own = divmod(place, 26)
    return (letters(before - 1) if before else "") + chr(ord("A") + own)


def escaped(text: str) -> str:
    """The text as the XML of a sheet holds it: it reads back as it was.

    >>> escaped("a < b"), escaped("_x0041_")
    ('a &lt; b', '_x005F_x0041_')
    """
    text = READ_AS_CODE.sub("_x005F_", text)
    text = NOT_XML.sub(lambda found: f"_x{ord(found[1]):04X}_", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _csv_texts(texts: pa.Array) -> pa.Array:
    return _by_value(texts, _as_csv)


def _as_csv(values: pa.Array) -> pa.Array:
    is_formula = pc.match_substring_regex(values, FORMULA)
    if pc.any(is_formula).as_py():
        apostrophe = pc.binary_join_element_wise("'", values, "")
        values = pc.if_else(is_formula, apostrophe, values)
    needs = pc.match_substring_regex(values, QUOTED)
    if pc.any(needs).as_py():
        doubled = pc.replace_substring(values, '"', '""')
        values = pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), values)
    return values


def _inline_texts(texts: pa.Array) -> pa.Array:
    return _by_value(texts, _as_inline)


def _as_inline(values: pa.Array) -> pa.Array:
    longest = pc.max(pc.utf8_length(values)).as_py() or 0
    if longest > CELL_CHARACTERS:
        raise OutputError(
            f"a text of {longest:,} characters; a cell of an XLSX sheet holds "
            f"{CELL_CHARACTERS:,}. Write a .csv."
        )
    found = pc.binary_join_element_wise("<t>", values, "</t>", "")
    is_odd = pc.fill_null(pc.match_substring_regex(values, ODD), False)
    if pc.any(is_odd).as_py():
        odd = [
            f'<t xml:space="preserve">{escaped(text)}</t>'
            for text in values.filter(is_odd).to_pylist()
        ]
        found = pc.replace_with_mask(found, is_odd, pa.array(odd, found.type))
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, found.type), found)


def _by_value(texts: pa.Array, form: Callable[[pa.Array], pa.Array]) -> pa.Array:
    """What `form` makes of the texts; it sees each value once."""
    if not pa.types.is_dictionary(texts.type):
        texts = pc.cast(texts, pa.string()).dictionary_encode()
    values = pc.cast(texts.dictionary, pa.string())
    return form(values).take(texts.indices)


def _numbers(numbers: pa.Array) -> pa.Array:
    """With all their digits; null where there is none."""
    if pa.types.is_floating(numbers.type):
        numbers = pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, numbers.type))
    return pc.cast(numbers, pa.string())


def _rounded(numbers: pa.Array, digits: int) -> pa.Array:
    """With so many digits behind the point; null where there is none."""
    numbers = pc.cast(numbers, pa.float64())
    is_plain = pc.and_(pc.is_finite(numbers), pc.less(pc.abs(numbers), ROUNDED_BELOW))
    plain = pc.if_else(is_plain, numbers, pa.scalar(None, pa.float64()))
    return pc.cast(pc.cast(plain, pa.decimal128(38, digits)), pa.string())
