"""A table's file as a frame, and a frame as a file: CSV as text, Parquet as it is typed.

Of CSV the encoding (UTF-8, UTF-16 by its mark, else GB18030) and the delimiter are found out and
told. Empty and blank fields are missing. Nothing is guessed where a file contradicts itself: a
row with more or fewer fields than the header, or two columns of one name, refuse it.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from features.atomic import replacing
from features.errors import OutputError, TableRefused

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
WRITTEN = (".csv", ".parquet")
SNIFFED_ROWS = 50
TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")
SHOWN = 5


@dataclass(frozen=True)
class TableFile:
    """The rows of a file, a column a column, and in words how it was read."""

    rows: pd.DataFrame
    read_as: str


def read_table(path: Path) -> TableFile:
    """The table in `path`, by its suffix. Raises TableRefused."""
    name = path.name.lower()
    if not path.is_file():
        raise TableRefused(f"{path}: no such file")
    if name.endswith(".parquet"):
        return TableFile(_parquet(path), "Parquet")
    if name.endswith(TEXT):
        return _text(path)
    raise TableRefused(f"{path}: expected a file that ends in {', '.join(TEXT)} or .parquet")


def check_output(path: Path) -> None:
    """Raises OutputError where a table cannot be written to `path`: before the work, not after."""
    if path.suffix.lower() not in WRITTEN:
        raise OutputError(f"{path}: expected a file that ends in {' or '.join(WRITTEN)}")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name the file to write")


def write_table(path: Path, rows: pd.DataFrame) -> None:
    """Write `rows` as CSV or Parquet, by the suffix, in one step. Raises OutputError."""
    check_output(path)
    with replacing(path) as aside:
        if path.suffix.lower() == ".csv":
            rows.to_csv(aside, index=False, encoding="utf-8", lineterminator="\n")
        else:
            rows.to_parquet(aside, index=False)


def _text(path: Path) -> TableFile:
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError) as error:
        raise TableRefused(f"{path} cannot be read: {error}") from error
    text, encoding = _decoded(path, content)
    delimiter = _delimiter(path, text)
    header = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    names = _names(path, [name.strip() for name in header])
    found = _parsed(path, text, delimiter, len(names))
    rows = found.slice(1).rename_columns(names).to_pandas()
    if not len(rows):
        raise TableRefused(f"{path} has a header and no rows")
    return TableFile(rows, f"{encoding}, {DELIMITERS[delimiter]} between columns")


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


def _delimiter(path: Path, text: str) -> str:
    """The delimiter under which the first rows have the most columns, as many in each."""
    widths = {}
    for delimiter in DELIMITERS:
        try:
            sample = list(
                islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), SNIFFED_ROWS)
            )
        except csv.Error:
            continue
        first, rest = len(sample[0]), [len(row) for row in sample[1:] if row]
        alike = sum(width == first for width in rest) / max(len(rest), 1)
        widths[delimiter] = (first > 1, alike >= 0.5 or not rest, first)
    best = max(widths, key=lambda delimiter: widths[delimiter], default=",")
    if not widths or not widths[best][0]:
        raise TableRefused(
            f"{path} has one column only; expected the target and at least one more, between "
            f"{', '.join(DELIMITERS.values())}"
        )
    return best


def _names(path: Path, names: Sequence[str]) -> list[str]:
    """The columns' names; one without a name is called by its place."""
    named = [name or f"unnamed_{place}" for place, name in enumerate(names, 1)]
    twice = [name for name, count in Counter(named).items() if count > 1]
    if twice:
        raise TableRefused(
            f"{path}: {', '.join(twice[:SHOWN])} stands in the header more than once. "
            f"Give each column its own name.",
            columns=twice,
        )
    return named


def _parsed(path: Path, text: str, delimiter: str, width: int) -> Any:
    """An Arrow table of text, its header still the first row."""
    places = [f"f{place}" for place in range(width)]
    try:
        return pa.csv.read_csv(
            pa.BufferReader(text.encode("utf-8")),
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
            f"Quote fields that hold a {DELIMITERS[delimiter]}."
        ) from error


def _parquet(path: Path) -> pd.DataFrame:
    try:
        table = pa.parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise TableRefused(f"{path} is no Parquet file that can be read: {error}") from error
    _names(path, table.column_names)
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    if nested:
        raise TableRefused(
            f"{path}: {', '.join(nested[:SHOWN])} hold lists or records; expected one value a row",
            columns=nested,
        )
    if not table.num_rows:
        raise TableRefused(f"{path} has columns and no rows")
    rows: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    return rows
