"""Parquet files that are written part by part."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq


class ParquetParts:
    """A Parquet file written part by part; the first part sets the columns without a schema."""

    def __init__(self, path: Path, schema: pa.Schema | None = None) -> None:
        self._path, self._schema = path, schema
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> ParquetParts:
        return self

    def write(self, rows: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(rows, self._schema, preserve_index=False)
        if self._writer is None:
            self._schema = table.schema
            self._writer = pq.ParquetWriter(self._path, table.schema)
        self._writer.write_table(table)

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if self._writer is not None:
            self._writer.close()
