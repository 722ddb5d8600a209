"""Files as people save them, and those that contradict themselves."""

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


@pytest.mark.parametrize(
    ("codec", "told"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
def test_the_encoding_is_found_out_and_told(tmp_path: Path, codec: str, told: str) -> None:
    file = read_table(written(tmp_path / "客户.csv", TEXT.encode(codec)))
    assert file.read_as == f"{told}, comma between columns"
    assert list(file.rows.columns) == ["城市", "在网时长", "备注"]
    assert file.rows["城市"].tolist() == ["安澜", "北陵"]
    assert file.rows["备注"].tolist() == ["好", ""]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found_out_though_values_hold_commas(
    tmp_path: Path, delimiter: str
) -> None:
    lines = [["fee", "city", "left"], ["1,5", "a", "no"], ["2,5", "b", "yes"]]
    text = "\n".join(delimiter.join(line) for line in lines)
    rows = read_table(written(tmp_path / "a.csv", text)).rows
    assert rows.to_numpy().tolist() == lines[1:]


def test_quoted_newlines_and_delimiters_belong_to_the_value(tmp_path: Path) -> None:
    text = 'note,left\n"two\nlines, and a comma",no\n"a ""word""",yes\n'
    rows = read_table(written(tmp_path / "a.csv", text)).rows
    assert rows["note"].tolist() == ["two\nlines, and a comma", 'a "word"']


def test_what_was_compressed_is_read(tmp_path: Path) -> None:
    file = read_table(written(tmp_path / "a.csv.gz", gzip.compress(TEXT.encode())))
    assert len(file.rows) == 2
    assert len(read_table(written(tmp_path / "A.CSV.GZ", gzip.compress(TEXT.encode()))).rows) == 2


def test_what_was_damaged_after_it_was_compressed_is_refused(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(b"a,b\n" + b"1,2\n3,4\n" * 500))
    content[20] ^= 255
    content[25] ^= 255
    with pytest.raises(TableRefused, match="cannot be read"):
        read_table(written(tmp_path / "a.csv.gz", bytes(content)))


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_the_last_row_counts_however_it_ends(tmp_path: Path, end: str) -> None:
    rows = read_table(written(tmp_path / "a.csv", f'a,b\r\n1,2\r\n3,"4\n"{end}')).rows
    assert rows.to_numpy().tolist() == [["1", "2"], ["3", "4\n"]]


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    rows = read_table(written(tmp_path / "a.csv", ",left\n0,no\n1,yes\n")).rows
    assert list(rows.columns) == ["unnamed_1", "left"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b,a\n1,2,3\n", "a stands in the header more than once"),
        ("a,b\n1,2\n3\n", "data row 2 has 1 fields, the header 2"),
        ('a,b\n1,2\n3,"4\n5,6\n', "in data row 2 a quote is opened and never closed"),
        ('a,b\n1,2\n"3,4\n5,6\n', "data row 2 has 1 fields, .* close every quote"),
        ('a,b\n1,"' + "2,3\n" * 50_000, "a quote that is opened and never closed"),
        ("a,b\n1,2,3\n", "data row 1 has 3 fields, the header 2"),
        ("a,b\n", "a header and no rows"),
        ("", "is empty"),
        ("alone\n1\n2\n", "one column only"),
        (b"a,b\n\xff\xff,1\n", "neither UTF-8 nor GB18030"),
        (b"a,b\n\0,1\n", "zero bytes"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, content: bytes | str, message: str
) -> None:
    with pytest.raises(TableRefused, match=message):
        read_table(written(tmp_path / "a.csv", content))


@pytest.mark.parametrize("name", ["a.parquet", "a.csv.gz"])
def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(TableRefused, match="read"):
        read_table(written(tmp_path / name, "a,b\n1,2\n"))


def test_no_file_and_an_unknown_suffix_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TableRefused, match="no such file"):
        read_table(tmp_path / "a.csv")
    with pytest.raises(TableRefused, match=r"ends in \.csv"):
        read_table(written(tmp_path / "a.xlsx", "x"))


def test_parquet_keeps_its_types_and_lists_are_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"n": [1, 2], "day": pd.to_datetime(["2025-01-01", None]), "b": [True, 0]})
    frame["b"] = frame["b"].astype(bool)
    frame.to_parquet(tmp_path / "a.parquet")
    read = read_table(tmp_path / "a.parquet").rows
    assert [str(kind)[:8] for kind in read.dtypes] == ["int64", "datetime", "bool"]
    pa.parquet.write_table(pa.table({"a": [[1], [2]], "b": [1, 2]}), tmp_path / "b.parquet")
    with pytest.raises(TableRefused, match="a hold lists"):
        read_table(tmp_path / "b.parquet")


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
        (["a", "b"], [[1], [b"\xff\xfe"]], "b holds bytes that are no UTF-8"),
        (["a", "b"], [pa.array([], pa.int8()), pa.array([], pa.int8())], "no rows"),
    ],
)
def test_parquet_that_is_no_table_of_values_is_refused(
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
    with pytest.raises(OutputError, match="is no folder"):
        check_output(table / "c.csv", table)
    (tmp_path / "link.csv").symlink_to(table)
    for same in (table, tmp_path / "x" / ".." / "a.csv", tmp_path / "link.csv"):
        with pytest.raises(OutputError, match="is the table itself"):
            check_output(same, table)
    check_output(tmp_path / "new" / "c.csv", table)
