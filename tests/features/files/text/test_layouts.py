"""The header and what is not a row: taken where it is certain, else refused with the cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from features.errors import FileRefused
from features.files.prepared import Prepared, prepare
from features.files.text.layouts import Declared

ROWS = "1,x,5\n2,y,6\n"


def prepared(folder: Path, text: str, **declared: object) -> Prepared:
    path = folder / "a.csv"
    path.write_text(text, "utf-8", newline="")
    return prepare(path, "a.csv", folder, Declared(**declared))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("id,city,n\n" + ROWS, 0),
        ("Bills of 2025\n\nid,city,n\n" + ROWS, 2),
        ("Bills of 2025,,\nid,city,n\n" + ROWS, 1),
        ('"Bills, all of 2025"\nid,city,n\n' + ROWS, 1),
        ("sep=,\nid,city,n\n" + ROWS, 1),
        ("# made by tool\nid,city,n\n1,x,5\n# page 2\n2,y,6\n", 2),
        ("id,city,n\n1,x,5,\n2,y,6,\n", 0),
        ("id,city,n\n1,x,5\n2,y,6\n\x1a", 0),
        ("id,city,n\r\n1,x,5\n2,y,6\r\n", 0),
        ("id,city,n\r1,x,5\r2,y,6\r", 0),
        ('id,city,n\n1,"x",5\n\n2,y,6\n\n', 0),
    ],
)
def test_what_is_certain_is_read_right(tmp_path: Path, text: str, others: int) -> None:
    found = prepared(tmp_path, text)
    assert found.layout is not None
    assert found.layout.names == ("id", "city", "n")
    assert (found.rows, found.other_lines) == (2, others)
    plain = found.path.read_text("utf-8").replace('"', "").split()
    assert plain == ["id,city,n", "1,x,5", "2,y,6"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("id,city\n1,x,5\n2,y,6\n", "so has every row: the header lacks a name"),
        ("Bills,2025\nid,city,n\n" + ROWS, "If it is a title, remove it"),
        ("id;city;n\na,x,y\nb,z,w\n", "with semicolon between 3 names, but the rows"),
        ('"id,city,n"\na,x,y\nb,z,w\n', "with comma between 3 names, but the rows"),
        ("Bills\na,x,gold\nb,z,gold\n", "If it is a title, remove it"),
        ("Bills\nC001,x,y\nC002,z,w\nC003,v,u\n", "If it is a title, remove it"),
        ("x\n1,5\n2,6\n", "its first line has 1 field, the rows below have 2"),
        ("id,city,n\n" + ROWS + "Total: 2\n", r"data row 3 has 1 field.*\(line 4\). A total"),
        ("id,city,n\n" + ROWS + "3,Hello, world,\n" + ROWS, "data row 3 has 4 fields.*comma"),
        ("id,city,n\n" + ROWS + "3,z\n", "data row 3 has 2 fields.*cut off"),
        ("id,city,n\n" + ROWS + '3,"z,7\n', "in line 4 a quote is opened and never closed"),
    ],
)
def test_what_is_doubtful_is_refused_with_its_cause(tmp_path: Path, text: str, cause: str) -> None:
    with pytest.raises(FileRefused, match=cause):
        prepared(tmp_path, text)


def test_ctrl_a_is_the_delimiter_wherever_a_text_has_it(tmp_path: Path) -> None:
    rows = "".join(f"{row}\x01Köln\x01{row},50\n" for row in range(9))
    found = prepared(tmp_path, f"id\x01city\x01fee\n{rows}")
    assert found.layout is not None
    assert (found.layout.names, found.rows) == (("id", "city", "fee"), 9)
    assert "Ctrl-A between columns" in found.read_as


def test_backslashes_before_quotes_are_understood(tmp_path: Path) -> None:
    found = prepared(tmp_path, 'a,b\n1,"x \\"y\\", z"\n2,w\n')
    assert found.layout is not None
    assert found.layout.dialect.escape == "\\"
    assert found.rows == 2


def test_ids_that_begin_with_a_comment_sign_are_rows(tmp_path: Path) -> None:
    found = prepared(tmp_path, "#id,city\n#1,x\n2,y\n#3,z\n")
    assert (found.rows, found.other_lines) == (3, 0)


def test_what_is_declared_is_taken(tmp_path: Path) -> None:
    found = prepared(
        tmp_path, "skip\n%c\n1:x\n", skipped=1, header=False, delimiter=":", comment="%"
    )
    assert (found.rows, found.other_lines) == (1, 2)
    assert found.path.read_text("utf-8").split() == ["1:x"]
