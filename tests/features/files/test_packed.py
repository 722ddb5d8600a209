"""What a file is by its first bytes, whatever its name says."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from features.errors import FileRefused
from features.files.prepared import Prepared, prepare
from features.files.text.layouts import Declared

TEXT = b"a,b\n1,2\n"


def prepared(folder: Path, name: str, content: bytes) -> Prepared:
    path = folder / name
    path.write_bytes(content)
    return prepare(path, name, folder, Declared())


def archive(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name in names:
            made.writestr(name, TEXT)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "packed"),
    [
        (gzip.compress(TEXT), ("gzip",)),
        (gzip.compress(TEXT) + bytes(512), ("gzip",)),
        (gzip.compress(TEXT[:4]) + gzip.compress(TEXT[4:]), ("gzip",)),
        (archive("a.csv", "__MACOSX/._a.csv", ".DS_Store"), ("zip",)),
        (gzip.compress(archive("a.csv")), ("gzip", "zip")),
    ],
    ids=["plain", "padded with zeros", "two members", "zip", "zip in gzip"],
)
def test_packed_text_is_unpacked(tmp_path: Path, content: bytes, packed: tuple[str, ...]) -> None:
    found = prepared(tmp_path, "a.csv.gz", content)
    assert (found.rows, found.packed) == (1, packed)
    assert found.path.read_bytes() == TEXT


@pytest.mark.parametrize(
    ("name", "content", "cause"),
    [
        ("a.zip", archive("a.csv", "b.csv"), r"holds 2 files \(a.csv, b.csv\); expected one"),
        ("a.csv.gz", TEXT, "by its name it is gzip, by its content not"),
        ("a.csv.gz", gzip.compress(TEXT)[:-4], "cannot be read: .*cut off"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"%PDF-1.7", "is PDF; expected delimited text"),
        ("a.xls", b"<html><table>", "is HTML"),
        ("a.csv", b"a,b\n\0,1\n", "zero bytes"),
    ],
    ids=["two files", "no gzip", "cut off", "empty", "pdf", "html", "zeros"],
)
def test_what_is_not_a_table_is_refused_by_what_it_is(
    tmp_path: Path, name: str, content: bytes, cause: str
) -> None:
    with pytest.raises(FileRefused, match=cause):
        prepared(tmp_path, name, content)
