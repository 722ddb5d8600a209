"""A file made ready for any plain reader: unpacked, UTF-8, its header first, one kind of line end.

A file that is so already is read where it is. Otherwise a plain copy is written.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from features.errors import FileRefused
from features.files.counting import (
    even_records,
    json_rows,
    json_values,
    parquet_rows,
    text_rows,
    uneven,
)
from features.files.packed import kind_of, unpacked
from features.files.spreadsheets import written_as_text
from features.files.text.decoded import in_utf8
from features.files.text.dialects import Dialect, is_comment
from features.files.text.layouts import Declared, Layout, layout_of
from features.files.text.survey import CTRL_Z, Survey, blocks, survey

SAMPLE = 1 << 20
MAX_UNEVEN = 20  # uneven rows of a file that has fewer even ones; else the layout is another
LINE_END = "\r\n"  # with it, csv quotes either of its signs within a value
JSON = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True)
class UnevenRow:
    """A row with other fields than the header: its file, its number there, its line, its fields."""

    file: str
    number: int
    line: int
    fields: tuple[str, ...]
    expected: int


@dataclass(frozen=True)
class Prepared:
    """A file ready to be read at `path`, and how it was found.

    `form` is CSV, JSON, Parquet or Excel; `packed` how it was packed, outermost first; `rows` its
    rows by a count of their own; `other_lines` those that are not rows: titles and comments.
    `unended`: its last line lacks its line break. `uneven` are quarantined rows, which are not
    among `rows`. `encoding` and `layout` are None for what is not text, `layout` for what is not
    delimited.
    """

    path: Path
    name: str
    form: str
    packed: tuple[str, ...]
    encoding: str | None
    layout: Layout | None
    rows: int
    other_lines: int = 0
    unended: bool = False
    uneven: tuple[UnevenRow, ...] = ()

    @property
    def read_as(self) -> str:
        """How the file was read, in words."""
        parts = [*self.packed]
        if self.form == "CSV" and self.layout is not None:
            parts += [str(self.encoding), f"{self.layout.dialect.words} between columns"]
        else:
            parts += [self.form, *([] if self.encoding in (None, "UTF-8") else [self.encoding])]
        if self.layout is not None and not self.layout.header:
            parts.append("without a header")
        if self.other_lines:
            lines = "1 line" if self.other_lines == 1 else f"{self.other_lines:,} lines"
            parts.append(f"without {lines} of titles or comments")
        return ", ".join(parts)


def prepare(path: Path, name: str, work: Path, declared: Declared) -> Prepared:
    """The file made ready; what has to be written is written into the folder `work`.

    `name` is what messages call it. Raises FileRefused where it cannot be read for certain.
    """
    plain, packed = unpacked(path, name, work)
    kind = kind_of(plain, name)
    made = Prepared(plain, name, "Parquet", tuple(packed), None, None, 0)
    if kind == "parquet":
        return replace(made, rows=parquet_rows(plain, name))
    if kind == "spreadsheet":
        plain = written_as_text(plain, name, work / "sheet", declared.sheet)
        declared = replace(declared, encoding=None, delimiter=",", quote='"', escape='"')
        return replace(_delimited(plain, made, work, declared, survey(plain)), form="Excel")
    stem = Path(name).with_suffix("") if packed else Path(name)
    plain, encoding, seen = in_utf8(plain, name, work, declared)
    made = replace(made, path=plain, encoding=encoding)
    if declared.json or stem.suffix.lower() in JSON:
        return replace(made, form="JSON", rows=json_rows(plain, name))
    return replace(_delimited(plain, made, work, declared, seen), form="CSV")


def _delimited(
    plain: Path, made: Prepared, work: Path, declared: Declared, seen: Survey
) -> Prepared:
    """A delimited text made ready and counted."""
    with plain.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        sample = file.read(SAMPLE)
    sample = _without_ctrl_z(sample)
    if not sample.strip():
        raise FileRefused(f"{made.name} is empty; expected at least its column names")
    if len(sample) == SAMPLE:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1]
    layout = layout_of(sample, made.name, declared)
    made = replace(made, unended=seen.ends_in_a_line and not made.packed)
    if declared.each_record or not _is_plain(plain, layout, seen):
        return _written_plainly(plain, made, work, layout, declared)
    try:
        rows = text_rows(plain, layout, seen, made.name, lenient=declared.lenient)
    except FileRefused:
        if not declared.quarantine_uneven:
            raise
        return _written_plainly(plain, made, work, layout, declared)
    return replace(made, path=plain, layout=layout, rows=rows)


def _is_plain(path: Path, layout: Layout, seen: Survey) -> bool:
    if layout.title_lines or layout.extra or not seen.one_kind_of_end:
        return False
    if CTRL_Z in seen.last.rstrip(b"\r\n")[-1:]:
        return False
    if layout.comment is None:
        return True
    if layout.comment != "#":
        return False
    return not (seen.marks and _has_comments(path, layout.dialect))


def _has_comments(path: Path, dialect: Dialect) -> bool:
    """Whether a line that begins with `#` has no delimiter, and so may be a comment."""
    sign = dialect.delimiter.encode()
    with path.open("rb") as file:
        return any(
            sign not in line
            for block in blocks(file)
            for line in re.findall(rb"^(?:\xef\xbb\xbf)?#[^\n]*", block, re.MULTILINE)
        )


def _written_plainly(
    source: Path, made: Prepared, work: Path, layout: Layout, declared: Declared
) -> Prepared:
    """Write the records as plain text: nothing but header and rows, quotes written twice."""
    target, width = work / "plain", len(layout.names)
    others, written = layout.title_lines, 0
    quarantine = (
        UnevenRows(made.name, layout)
        if declared.quarantine_uneven and not declared.lenient
        else None
    )
    plain = replace(
        layout, title_lines=0, extra=0, comment=None, dialect=Dialect(layout.dialect.delimiter)
    )
    with (
        source.open(encoding="utf-8-sig", newline="") as old,
        target.open("w", encoding="utf-8", newline="") as new,
    ):
        writer = csv.writer(new, delimiter=layout.dialect.delimiter, lineterminator=LINE_END)
        lines = _below_titles(old, layout.title_lines)
        for line, record in layout.dialect.records(lines, made.name):
            if layout.comment and is_comment(record, layout.comment):
                others += 1
            elif record or width == 1:
                own = _cut(record, width, layout.extra)
                if quarantine is not None and len(own) != width:
                    quarantine.put(own, written, line)
                else:
                    writer.writerow(own)
                    written += 1
    uneven_rows = () if quarantine is None else tuple(quarantine.rows)
    rows = text_rows(target, plain, survey(target), made.name, lenient=declared.lenient)
    if rows + layout.header != written:
        raise FileRefused(f"{made.name}: {written:,} records were found and {rows:,} can be read")
    return replace(
        made, path=target, layout=plain, rows=rows, other_lines=others, uneven=uneven_rows
    )


@dataclass
class UnevenRows:
    """The rows of a file that have other fields than its header."""

    name: str
    layout: Layout
    rows: list[UnevenRow] = field(default_factory=list)

    def put(self, record: list[str], written: int, line: int) -> None:
        """Keep a record, after so many written ones; `line` is counted below the titles.

        Raises FileRefused for one that may hold several rows, and where they are too many.
        """
        number = written - self.layout.header + len(self.rows) + 1
        line += self.layout.title_lines
        may_be_several = any("\n" in one or "\r" in one for one in record)
        if may_be_several or len(self.rows) >= max(MAX_UNEVEN, written):
            raise FileRefused(uneven(self.name, self.layout, number, line, record))
        expected = len(self.layout.names)
        self.rows.append(UnevenRow(self.name, number, line, tuple(record), expected))


def _cut(record: list[str], width: int, extra: int) -> list[str]:
    """The record without the empty fields that all rows have beyond the header's."""
    is_wide = extra and len(record) == width + extra and not any(record[width:])
    return record[:width] if is_wide else record


def _below_titles(lines: Iterator[str], count: int) -> Iterator[str]:
    """The lines below the titles; what ends the text for DOS is not one of them."""
    held = None
    for line in itertools.islice(lines, count, None):
        if held is not None:
            yield held
        held = line
    if held is not None and (last := _without_ctrl_z(held)):
        yield last


def _without_ctrl_z(text: str) -> str:
    """The text without the sign that ends it for DOS, and what is behind that."""
    end = text.rstrip("\r\n")
    return end.rstrip("\x1a") if end.endswith("\x1a") else text


def recount(made: Prepared) -> int:
    """The rows once more, looking at each record. Raises FileRefused where one is uneven."""
    if made.form == "JSON":
        return sum(1 for _ in json_values(made.path, made.name))
    if made.layout is None:
        return made.rows
    records = even_records(made.path, made.layout, made.name, lenient=True)
    return sum(1 for _ in records) - made.layout.header


def check_even(made: Prepared) -> None:
    """Raises FileRefused with the first row that has other fields than the header, if one has."""
    if made.layout is not None:
        for _ in even_records(made.path, made.layout, made.name):
            pass
