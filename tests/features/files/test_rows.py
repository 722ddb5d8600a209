"""For any file: all its rows arrive as they were written, in imports and in tables alike.

The files are written here byte by byte, with the quirks that programs and people give them.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from features.errors import FileRefused, TableRefused
from features.files.prepared import UnevenRow
from features.imports.queries.files import Extract, FileRead
from features.imports.queries.mapping import Source
from training.tables.files import read_table

NAMES = ["id", "city", "note"]
VALUE = st.text("abC07#,;|\t\"' \n\r北é.-_\\/=", max_size=8)
ROW = st.tuples(VALUE, VALUE, VALUE).filter(lambda row: any(value.strip() for value in row))
PACKS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda content: content,
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zip": lambda content: zipped(content),
    ".zst": lambda content: bytes(pa.compress(content, codec="zstd", asbytes=True)),
}


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.csv", content)
        archive.writestr("__MACOSX/._data.csv", b"\0\1")
    return packed.getvalue()


@dataclass(frozen=True)
class Quirks:
    """What a program or a person did to a file on its way."""

    delimiter: str
    ends: tuple[str, ...]
    quote_all: bool
    encoding: str
    pack: str
    title: str
    extra: int
    comments: int
    ctrl_z: bool
    blank_lines: int


QUIRKS = st.builds(
    Quirks,
    delimiter=st.sampled_from(",;\t|"),
    ends=st.sampled_from([("\n",), ("\r\n",), ("\r",), ("\n", "\r\n"), ("\r\n", "\r", "\n")]),
    quote_all=st.booleans(),
    encoding=st.sampled_from(
        ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "utf-32-be", "gb18030"]
    ),
    pack=st.sampled_from([*PACKS]),
    title=st.sampled_from(["", "", "Bills of 2025", "# made by tool", "sep=", "\n"]),
    extra=st.sampled_from([0, 0, 1, 3]),
    comments=st.sampled_from([0, 0, 1, 2]),
    ctrl_z=st.booleans(),
    blank_lines=st.sampled_from([0, 0, 1, 2]),
)


def field(value: str, quirks: Quirks) -> str:
    needs = quirks.quote_all or any(sign in value for sign in (quirks.delimiter, *'"\r\n'))
    return f'"{value.replace(chr(34), chr(34) * 2)}"' if needs else value


def written(rows: list[tuple[str, ...]], quirks: Quirks) -> bytes:
    lines = [quirks.delimiter.join(field(value, quirks) for value in row) for row in rows]
    lines = [line + quirks.delimiter * quirks.extra for line in lines]
    for place in range(quirks.comments):
        lines.insert(len(lines) * place // 2, f"# page {place}")
    lines[1:1] = [""] * quirks.blank_lines
    lines.insert(0, quirks.delimiter.join(NAMES))
    if quirks.title:
        lines.insert(0, f"sep={quirks.delimiter}" if quirks.title == "sep=" else quirks.title)
    ended = [line + quirks.ends[at % len(quirks.ends)] for at, line in enumerate(lines)]
    text = "".join(ended) + "\x1a" * quirks.ctrl_z
    return PACKS[quirks.pack](text.encode(quirks.encoding))


def imported(
    folder: Path, name: str, encoding: str | None
) -> tuple[list[list[str]], FileRead, list[UnevenRow]]:
    """What an import's query gets of the file, and the quarantined rows."""
    work = folder / "work"
    work.mkdir()
    sql = f"select id, city, note from read_csv('{name}', all_varchar = true)"
    source = Source(sql, "id", delay_days=0, encoding=encoding)
    with duckdb.connect() as connection:
        query, (file,), uneven = Extract(connection, folder, work).query(source)
        rows = connection.execute(query).fetchall()
    return [[value or "" for value in row] for row in rows], file, uneven


@settings(max_examples=60, deadline=None)
@given(rows=st.lists(ROW, min_size=2, max_size=8), quirks=QUIRKS)
def test_all_rows_of_any_file_arrive_as_they_were_written(
    rows: list[tuple[str, ...]], quirks: Quirks
) -> None:
    expected = [list(row) for row in rows]
    encoding = quirks.encoding if quirks.encoding == "gb18030" else None
    with TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / f"data.csv{quirks.pack}"
        path.write_bytes(written(rows, quirks))
        table = read_table(path, encoding)
        found, file, uneven = imported(folder, path.name, encoding)
    assert table.rows.to_numpy().tolist() == expected
    assert (found, uneven) == (expected, [])
    assert file.rows_in_file == file.rows_read == len(rows)
    assert f"all {len(rows)} rows" in table.read_as
    titles = bool(quirks.title) * (1 + (quirks.title == "\n"))
    assert file.other_lines == quirks.comments + titles


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(ROW, min_size=2, max_size=12),
    row=st.lists(VALUE.filter(bool), min_size=1, max_size=6).filter(lambda row: len(row) != 3),
    place=st.integers(1, 11),
)
def test_a_row_with_other_fields_than_the_header_is_never_lost_or_shifted(
    rows: list[tuple[str, ...]], row: list[str], place: int
) -> None:
    text = io.StringIO(newline="")
    lines = [list(one) for one in rows]
    lines.insert(min(place, len(lines)), row)
    # Of the writer's line end each sign is quoted within values, and no other.
    csv.writer(text, lineterminator="\r\n").writerows([NAMES, *lines])
    is_comment = len(row) == 1 and row[0].startswith("#")
    assume(not is_comment or not any(sign in row[0] for sign in ',"\r\n'))
    with TemporaryDirectory() as name:
        path = Path(name) / "data.csv"
        path.write_text(text.getvalue(), "utf-8", newline="")
        if is_comment:
            assert len(read_table(path).rows) == len(rows)
            assert len(imported(path.parent, path.name, None)[0]) == len(rows)
            return
        with pytest.raises(TableRefused, match="header"):
            read_table(path)
        lines_of_row = any(sign in value for value in row for sign in "\r\n")
        try:
            found, file, uneven = imported(path.parent, path.name, None)
        except FileRefused as refused:
            assert "header" in refused.message  # noqa: PT017
            assert lines_of_row or len(rows) < 4, "one row is quarantined, the file is not refused"
            return
    assert found == [list(one) for one in rows]
    assert [list(one.fields) for one in uneven] == [row]
    assert (uneven[0].number, file.rows_in_file) == (lines.index(row) + 1, len(lines))


def test_rows_that_are_uneven_both_ways_are_found_though_their_fields_add_up(
    tmp_path: Path,
) -> None:
    path = tmp_path / "data.csv"
    path.write_text("id,city,note\n1,a,x\n2,b,x,y,z\n3\n4,d,x\n", "utf-8")
    with pytest.raises(TableRefused, match="data row 2 has 5 fields"):
        read_table(path)
    found, file, uneven = imported(tmp_path, path.name, None)
    assert found == [["1", "a", "x"], ["4", "d", "x"]]
    assert [(one.number, one.line, len(one.fields)) for one in uneven] == [(2, 3, 5), (3, 4, 1)]
    assert (file.rows_in_file, file.rows_read) == (4, 2)


def test_a_file_with_more_uneven_rows_than_even_ones_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("id,city,note\n1,a,x\n" + "2,b\n" * 30 + "3,c,y\n" * 40, "utf-8")
    with pytest.raises(FileRefused, match="data row 22 has 2 fields, the header 3"):
        imported(tmp_path, path.name, None)
