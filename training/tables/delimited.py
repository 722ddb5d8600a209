"""Delimited text (CSV) as columns of text.

The encoding (UTF-8, UTF-16 by its mark, else GB18030) and the delimiter are found out and told.
Nothing is guessed where a file contradicts itself: a row with more or fewer fields than the
header, a quote that is never closed, or two columns of one name, refuse it.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from features.errors import TableRefused

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SNIFFED_ROWS = 50
SNIFFED_CHARACTERS = 1 << 20
END = "\0"  # the fields of a row after the last; a quote that is left open swallows it
SHOWN = 5


def read_text(path: Path) -> tuple[pd.DataFrame, str]:
    """The rows of the file, missing as "", and in words how it was read. Raises TableRefused."""
    try:
        content = path.read_bytes()
        text, encoding = _decoded(
            path, gzip.decompress(content) if path.suffix.lower() == ".gz" else content
        )
    except (OSError, EOFError, zlib.error) as error:
        raise TableRefused(f"{path} cannot be read: {error}") from error
    delimiter, width = _delimiter(path, text)
    found = _parsed(path, text, delimiter, width)
    names = column_names(path, [column[0].as_py().strip() for column in found.columns])
    rows: pd.DataFrame = found.slice(1).rename_columns(names).to_pandas()
    if not len(rows):
        raise TableRefused(f"{path} has a header and no rows")
    return rows, f"{encoding}, {DELIMITERS[delimiter]} between columns"


def column_names(path: Path, names: Sequence[str]) -> list[str]:
    """The columns' names; one without a name is called by its place. Raises TableRefused."""
    named = [name or f"unnamed_{place}" for place, name in enumerate(names, 1)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise TableRefused(
            f"{path}: {', '.join(twice[:SHOWN])} stands in the header more than once. "
            f"Give each column its own name.",
            columns=twice,
        )
    return named


def _decoded(path: Path, content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding."""
    tried = {"UTF-8": "utf-8-sig", "GB18030": "gb18030"}
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        tried = {"UTF-16": "utf-16"}
    for name, codec in tried.items():
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            raise TableRefused(f"{path} is no text: it holds zero bytes. Expected CSV.")
        if not text.strip():
            raise TableRefused(f"{path} is empty")
        return text.lstrip("\r\n"), name
    raise TableRefused(
        f"{path} is neither {' nor '.join(tried)}. Save it as UTF-8 (in Excel: CSV UTF-8)."
    )


def _delimiter(path: Path, text: str) -> tuple[str, int]:
    """The delimiter under which the first rows have the most columns, as many in each; how many."""
    widths = {}
    for delimiter in DELIMITERS:
        head = io.StringIO(text[:SNIFFED_CHARACTERS], newline="")
        try:
            sample = list(islice(csv.reader(head, delimiter=delimiter), SNIFFED_ROWS))
        except csv.Error:
            continue
        first, rest = len(sample[0]), [len(row) for row in sample[1:] if row]
        alike = sum(width == first for width in rest) / max(len(rest), 1)
        widths[delimiter] = (first > 1, alike >= 0.5 or not rest, first)
    best = max(widths, key=lambda delimiter: widths[delimiter], default=",")
    alone = not widths or not widths[best][0]
    if alone and len(widths) < len(DELIMITERS):
        raise TableRefused(
            f"{path}: a field of the first rows has more than {csv.field_size_limit():,} "
            f"characters, most often for a quote that is opened and never closed"
        )
    if alone:
        raise TableRefused(
            f"{path} has one column only; expected the target and at least one more, between "
            f"{', '.join(DELIMITERS.values())}"
        )
    return best, widths[best][2]


def _parsed(path: Path, text: str, delimiter: str, width: int) -> pa.Table:
    """An Arrow table of text, its header still the first row."""
    places = [f"f{place}" for place in range(width)]
    end = f"\n{delimiter.join([END] * width)}\n"
    try:
        table = pa.csv.read_csv(
            pa.BufferReader((text.rstrip("\r\n") + end).encode("utf-8")),
            read_options=pa.csv.ReadOptions(
                use_threads=False,  # threads do not tell which row is wrong
                autogenerate_column_names=True,
            ),
            parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=pa.csv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        ragged = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+)", str(error))
        if ragged is None:
            raise TableRefused(f"{path} is no CSV that can be read: {error}") from error
        row, expected, found = (int(number) for number in ragged.groups())
        raise TableRefused(
            f"{path}: data row {row - 1} has {found} fields, the header {expected}. "
            f"Quote fields that hold a {DELIMITERS[delimiter]}, and close every quote."
        ) from error
    if any(column[-1].as_py() != END for column in table.columns):
        raise TableRefused(
            f"{path}: in data row {table.num_rows - 1} a quote is opened and never closed. "
            f"Close it; a quote within a value is written twice."
        )
    return table.slice(0, table.num_rows - 1)
