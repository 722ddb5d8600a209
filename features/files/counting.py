"""How many rows a file has, counted without the reader that reads it.

Two independent counts that agree can hardly both be wrong. The quick one looks at line breaks,
delimiters and quotes alone; only where it finds a text uneven, every record is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from features.errors import FileRefused
from features.files.packed import CUT_OFF
from features.files.text.decoded import PIECE
from features.files.text.layouts import Layout
from features.files.text.survey import NEWLINE, RETURN, Survey, blocks

BLANKS = " \t\r\n\ufeff"


def text_rows(path: Path, layout: Layout, seen: Survey, name: str, *, lenient: bool) -> int:
    """The rows of a plain text below its header, each with as many fields as the header.

    `lenient` rows may have any number of fields. Raises FileRefused.
    """
    width = len(layout.names)
    if (layout.dialect.quote and seen.quotes) or layout.dialect.quote not in ("", '"'):
        records, delimiters = _outside_quotes(path, layout)
    else:
        records = seen.lines + (seen.blank_lines if width == 1 else 0)
        delimiters = _delimiters(path, layout)
    if delimiters != records * (width - 1) or lenient or len(layout.dialect.delimiter) > 1:
        records = sum(1 for _ in even_records(path, layout, name, lenient=lenient))
    return records - layout.header


def even_records(
    path: Path, layout: Layout, name: str, *, lenient: bool = False
) -> Iterator[list[str]]:
    """The records of a plain text, header included. Raises FileRefused where one is uneven."""
    width, number = len(layout.names), -int(layout.header)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for line, record in layout.dialect.records(lines, name):
            if not record and width > 1:
                continue
            number += 1
            if len(record) != width and not lenient:
                raise FileRefused(uneven(name, layout, number, line, record))
            yield record


def uneven(name: str, layout: Layout, number: int, line: int, record: list[str]) -> str:
    """What is wrong with a record that has other fields than the header, and what to do."""
    fields = "1 field" if len(record) == 1 else f"{len(record)} fields"
    found = f"{name}: data row {number} has {fields}, the header {len(layout.names)}"
    if len(record) == 1 and len(layout.names) > 1:
        return (
            f"{found} (line {line}). A total, a note or a second title is not a row: remove the "
            f"line; or the file was cut off there."
        )
    if len(record) > len(layout.names):
        return (
            f"{found} (line {line}). Quote fields that hold a {layout.dialect.words}, and close "
            f"every quote."
        )
    return f"{found} (line {line}). The row is cut off, or a quote is opened and never closed."


def _delimiters(path: Path, layout: Layout) -> int:
    sign = layout.dialect.delimiter.encode()
    with path.open("rb") as file:
        return sum(block.count(sign) for block in blocks(file))


def _outside_quotes(path: Path, layout: Layout) -> tuple[int, int]:
    """Records that are not blank, and delimiters, as far as they are outside quotes.

    -1 records where a quote is not closed, or stands within a value as a sign of its own.
    """
    quote, sign = layout.dialect.quote.encode()[0], layout.dialect.delimiter.encode()[0]
    records = delimiters = inside = 0
    for block in _blocks(path):
        data = np.frombuffer(block, np.uint8)
        quotes = np.flatnonzero(data == quote)
        ends, signs = np.flatnonzero(data == NEWLINE), np.flatnonzero(data == sign)
        ends = ends[(np.searchsorted(quotes, ends) + inside) % 2 == 0]
        signs = signs[(np.searchsorted(quotes, signs) + inside) % 2 == 0]
        records += ends.size - (_blank(data, ends) if len(layout.names) > 1 else 0)
        delimiters += signs.size
        inside = (inside + quotes.size) % 2
        if not block.endswith(b"\n"):
            records += 1
    return (-1 if inside else records), delimiters


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from blocks(file)


def _blank(data: Any, ends: Any) -> int:
    """How many of the line breaks at `ends` end a line that holds nothing."""
    before = np.where(ends > 0, data[ends - 1], NEWLINE)
    further = np.where(ends > 1, data[ends - 2], NEWLINE)
    return int(((before == NEWLINE) | ((before == RETURN) & (further == NEWLINE))).sum())


def parquet_rows(path: Path, name: str) -> int:
    """The rows that the footer of a Parquet file names. Raises FileRefused."""
    try:
        return int(pa.parquet.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as error:
        raise FileRefused(f"{name} is not Parquet that can be read: {error}. {CUT_OFF}") from error


def json_rows(path: Path, name: str) -> int:
    """The records of a JSON file: those of its array, or its values one after another.

    Raises FileRefused where the text breaks off or is not JSON.
    """
    count = 0
    with path.open("rb") as file:
        for block in blocks(file):
            lines = [line for line in block.splitlines() if line.strip()]
            if not all(line.lstrip()[:1] == b"{" and line.rstrip()[-1:] == b"}" for line in lines):
                return sum(1 for _ in json_values(path, name))
            count += len(lines)
    return count


def json_values(path: Path, name: str, decoder: json.JSONDecoder | None = None) -> Iterator[Any]:
    """The records of a JSON file, one at a time. Raises FileRefused."""
    decode = (decoder or json.JSONDecoder()).raw_decode
    with path.open(encoding="utf-8-sig") as file:
        text = file.read(PIECE).lstrip(BLANKS)
        in_array = text.startswith("[")
        text = text[1:] if in_array else text
        between = BLANKS + ("," if in_array else "")
        while True:
            while not (text := text.lstrip(between)) and (more := file.read(PIECE)):
                text = more
            if not text and in_array:
                raise FileRefused(f"{name} is cut off: its list is never closed. {CUT_OFF}")
            if not text:
                return
            if in_array and text.startswith("]"):
                return _check_end(text[1:], file.read, name)
            value, text = _next(decode, text, file.read, name)
            yield value


def _check_end(text: str, read: Callable[[int], str], name: str) -> None:
    """Refuse a JSON file that goes on after its list."""
    while not (text := text.lstrip(BLANKS)) and (more := read(PIECE)):
        text = more
    if text:
        raise FileRefused(
            f"{name} goes on after its list is closed, as where two files were put together; "
            f"expected one list, or a record a line"
        )


def _next(
    decode: Callable[[str], tuple[Any, int]], text: str, read: Callable[[int], str], name: str
) -> tuple[Any, str]:
    """The value at the beginning of the text, and the text after it."""
    while True:
        try:
            value, end = decode(text)
        except ValueError as error:
            if more := read(PIECE):
                text += more
                continue
            raise FileRefused(f"{name} is not JSON that can be read: {error}. {CUT_OFF}") from error
        if end == len(text) and (more := read(PIECE)):
            text += more  # a number may go on
            continue
        return value, text[end:]
