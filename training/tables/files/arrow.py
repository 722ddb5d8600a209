"""Columns of Arrow types as a frame, and the frame's table back with what was added to it.

Whole numbers beside nulls keep their digits, UUIDs become their text, bytes of UTF-8 texts.
Lists, records and other bytes pass as they are: training refuses them by the column's name, unless
it is to exclude the column, and they are written back unchanged.
"""

from __future__ import annotations

import uuid

import pandas as pd
import pyarrow as pa


def frame_of(table: pa.Table) -> pd.DataFrame:
    """The table with a pandas column for each of its columns."""
    plain = pa.table([_plain(column) for column in table.columns], names=table.column_names)
    # As objects whole numbers keep their digits; as floats, beside nulls, long ones would not.
    rows: pd.DataFrame = plain.to_pandas(ignore_metadata=True, integer_object_nulls=True)
    return rows


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if isinstance(kind, pa.BaseExtensionType):
        stored = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        return _uuids(stored) if kind.extension_name == "arrow.uuid" else _plain(stored)
    if kind in (pa.binary(), pa.large_binary(), pa.binary_view()) or _is_fixed(kind):
        try:
            return column.cast(pa.large_binary()).cast(pa.large_string())
        except pa.ArrowInvalid:
            return column
    return column


def _is_fixed(kind: pa.DataType) -> bool:
    return bool(pa.types.is_fixed_size_binary(kind) and not pa.types.is_decimal(kind))


def _uuids(stored: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = [None if one is None else str(uuid.UUID(bytes=one)) for one in stored.to_pylist()]
    return pa.chunked_array([pa.array(texts, pa.string())])


def with_columns(table: pa.Table, rows: pd.DataFrame) -> pa.Table:
    """The table as it was read, and the columns of `rows` that it does not have."""
    for name in rows.columns:
        if name not in table.column_names:
            table = table.append_column(str(name), pa.array(rows[name]))
    return table


def unwritable(rows: pd.DataFrame) -> list[str]:
    """The columns that no text file can hold: lists, records, bytes."""
    return [
        str(name)
        for name, values in rows.items()
        if values.dtype == object
        and any(
            isinstance(value, bytes | list | dict) or hasattr(value, "ndim") for value in values
        )
    ]
