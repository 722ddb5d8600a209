"""A table's file as a frame, and a frame as a file: CSV as text, Parquet as it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from features.atomic import replacing
from features.errors import OutputError, TableRefused
from training.tables.arrow import frame_of, unwritable, with_columns
from training.tables.delimited import SHOWN, column_names, read_text

WRITTEN = (".csv", ".parquet")
TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")


@dataclass(frozen=True)
class TableFile:
    """The rows of a file, a column a column, and in words how it was read.

    `arrow` is a Parquet table with its types, to write it back.
    """

    rows: pd.DataFrame
    read_as: str
    arrow: pa.Table | None = None


def read_table(path: Path) -> TableFile:
    """The table in `path`, by its suffix. Raises TableRefused."""
    name = path.name.lower()
    if not path.is_file():
        raise TableRefused(f"{path}: no such file")
    if name.endswith(".parquet"):
        table = _parquet(path)
        return TableFile(frame_of(table), "Parquet", table)
    if name.endswith(TEXT):
        return TableFile(*read_text(path))
    raise TableRefused(f"{path}: expected a file that ends in {', '.join(TEXT)} or .parquet")


def check_output(path: Path, source: Path) -> None:
    """Raises OutputError where a table cannot be written to `path`: before the work, not after.

    `source` is the table that was given, which nothing may replace.
    """
    if path.suffix.lower() not in WRITTEN:
        raise OutputError(f"{path}: expected a file that ends in {' or '.join(WRITTEN)}")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name the file to write")
    if path.exists() and source.exists() and path.samefile(source):
        raise OutputError(f"{path} is the table itself; name another file to write")
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if not there.is_dir():
        raise OutputError(f"{path}: {there} is no folder; name another file to write")


def write_table(path: Path, rows: pd.DataFrame, source: pa.Table | None = None) -> None:
    """Write `rows` as CSV or Parquet, by the suffix, in one step. Raises OutputError.

    `source` is the Parquet table that the rows were read from: its columns are written unchanged.
    """
    is_csv = path.suffix.lower() == ".csv"
    if is_csv and (nested := unwritable(rows)):
        raise OutputError(
            f"{path}: CSV cannot hold {', '.join(nested[:SHOWN])} (lists, records or bytes); "
            f"write .parquet"
        )
    with replacing(path) as aside:
        if is_csv:
            rows.to_csv(aside, index=False, encoding="utf-8", lineterminator="\n")
        elif source is not None:
            pa.parquet.write_table(with_columns(source, rows), aside)
        else:
            rows.to_parquet(aside, index=False)


def _parquet(path: Path) -> pa.Table:
    try:
        names = column_names(path, pa.parquet.read_schema(path).names)
        table = pa.parquet.read_table(path).rename_columns(names)
    except (pa.ArrowException, OSError) as error:
        raise TableRefused(f"{path} is no Parquet file that can be read: {error}") from error
    if not table.num_rows:
        raise TableRefused(f"{path} has columns and no rows")
    return table
