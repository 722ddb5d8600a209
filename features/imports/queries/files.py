"""The files that a query reads: each made ready, counted, and kept for the receipt."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from features.errors import FileRefused, ImportRefused
from features.files.packed import CUT_OFF
from features.files.parts import is_part, parts_of
from features.files.prepared import Prepared, UnevenRow, prepare, recount
from features.files.text.layouts import Declared, Layout
from features.imports.fields.checks import literal
from features.imports.queries.extracts import no_file, unended
from features.imports.queries.mapping import Source
from features.imports.queries.scans import LENIENT, READERS, Scan, scans_of


@dataclass(frozen=True)
class FileRead:
    """A file of an extract as it was read, with its rows by a count of its own and as read.

    `other_lines` are titles and comments, which are not rows. `encoding` and `delimiter` are None
    where a form has none.
    """

    file: str
    read_as: str
    form: str
    encoding: str | None
    delimiter: str | None
    header: bool
    rows_in_file: int
    rows_read: int
    other_lines: int


@dataclass
class Extract:
    """The files of an extract's folder, each made ready once; what is written goes into `work`."""

    connection: duckdb.DuckDBPyConnection
    folder: Path
    work: Path
    ready: dict[tuple[Path, Declared], Prepared] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)

    def query(self, source: Source) -> tuple[str, list[FileRead], list[UnevenRow]]:
        """The source's SQL with its files made ready, the files, and their quarantined rows.

        Raises ImportRefused for a file that cannot be read for certain, or of which the query's
        reader would read other than all rows.
        """
        encoded = {path for name in source.files for path in self._found(name)}
        if source.files and not encoded:
            raise ImportRefused(no_file(", ".join(source.files), self.folder))
        code, parts, done = unended(source.sql), [], 0
        files: dict[str, Prepared] = {}
        for scan in scans_of(self.connection, source.sql):
            call, read = self._call(scan, source, encoded)
            parts += [code[done : scan.start].decode(), call]
            done = scan.end
            files |= {one.name: one for one in read}
        uneven = [row for one in files.values() for row in one.uneven]
        return "".join([*parts, code[done:].decode()]), [*map(_read, files.values())], uneven

    def _call(self, scan: Scan, source: Source, encoded: set[Path]) -> tuple[str, list[Prepared]]:
        """The scan with its files made ready; as it is, where it names none."""
        paths = [path for pattern in scan.patterns for path in self._found(pattern)]
        original = unended(source.sql)[scan.start : scan.end].decode()
        if not paths:
            if scan.function in READERS or original.startswith("'"):
                raise ImportRefused(no_file(", ".join(scan.patterns), self.folder))
            return original, []
        if scan.function and scan.function not in READERS:
            return scan.elsewhere([str(self.folder / one) for one in scan.patterns]), []
        ready = [self._ready(path, scan, source, encoded) for path in paths]
        try:
            return self._counted(scan, ready), ready
        except duckdb.Error:
            # Rows too long and too short that make up for each other: their sum looks right.
            looked_at = [self._ready(path, scan, source, encoded, each=True) for path in paths]
            if not any(one.uneven for one in looked_at):
                raise
            return self._counted(scan, looked_at), looked_at

    def _found(self, pattern: str) -> list[Path]:
        """The files of the folder that a pattern names; of a folder, the parts it holds."""
        path = Path(os.path.normpath(self.folder / pattern))
        if not pattern.strip() or not path.is_relative_to(self.folder) or path == self.folder:
            return []
        if path.is_dir():
            return parts_of(path, pattern)
        found = self.connection.execute(
            f"SELECT file FROM glob({literal(str(path))}) ORDER BY file"
        ).fetchall()
        paths = [Path(file) for (file,) in found]
        return paths if paths == [path] else [one for one in paths if is_part(one)]

    def _ready(
        self, path: Path, scan: Scan, source: Source, encoded: set[Path], *, each: bool = False
    ) -> Prepared:
        """A file made ready, with `each` of its records looked at."""
        is_declared = path in encoded or not source.files
        said = scan.declared(source.encoding if is_declared else None)
        declared = replace(said, each_record=each)
        if (path, declared) not in self.ready:
            name = path.relative_to(self.folder)
            folder = self.work / "read" / str(len(self.ready))
            ready = _in_place(prepare(path, str(name), _made(folder), declared), folder, name)
            if ready.unended:
                raise ImportRefused(
                    f"{name} ends inside a line: it was cut off, or the last line break is "
                    f"missing. Deliver it again; if it is whole, end it with a line break."
                )
            self.ready[path, declared] = ready
        return self.ready[path, declared]

    def _counted(self, scan: Scan, ready: list[Prepared]) -> str:
        """The call that reads these files, all of whose rows it reads."""
        form, layout = _one_form(ready)
        call = scan.call(form, [str(one.path) for one in ready], layout)
        if call not in self.counted:
            ((rows,),) = self.connection.execute(f"SELECT count(*) FROM {call}").fetchall()
            self.counted[call] = rows
        rows, expected = self.counted[call], sum(one.rows for one in ready)
        if rows != expected and rows != (expected := sum(map(recount, ready))):
            names = ", ".join(one.name for one in ready[:5])
            options = ", ".join(name for name in LENIENT if name in scan.said)
            raise ImportRefused(
                f"{names}: {expected:,} rows in the file, and {rows:,} of them can be read. No row "
                f"may be lost: "
                + (f"remove {options} from the query." if options else f"{CUT_OFF}")
            )
        return call


def _read(ready: Prepared) -> FileRead:
    """What is kept of a file all of whose rows were read, but for the quarantined ones."""
    layout = ready.layout
    return FileRead(
        file=ready.name,
        read_as=ready.read_as,
        form=ready.form,
        encoding=ready.encoding,
        delimiter=layout.dialect.delimiter if layout and ready.form == "CSV" else None,
        header=layout is not None and layout.header,
        rows_in_file=ready.rows + len(ready.uneven),
        rows_read=ready.rows,
        other_lines=ready.other_lines,
    )


def _one_form(ready: list[Prepared]) -> tuple[str, Layout | None]:
    """The form and the layout that files of one call share. Raises FileRefused."""
    first = ready[0]
    for one in ready[1:]:
        alike = (one.form == first.form) and (one.layout is None) == (first.layout is None)
        if not alike or (
            one.layout is not None
            and first.layout is not None
            and (one.layout.dialect, one.layout.header)
            != (first.layout.dialect, first.layout.header)
        ):
            raise FileRefused(
                f"{first.name} is {first.read_as}, {one.name} {one.read_as}: files that one call "
                f"reads must be alike. Name them apart in the query."
            )
    return first.form, first.layout


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _in_place(ready: Prepared, folder: Path, name: Path) -> Prepared:
    """The plain copy under the file's own name, as queries may name it."""
    if not ready.path.is_relative_to(folder):
        return ready
    target = folder / "files" / name
    target.parent.mkdir(parents=True)
    ready.path.rename(target)
    for left in folder.iterdir():
        if left.is_file():
            left.unlink()
    return replace(ready, path=target)
