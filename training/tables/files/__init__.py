"""A table's file as a data frame, and back: text as text, Parquet with its types."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from features.disk.atomic import replacing
from features.disk.outputs import check_out
from features.errors import FileRefused, OutputError, TableRefused
from features.files.packed import SUFFIXES
from features.files.parts import parts_of
from features.files.prepared import prepare
from features.files.text.layouts import Declared
from training.tables.files.arrow import frame_of, unwritable, with_columns
from training.tables.files.delimited import MAX_LISTED, column_names, json_columns, text_columns

WRITTEN = (".csv", ".parquet")
READ = (".csv", ".tsv", ".txt", ".parquet", ".jsonl", ".ndjson", ".json", ".xlsx", ".xls", ".ods")
ALSO_READ = (".dat", ".tab", ".psv", ".xlsb", ".xlsm", ".pq")
REMEDY = "name it: --encoding NAME"


@dataclass(frozen=True)
class TableFile:
    """The rows of a file, a column a column, and in words how it was read.

    `arrow` is a Parquet table with its types, to write it back.
    """

    rows: pd.DataFrame
    read_as: str
    arrow: pa.Table | None = None


def read_table(path: Path, encoding: str | None = None) -> TableFile:
    """The table in `path`: a file, packed or not, or a folder of parts as Spark writes it.

    `encoding` is that of its text; by evidence if it is None. Every row of the file is in the
    frame, or TableRefused is raised.
    """
    if not path.exists():
        raise TableRefused(f"{path}: no such file")
    try:
        if path.is_dir():
            return _folder(path, encoding)
        _check_suffix(path)
        return _file(path, encoding)
    except FileRefused as error:
        raise TableRefused(error.message) from error
    except OSError as error:
        raise TableRefused(f"{path} cannot be read: {error}") from error


def _check_suffix(path: Path) -> None:
    name = path.with_suffix("") if path.suffix.lower() in SUFFIXES else path
    if name.suffix.lower() not in (*READ, *ALSO_READ) and path.suffix.lower() != ".zip":
        raise TableRefused(
            f"{path}: expected a file that ends in {', '.join(READ)}, packed ({', '.join(SUFFIXES)}"
            f") or not, or a folder of such files"
        )


def _file(path: Path, encoding: str | None) -> TableFile:
    """The table of one file, and how it was found."""
    arrow = None
    with TemporaryDirectory() as work:
        ready = prepare(path, str(path), Path(work), Declared(encoding=encoding, remedy=REMEDY))
        if path.suffix.lower() == ".parquet" and ready.form != "Parquet":
            raise TableRefused(f"{path} is not Parquet that can be read: it is {ready.form}")
        if ready.form == "Parquet":
            arrow = _parquet(path, [ready.path])
            rows = frame_of(arrow)
        elif ready.form == "JSON":
            rows = json_columns(path, ready)
        else:
            rows = text_columns(path, ready)
    if not len(rows):
        raise TableRefused(f"{path} has a header and no rows")
    return TableFile(rows, f"{ready.read_as}, all {len(rows):,} rows", arrow)


def _folder(path: Path, encoding: str | None) -> TableFile:
    """The rows of the parts in a folder, one after another, and what their folders' names say."""
    parts = parts_of(path, str(path))
    if parts[0].suffix.lower() == ".parquet":
        arrow = _parquet(path, parts)
        read_as = f"{len(parts)} parts of Parquet, all {arrow.num_rows:,} rows"
        return TableFile(frame_of(arrow), read_as, arrow)
    frames, forms = [], set()
    for part in parts:
        table = _file(part, encoding)
        frames.append(table.rows.assign(**_folders(path, part)))
        forms.add(table.read_as.rpartition(", all ")[0])
        if list(frames[0].columns) != list(frames[-1].columns):
            raise TableRefused(
                f"{path}: {parts[0].name} and {part.name} differ in their columns; expected the "
                f"parts of one table, each with its header"
            )
    rows = pd.concat(frames, ignore_index=True)
    how = "; ".join(sorted(forms))
    return TableFile(rows, f"{len(parts)} parts, {how}, all {len(rows):,} rows")


def check_output(path: Path, source: Path, *, force: bool = False) -> None:
    """Raises OutputError where a table cannot be written to `path`: before the work, not after.

    `source` is the table that was given, which nothing may replace, not even `force`.
    """
    if path.is_file() and source.exists() and path.samefile(source):
        raise OutputError(f"{path} is the table itself; name another file to write")
    check_out(path, WRITTEN, force=force)


def write_table(path: Path, rows: pd.DataFrame, source: pa.Table | None = None) -> None:
    """Write `rows` as CSV or Parquet, by the suffix, in one step. Raises OutputError.

    `source` is the Parquet table that the rows were read from: its columns are written unchanged.
    """
    is_csv = path.suffix.lower() == ".csv"
    if is_csv and (nested := unwritable(rows)):
        raise OutputError(
            f"{path}: CSV cannot hold {', '.join(nested[:MAX_LISTED])} (lists, records or bytes); "
            f"write .parquet"
        )
    with replacing(path) as temporary:
        if is_csv:
            rows.to_csv(temporary, index=False, encoding="utf-8", lineterminator="\n")
        elif source is not None:
            pa.parquet.write_table(with_columns(source, rows), temporary)
        else:
            rows.to_parquet(temporary, index=False)


def _parquet(path: Path, parts: list[Path]) -> pa.Table:
    try:
        found = [_part(path, part) for part in parts]
        differing = next((one for one in found if one.column_names != found[0].column_names), None)
        if differing is not None:
            raise TableRefused(
                f"{path}: one part has the columns {', '.join(found[0].column_names)}, another "
                f"{', '.join(differing.column_names)}; expected the parts of one table"
            )
        table = pa.concat_tables(found)
    except (pa.ArrowException, OSError) as error:
        raise TableRefused(f"{path} is not Parquet that can be read: {error}") from error
    if not table.num_rows:
        raise TableRefused(f"{path} has columns and no rows")
    return table


def _part(path: Path, part: Path) -> pa.Table:
    """One part's rows, with the columns that the names of its folders say (month=2025-01)."""
    names = column_names(path, pa.parquet.read_schema(part).names)
    table = pa.parquet.read_table(part, partitioning=None).rename_columns(names)
    for name, value in _folders(path, part).items():
        table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
    return table


def _folders(path: Path, part: Path) -> dict[str, str]:
    """What the names of the folders between `path` and its part say: names and values."""
    if not part.is_relative_to(path):
        return {}
    said = (one.partition("=") for one in part.relative_to(path).parts[:-1] if "=" in one)
    return {unquote(name): unquote(value) for name, _, value in said}
