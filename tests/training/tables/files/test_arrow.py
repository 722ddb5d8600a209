"""Every type of Parquet is read right or refused by its column, and written back unchanged."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from features.errors import OutputError, TableRefused
from training.columns.inference import infer, infer_columns
from training.columns.values import prepare
from training.tables.files import read_table, write_table

DAY, MOMENT = dt.date(2025, 1, 31), dt.datetime(2025, 1, 31, 18, 30)
UUIDS = [uuid.UUID(int=1), uuid.UUID(int=2)]
READ: dict[str, tuple[pa.DataType, list[Any], str]] = {
    **{f"int{bits}": (getattr(pa, f"int{bits}")(), [1, 2], "number") for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (getattr(pa, f"uint{bits}")(), [1, 2], "number") for bits in (8, 16, 32, 64)},
    "long": (pa.uint64(), [2**64 - 1, 2**63 + 1], "number"),
    "half": (pa.float16(), [np.float16(1.5), np.float16(2)], "number"),
    "float": (pa.float32(), [1.5, 2.5], "number"),
    "double": (pa.float64(), [1.5, 2.5], "number"),
    "decimal128": (pa.decimal128(10, 3), [Decimal("3.249"), Decimal("734.000")], "number"),
    "decimal256": (pa.decimal256(60, 3), [Decimal("3.249"), Decimal("9.000")], "number"),
    "bool": (pa.bool_(), [True, False], "yes/no"),
    "date32": (pa.date32(), [DAY, DAY.replace(day=1)], "date"),
    "date64": (pa.date64(), [DAY, DAY.replace(day=1)], "date"),
    **{
        f"timestamp_{unit}": (pa.timestamp(unit), [MOMENT, MOMENT.replace(hour=1)], "date")
        for unit in ("s", "ms", "us", "ns")
    },
    **{
        f"zoned_{unit}": (
            pa.timestamp(unit, "Asia/Shanghai"),
            [MOMENT.replace(tzinfo=dt.UTC), MOMENT.replace(hour=1, tzinfo=dt.UTC)],
            "date",
        )
        for unit in ("s", "ms", "us", "ns")
    },
    "time32": (pa.time32("s"), [dt.time(10, 30), dt.time(11)], "number"),
    "time64": (pa.time64("us"), [dt.time(10, 30), dt.time(11)], "number"),
    **{
        f"duration_{unit}": (pa.duration(unit), [dt.timedelta(1), dt.timedelta(0, 5)], "number")
        for unit in ("s", "ms", "us", "ns")
    },
    "string": (pa.string(), ["a", "b"], "category"),
    "large_string": (pa.large_string(), ["a", "b"], "category"),
    "dictionary": (pa.dictionary(pa.int8(), pa.string()), ["a", "b"], "category"),
    "numbered": (pa.dictionary(pa.int8(), pa.int64()), [7, 9], "number"),
    "binary": (pa.binary(), [b"\xe5\xae\x89", b"b"], "category"),
    "fixed": (pa.binary(2), [b"aa", b"bb"], "category"),
    "uuid": (pa.uuid(), [one.bytes for one in UUIDS], "category"),
}
REFUSED: dict[str, tuple[pa.DataType, list[Any]]] = {
    "list": (pa.list_(pa.int64()), [[1], [2, 3]]),
    "large_list": (pa.large_list(pa.string()), [["a"], []]),
    "fixed_list": (pa.list_(pa.int64(), 2), [[1, 2], [3, 4]]),
    "struct": (pa.struct([("a", pa.int64())]), [{"a": 1}, {"a": 2}]),
    "map": (pa.map_(pa.string(), pa.int64()), [[("a", 1)], [("b", 2)]]),
    "bytes": (pa.binary(), [b"\xff\xfe", b"\xfe"]),
    "fixed_bytes": (pa.binary(2), [b"\xff\xfe", b"\xfe\xff"]),
}
TYPES = READ | {name: (*own, "") for name, own in REFUSED.items()}


def array(kind: pa.DataType, values: list[Any]) -> pa.Array:
    if isinstance(kind, pa.BaseExtensionType):
        return pa.ExtensionArray.from_storage(kind, pa.array(values, kind.storage_type))
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    return pa.array(values, kind)


def written(path: Path, kind: pa.DataType, values: list[Any]) -> Path:
    table = pa.table({"x": array(kind, values), "other": pa.array(range(len(values)))})
    pa.parquet.write_table(table, path)
    return path


@pytest.mark.parametrize("nulls", [False, True])
@pytest.mark.parametrize("name", TYPES)
def test_what_is_written_back_is_what_was_there(tmp_path: Path, name: str, nulls: bool) -> None:
    kind, values, _ = TYPES[name]
    nulls = nulls and name != "fixed_list"  # Arrow cannot read its own back from Parquet
    path = written(tmp_path / "a.parquet", kind, values * 5 + [None] * nulls)
    file = read_table(path)
    risk = np.linspace(0, 1, len(file.rows))
    write_table(tmp_path / "b.parquet", file.rows.assign(risk=risk), file.arrow)
    before = pa.parquet.read_table(path)
    after = pa.parquet.read_table(tmp_path / "b.parquet")
    assert after.column_names == ["x", "other", "risk"]
    assert after.schema.field("x").type == before.schema.field("x").type
    assert after.drop_columns("risk").equals(before)
    np.testing.assert_array_equal(after["risk"].to_numpy(), risk)


@pytest.mark.parametrize("nulls", [False, True])
@pytest.mark.parametrize("name", READ)
def test_each_type_is_read_as_its_kind_and_alike_from_a_csv(
    tmp_path: Path, name: str, nulls: bool
) -> None:
    kind, values, expected = READ[name]
    file = read_table(written(tmp_path / "a.parquet", kind, values * 15 + [None] * nulls * 3))
    column = infer("x", file.rows["x"])
    assert (column.kind, column.dropped) == (expected, "")
    typed = prepare(file.rows, [column])["x"]
    assert typed.nunique() == len(values) + (nulls and expected in ("category", "yes/no"))
    if name.startswith("duration"):
        return  # a program that writes durations as text has no common form
    write_table(tmp_path / "a.csv", file.rows)
    again = prepare(read_table(tmp_path / "a.csv").rows, [column])["x"]
    pd.testing.assert_series_equal(typed, again, check_dtype=False)


def test_a_uuid_has_the_name_that_a_request_writes(tmp_path: Path) -> None:
    kind, values, _ = READ["uuid"]
    rows = read_table(written(tmp_path / "a.parquet", kind, values)).rows
    assert rows["x"].tolist() == [str(one) for one in UUIDS]


@pytest.mark.parametrize("name", REFUSED)
def test_lists_records_and_bytes_are_refused_by_name_unless_excluded(
    tmp_path: Path, name: str
) -> None:
    rows = read_table(written(tmp_path / "a.parquet", *REFUSED[name])).rows
    with pytest.raises(TableRefused, match=r"column x holds .* exclude it with --drop x"):
        infer_columns(rows)
    assert infer_columns(rows, dropped=["x"])[0].dropped == "excluded by --drop"
    with pytest.raises(OutputError, match="CSV cannot hold x"):
        write_table(tmp_path / "b.csv", rows)
    assert not (tmp_path / "b.csv").exists()
