"""Delimited text as people save it, and text that contradicts itself."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from features.errors import TableRefused
from training.tables.delimited import read_text

TEXT = "城市,在网时长,备注\n安澜,3,好\n北陵,12,\n"


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("codec", "told"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
def test_the_encoding_is_found_out_and_told(tmp_path: Path, codec: str, told: str) -> None:
    rows, read_as = read_text(written(tmp_path / "客户.csv", TEXT.encode(codec)))
    assert read_as == f"{told}, comma between columns"
    assert list(rows.columns) == ["城市", "在网时长", "备注"]
    assert rows["城市"].tolist() == ["安澜", "北陵"]
    assert rows["备注"].tolist() == ["好", ""]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found_out_though_values_hold_commas(
    tmp_path: Path, delimiter: str
) -> None:
    lines = [["fee", "city", "left"], ["1,5", "a", "no"], ["2,5", "b", "yes"]]
    text = "\n".join(delimiter.join(line) for line in lines)
    rows, _ = read_text(written(tmp_path / "a.csv", text))
    assert rows.to_numpy().tolist() == lines[1:]


def test_quoted_newlines_and_delimiters_belong_to_the_value(tmp_path: Path) -> None:
    text = 'note,left\n"two\nlines, and a comma",no\n"a ""word""",yes\n'
    rows, _ = read_text(written(tmp_path / "a.csv", text))
    assert rows["note"].tolist() == ["two\nlines, and a comma", 'a "word"']


def test_what_was_damaged_after_it_was_compressed_is_refused(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(b"a,b\n" + b"1,2\n3,4\n" * 500))
    content[20] ^= 255
    content[25] ^= 255
    with pytest.raises(TableRefused, match="cannot be read"):
        read_text(written(tmp_path / "a.csv.gz", bytes(content)))


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_the_last_row_counts_however_it_ends(tmp_path: Path, end: str) -> None:
    rows, _ = read_text(written(tmp_path / "a.csv", f'a,b\r\n1,2\r\n3,"4\n"{end}'))
    assert rows.to_numpy().tolist() == [["1", "2"], ["3", "4\n"]]


def test_a_column_without_a_name_is_called_by_its_place(tmp_path: Path) -> None:
    rows, _ = read_text(written(tmp_path / "a.csv", ",left\n0,no\n1,yes\n"))
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
        read_text(written(tmp_path / "a.csv", content))
