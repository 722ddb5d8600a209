"""Delimited text and JSON as columns, and text that contradicts itself."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from features.errors import TableRefused
from training.tables.files import read_table

TEXT = "城市,在网时长,备注\n安澜,3,好\n北陵,12,\n"


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("codec", "shown"),
    [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"), ("utf-16", "UTF-16")],
)
def test_the_encoding_is_found_and_shown(tmp_path: Path, codec: str, shown: str) -> None:
    read = read_table(written(tmp_path / "客户.csv", TEXT.encode(codec)))
    assert read.read_as == f"{shown}, comma between columns, all 2 rows"
    assert list(read.rows.columns) == ["城市", "在网时长", "备注"]
    assert read.rows["城市"].tolist() == ["安澜", "北陵"]
    assert read.rows["备注"].tolist() == ["好", ""]


def test_words_of_spain_are_not_taken_for_chinese(tmp_path: Path) -> None:
    content = b"months,city,churn\n" + b"7,M\xe1laga,1\n9,Le\xf3n,0\n" * 300
    read = read_table(written(tmp_path / "cities.csv", content))
    assert set(read.rows["city"]) == {"Málaga", "León"}
    assert read.read_as == "cp1252, comma between columns, all 600 rows"


def test_a_doubtful_encoding_is_refused_until_it_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "months,city\n7,Genève\n".encode("cp1252"))
    with pytest.raises(TableRefused, match=r"'Genève' in cp1252, 'Genčve' in cp1250.*--encoding"):
        read_table(path)
    assert read_table(path, "cp1252").rows["city"].tolist() == ["Genève"]
    assert read_table(path, "cp1250").rows["city"].tolist() == ["Genčve"]
    with pytest.raises(TableRefused, match="'klingon' is not an encoding"):
        read_table(path, "klingon")
    with pytest.raises(TableRefused, match="is not in the declared encoding utf-8"):
        read_table(path, "utf-8")


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found_though_values_hold_commas(tmp_path: Path, delimiter: str) -> None:
    lines = [["fee", "city", "left"], ["1,5", "a", "no"], ["2,5", "b", "yes"]]
    text = "\n".join(delimiter.join(line) for line in lines)
    rows = read_table(written(tmp_path / "a.csv", text)).rows
    assert rows.to_numpy().tolist() == lines[1:]


def test_quoted_newlines_and_delimiters_belong_to_the_value(tmp_path: Path) -> None:
    text = 'note,left\n"two\nlines, and a comma",no\n"a ""word""",yes\n'
    rows = read_table(written(tmp_path / "a.csv", text)).rows
    assert rows["note"].tolist() == ["two\nlines, and a comma", 'a "word"']


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


def test_json_lines_keep_their_digits(tmp_path: Path) -> None:
    text = '{"id": 8986011234567890123, "fee": 1.50, "on": true}\n{"id": 2, "city": "Köln"}\n'
    read = read_table(written(tmp_path / "a.jsonl", text))
    assert read.read_as == "JSON, all 2 rows"
    assert read.rows.to_dict("list") == {
        "id": ["8986011234567890123", "2"],
        "fee": ["1.50", ""],
        "on": ["true", ""],
        "city": ["", "Köln"],
    }
    array = read_table(written(tmp_path / "a.json", f"[{text.replace(chr(10), ',')[:-1]}]"))
    assert array.rows.equals(read.rows)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1}\n{"a": [1]}\n', "a hold lists or records"),
        ('{"a": 1, "a": 2}\n', "a is in a record more than once"),
        ('[{"a": 1}', "cut off"),
        ('[{"a": 1}]\n[{"a": 2}]', "goes on after its list"),
        ("[1, 2]", "expected records such as"),
        ('{"a": 1}\n{"a"', "not JSON that can be read"),
    ],
)
def test_json_that_is_not_a_table_is_refused(tmp_path: Path, content: str, message: str) -> None:
    with pytest.raises(TableRefused, match=message):
        read_table(written(tmp_path / "a.json", content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b,a\n1,2,3\n", "a stands in the header more than once"),
        ("a,b\n1,2\n3\n", "data row 2 has 1 field, the header 2"),
        ('a,b\n1,2\n3,"4\n5,6\n', "in line 3 a quote is opened and never closed"),
        ('a,b\n1,2\n"3,4\n5,6\n', "in line 3 a quote is opened and never closed"),
        ('a,b\n1,"' + "2,3\n" * 50_000, "a quote (that )?is opened and never closed"),
        ("a,b\n1,2,3\n", "data row 1 has 3 fields, the header 2"),
        ("a,b\n", "a header and no rows"),
        ("", "is empty"),
        ("alone\n1\n2\n", "one column only"),
        (b"a,b\n\xff\xff,1\n", "its encoding cannot be decided"),
        (b"a,b\n\0,1\n", "zero bytes"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, content: bytes | str, message: str
) -> None:
    with pytest.raises(TableRefused, match=message):
        read_table(written(tmp_path / "a.csv", content))
