"""The facts as the operator will have recorded them, gathered per feed and written as Parquet.

Whatever the operator would learn only after the last day is not written: it is not known yet.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
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


class Ledger:
    """Facts of all feeds. `customer` in `add` is a position in `ids`."""

    def __init__(self, folder: Path, ids: Array, end: np.datetime64) -> None:
        self._folder, self._end = folder, end
        self._ids = pa.array(ids, pa.string())
        self._facts: dict[str, list[pa.Table]] = {name: [] for name in FEEDS}
        self._writers = {
            name: pq.ParquetWriter(
                folder / f"{name}.parquet", schema(name), compression="zstd", compression_level=1
            )
            for name in FEEDS
        }
        self.rows = dict.fromkeys(FEEDS, 0)

    def add(self, feed: str, customer: Array, known_at: Array, **columns: Any) -> None:
        """Facts of `feed`: arrays of one length; a scalar holds for all, None is a null."""
        known = known_at < self._end
        count = int(known.sum())
        if count == 0:
            return
        arrays = []
        for field in schema(feed):
            if field.name == "customer_id":
                arrays.append(self._ids.take(pa.array(customer[known])))
            elif field.name == "known_at":
                arrays.append(pa.array(known_at[known], field.type))
            elif isinstance(columns[field.name], np.ndarray):
                arrays.append(_column(columns[field.name][known], field.type))
            else:
                arrays.append(pa.array([columns[field.name]] * count, field.type))
        self._facts[feed].append(pa.table(arrays, schema=schema(feed)))
        self.rows[feed] += count

    def flush(self, feed: str) -> None:
        """Writes what was gathered of one feed, as one row group."""
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


def named(names: list[str], positions: Array) -> Array:
    """The names at the positions as objects; position -1 is None."""
    return np.array([*names, None], dtype=object)[positions]


def _column(values: Array, kind: pa.DataType) -> pa.Array:
    if values.dtype.kind == "M" and pa.types.is_date(kind):
        values = values.astype("datetime64[D]")
    return pa.array(values, kind)
