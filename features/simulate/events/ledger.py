"""The facts as the operator will have recorded them, gathered per feed and written as Parquet.

Whatever the operator would learn only after the last day is not written: it is not known yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from features.feeds import CLOCKS, FEEDS

Array = NDArray[Any]

ARROW_TYPES = {
    "string": pa.string(),
    "int64": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
MINUTE, HOUR, DAY = (np.timedelta64(us * 1_000_000, "us") for us in (60, 3_600, 86_400))
# Only text repeats enough for a dictionary to pay; numbers are written faster without.
TEXT = {name: [c.name for c in feed.columns if c.type == "string"] for name, feed in FEEDS.items()}
CATALOGUES = ("plans", "offers")  # of the operator, not of its customers


class Ledger:
    """Facts of one block's customers. `customer` in `add` is a position in `ids`.

    Each feed is the file `<folder>/<feed>/<part>.parquet`.
    """

    def __init__(self, folder: Path, part: str, ids: Array, end: np.datetime64) -> None:
        feeds = [name for name in FEEDS if name not in CATALOGUES]
        self._end = end
        self._ids = pa.array(ids, pa.string())
        self._facts: dict[str, list[pa.Table]] = {name: [] for name in feeds}
        self._writers = {}
        for name in feeds:
            (folder / name).mkdir(parents=True, exist_ok=True)
            self._writers[name] = pq.ParquetWriter(
                folder / name / f"{part}.parquet",
                schema(name),
                compression="lz4",
                use_dictionary=TEXT[name],
            )
        self.rows = dict.fromkeys(feeds, 0)

    def add(self, feed: str, customer: Array, known_at: Array, **columns: Any) -> None:
        """Facts of `feed`: NumPy or Arrow arrays of one length; a scalar holds for all, None is a
        null."""
        known = known_at < self._end
        count = int(known.sum())
        if count == 0:
            return
        all_known = count == len(known)
        arrays = []
        for field in schema(feed):
            if field.name == "customer_id":
                arrays.append(self._ids.take(pa.array(customer[known])))
            elif field.name == "known_at":
                arrays.append(pa.array(known_at[known], field.type))
            elif isinstance(columns[field.name], pa.Array):
                values = columns[field.name]
                arrays.append(values if all_known else values.filter(pa.array(known)))
            elif isinstance(columns[field.name], np.ndarray):
                arrays.append(_column(columns[field.name][known], field.type))
            else:
                arrays.append(pa.array([columns[field.name]] * count, field.type))
        self._facts[feed].append(pa.table(arrays, schema=schema(feed)))
        self.rows[feed] += count

    def flush(self, *feeds: str) -> None:
        """Writes what was gathered of these feeds, each as one row group."""
        for feed in feeds:
            if self._facts[feed]:
                table = pa.concat_tables(self._facts[feed]).combine_chunks()
                self._writers[feed].write_table(table, row_group_size=len(table))
                self._facts[feed] = []

    def close(self) -> None:
        for feed, writer in self._writers.items():
            self.flush(feed)
            writer.close()


def schema(feed: str) -> pa.Schema:
    """The columns of the feed's raw file: the contract's, then the clocks."""
    columns = [(column.name, ARROW_TYPES[column.type]) for column in FEEDS[feed].columns]
    return pa.schema(columns + [(clock, ARROW_TYPES["timestamp"]) for clock in CLOCKS])


def write_catalogue(folder: Path, feed: str, rows: pa.Table) -> int:
    """Writes a feed without customers, as one file; its number of rows."""
    (folder / feed).mkdir(parents=True)
    pq.write_table(
        rows.select(schema(feed).names).cast(schema(feed)), folder / feed / "0000.parquet"
    )
    return len(rows)


def named(names: list[str], positions: Array) -> pa.Array:
    """The names at the positions; position -1 is null."""
    wanted = pa.array(np.asarray(positions, dtype=np.int64), mask=np.asarray(positions) < 0)
    return pa.array(names, pa.string()).take(wanted)


def numbered(prefix: str, numbers: Array, digits: int) -> pa.Array:
    """Ids: the prefix and the number, filled up with zeros.

    >>> numbered("K", np.array([7]), 3).to_pylist()
    ['K007']
    """
    text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), digits, "0")
    return pc.binary_join_element_wise(prefix, text, "")


def _column(values: Array, kind: pa.DataType) -> pa.Array:
    if values.dtype.kind == "M" and pa.types.is_date(kind):
        values = values.astype("datetime64[D]")
    return pa.array(values, kind)
