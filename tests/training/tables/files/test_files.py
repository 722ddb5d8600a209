"""A table's file, read by its suffix and written; and files that are not tables."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from features.errors import OutputError, TableRefused
from training.tables.files import check_output, read_table, write_table

TEXT = "城市,在网时长,备注\n安澜,3,好\n北陵,12,\n"


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_what_was_compressed_is_read(tmp_path: Path) -> None:
    file = read_table(written(tmp_path / "a.csv.gz", gzip.compress(TEXT.encode())))
    assert len(file.rows) == 2
    assert file.read_as == "gzip, UTF-8, comma between columns, all 2 rows"
    assert len(read_table(written(tmp_path / "A.CSV.GZ", gzip.compress(TEXT.encode()))).rows) == 2


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableRefused, match="read"):
        read_table(written(tmp_path / name, "a,b\n1,2\n"))


def test_no_file_and_an_unknown_suffix_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableRefused, match="no such file"):
        read_table(tmp_path / "a.csv")
    with pytest.raises(TableRefused, match=r"ends in \.csv"):
        read_table(written(tmp_path / "a.docx", "x"))


def test_a_workbook_is_read_as_its_text_would_be(tmp_path: Path) -> None:
    day = pd.Timestamp("2025-01-31")
    rows = pd.DataFrame(
        {"city": ["Köln", "007"], "fee": [1234.5, 3], "on": [True, False], "day": [day, None]}
    )
    rows.to_excel(tmp_path / "a.xlsx", index=False)
    read = read_table(tmp_path / "a.xlsx")
    assert read.read_as == "Excel, all 2 rows"
    assert read.rows.to_dict("list") == {
        "city": ["Köln", "007"],
        "fee": ["1234.5", "3"],
        "on": ["true", "false"],
        "day": ["2025-01-31", ""],
    }
    with pd.ExcelWriter(tmp_path / "b.xlsx") as writer:
        rows.to_excel(writer, sheet_name="May", index=False)
        rows.to_excel(writer, sheet_name="June", index=False)
    with pytest.raises(TableRefused, match=r"2 sheets with content \(May, June\)"):
        read_table(tmp_path / "b.xlsx")
    with pytest.raises(TableRefused, match=r"c\.xlsx cannot be read.*cut off"):
        read_table(written(tmp_path / "c.xlsx", (tmp_path / "a.xlsx").read_bytes()[:4000]))


def test_a_folder_of_parts_as_spark_writes_it_is_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "shops.parquet"
    for month in ("2025-01", "2025-02"):
        (folder / f"month={month}").mkdir(parents=True)
        part = folder / f"month={month}" / "part-00000-8b1f-c000.snappy.parquet"
        pd.DataFrame({"city": ["Köln", "北京"], "n": [1, 2]}).to_parquet(part)
        written(part.with_name(f".{part.name}.crc"), "crc")
    written(folder / "_SUCCESS", "")
    read = read_table(folder)
    assert read.read_as == "2 parts of Parquet, all 4 rows"
    assert read.rows["month"].tolist() == ["2025-01"] * 2 + ["2025-02"] * 2
    assert read.rows["n"].tolist() == [1, 2, 1, 2]
    pd.DataFrame({"city": ["Köln"], "m": [1]}).to_parquet(folder / "part-1.parquet")
    with pytest.raises(TableRefused, match="one part has the columns"):
        read_table(folder)


def test_a_folder_of_csv_parts_is_one_table(tmp_path: Path) -> None:
    folder = tmp_path / "shops.csv"
    folder.mkdir()
    written(folder / "_SUCCESS", "")
    for number in range(2):
        content = f"city,n\nKöln,{number}\n".encode()
        written(folder / f"part-0000{number}.csv.gz", gzip.compress(content))
    read = read_table(folder)
    assert read.rows["n"].tolist() == ["0", "1"]
    assert read.read_as == "2 parts, gzip, UTF-8, comma between columns, all 2 rows"


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    days = pd.to_datetime(pd.Series(["2025-01-01", None]))
    frame = pd.DataFrame({"n": [1, 2], "day": days, "b": [True, 0]})
    frame["b"] = frame["b"].astype(bool)
    frame.to_parquet(tmp_path / "a.parquet")
    file = read_table(tmp_path / "a.parquet")
    assert file.read_as == "Parquet, all 2 rows"
    assert [str(kind)[:8] for kind in file.rows.dtypes] == ["int64", "datetime", "bool"]


def test_parquets_long_numbers_and_bytes_come_out_as_they_went_in(tmp_path: Path) -> None:
    card = 8986011234567890123
    table = pa.table({"card": [card, None], "city": [b"\xe5\xae\x89", b"b"], "": [1, 2]})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    rows = read_table(tmp_path / "a.parquet").rows
    write_table(tmp_path / "b.csv", rows)
    assert (tmp_path / "b.csv").read_text("utf-8") == f"card,city,unnamed_3\n{card},安,1\n,b,2\n"
    write_table(tmp_path / "b.parquet", rows)
    assert pa.parquet.read_table(tmp_path / "b.parquet")["card"].to_pylist() == [card, None]


@pytest.mark.parametrize(
    ("names", "values", "message"),
    [
        (["a", "a"], [[1], [2]], "a stands in the header more than once"),
        (["a", "b"], [pa.array([], pa.int8()), pa.array([], pa.int8())], "no rows"),
    ],
)
def test_parquet_without_a_table_of_values_is_refused(
    tmp_path: Path, names: list[str], values: list[Any], message: str
) -> None:
    arrays = [value if isinstance(value, pa.Array) else pa.array(value) for value in values]
    pa.parquet.write_table(pa.Table.from_arrays(arrays, names), tmp_path / "a.parquet")
    with pytest.raises(TableRefused, match=message):
        read_table(tmp_path / "a.parquet")


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_is_written_is_read_again(tmp_path: Path, suffix: str) -> None:
    rows = read_table(written(tmp_path / "a.csv", TEXT)).rows
    write_table(tmp_path / f"b{suffix}", rows)
    pd.testing.assert_frame_equal(read_table(tmp_path / f"b{suffix}").rows, rows)


def test_where_nothing_can_be_written_is_known_before(tmp_path: Path) -> None:
    table = written(tmp_path / "a.csv", TEXT)
    (tmp_path / "x").mkdir()
    with pytest.raises(OutputError, match=r"ends in \.csv or \.parquet"):
        check_output(tmp_path / "a.xlsx", table)
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        check_output(tmp_path / "b.csv", table)
    with pytest.raises(OutputError, match="is not a folder"):
        check_output(table / "c.csv", table)
    (tmp_path / "link.csv").symlink_to(table)
    for same in (table, tmp_path / "x" / ".." / "a.csv", tmp_path / "link.csv"):
        with pytest.raises(OutputError, match="is the table itself"):
            check_output(same, table)
        with pytest.raises(OutputError, match="is the table itself"):
            check_output(same, table, force=True)
    check_output(tmp_path / "new" / "c.csv", table)
    other = written(tmp_path / "d.csv", TEXT)
    with pytest.raises(OutputError, match=r"d\.csv is there already.*--force"):
        check_output(other, table)
    check_output(other, table, force=True)
