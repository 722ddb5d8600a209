"""A table's file as a frame, and a frame as a file: CSV as text, Parquet as it is typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from features.atomic import replacing
from features.errors import OutputError, TableRefused
from features.outputs import check_out
from training.tables.delimited import SHOWN, column_names, read_text

WRITTEN = (".csv", ".parquet")
TEXT = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")


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
        return TableFile(*read_text(path))
    raise TableRefused(f"{path}: expected a file that ends in {', '.join(TEXT)} or .parquet")


def check_output(path: Path, source: Path, *, force: bool = False) -> None:
    """Raises OutputError where a table cannot be written to `path`: before the work, not after.

    `source` is the table that was given, which nothing may replace, not even `force`.
    """
    if path.is_file() and source.exists() and path.samefile(source):
        raise OutputError(f"{path} is the table itself; name another file to write")
    check_out(path, WRITTEN, force=force)


def write_table(path: Path, rows: pd.DataFrame) -> None:
    """Write `rows` as CSV or Parquet, by the suffix, in one step. Raises OutputError."""
    with replacing(path) as aside:
        if path.suffix.lower() == ".csv":
            rows.to_csv(aside, index=False, encoding="utf-8", lineterminator="\n")
        else:
            rows.to_parquet(aside, index=False)


def _parquet(path: Path) -> pd.DataFrame:
    """The table with its types; bytes, as some programs write texts, as texts."""
    try:
        names = column_names(path, pa.parquet.read_schema(path).names)
        table = pa.parquet.read_table(path).rename_columns(names)
    except (pa.ArrowException, OSError) as error:
        raise TableRefused(f"{path} is no Parquet file that can be read: {error}") from error
    if not table.num_rows:
        raise TableRefused(f"{path} has columns and no rows")
    nested = [field.name for field in table.schema if pa.types.is_nested(field.type)]
    if nested:
        raise TableRefused(
            f"{path}: {', '.join(nested[:SHOWN])} hold lists or records; expected one value a row",
            columns=nested,
        )
    for place, field in enumerate(table.schema):
        if pa.types.is_binary(field.type) or pa.types.is_large_binary(field.type):
            try:
                texts = table.column(place).cast(pa.string())
            except pa.ArrowInvalid as error:
                raise TableRefused(
                    f"{path}: {field.name} holds bytes that are no UTF-8; expected texts or numbers"
                ) from error
            table = table.set_column(place, field.name, texts)
    # As objects whole numbers keep their digits; as floats, beside nulls, long ones would not.
    rows: pd.DataFrame = table.to_pandas(ignore_metadata=True, integer_object_nulls=True)
    return rows
