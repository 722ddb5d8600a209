"""The raw files of an extract, read by DuckDB in a sandbox and refused in plain words.

The queries of a mapping may read files of the extract's folder and nothing else: no other
file, no network, no variable of the program. Text files that declare an encoding are turned
into UTF-8 aside first, since DuckDB reads no other.
"""

from __future__ import annotations

import errno
import gzip
import os
from pathlib import Path
from typing import Any

import duckdb

from features.errors import ImportRefused, LiukeError, OutputError, SettingsError
from features.imports.checks import literal
from features.imports.mapping import Source

MEMORY_LIMIT = "1GB"  # sorting and joining beyond it goes to disk; keeps an import below 2 GB
MOST_THREADS = 4  # each needs a share of that memory
LINES = {".csv", ".tsv", ".txt"}  # what ends with a line break if it is whole
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CHUNK = 1 << 20

ENCODING = (
    'The file is not UTF-8. Declare what it is in the mapping, such as encoding = "gbk" and '
    "files = [...]."
)
CUT_OFF = "The file is damaged or cut off: deliver it again."
ONE_ROW = (
    "If only some rows are wrong, read the file with all_varchar = true: then they are set aside "
    "and the others are imported."
)
ADVICE = {
    "not utf-8": ENCODING,
    "Invalid unicode": ENCODING,
    "invalid UTF-8": ENCODING,
    "Cannot access": "A query may read only files of the folder given as --from.",
    "magic bytes": CUT_OFF,
    "too small to be a Parquet": CUT_OFF,
    "Unexpected end of": CUT_OFF,
    "Malformed JSON": CUT_OFF,
    "Expected Number of Columns": f"{CUT_OFF} {ONE_ROW}",
    "unterminated quote": CUT_OFF,
    "Error when converting column": ONE_ROW,
    "Conversion Error": ONE_ROW,
}


def connect(folders: list[Path], work: Path, zone: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB that can reach these folders alone and spills into `work`.

    `zone` is the session's, in which casts between times with and without offset are made.
    """
    connection = duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "threads": min(MOST_THREADS, os.cpu_count() or 1),
            "temp_directory": str(work / "spill"),
            "python_enable_replacements": False,
        }
    )
    connection.execute(f"SET TimeZone = {literal(zone)}")
    reachable = ", ".join(literal(str(folder)) for folder in (*folders, work))
    connection.execute(f"SET allowed_directories = [{reachable}]")
    connection.execute("SET enable_external_access = false")
    return connection


def query(
    connection: duckdb.DuckDBPyConnection, source: Source, folder: Path, utf8: Path
) -> tuple[str, list[str]]:
    """The source's SQL with its file names made absolute, and the files that it names.

    Files with a declared encoding are written to the folder `utf8` as UTF-8 and read there.
    Raises ImportRefused for a file that is cut off or is not in its declared encoding.
    """
    encoded = {file for name in source.files for file in _matches(connection, folder / name)}
    if source.files and not encoded:
        raise ImportRefused(_no_file(", ".join(source.files), folder))
    names: set[str] = set()
    code, parts, done = _unended(source.sql), [], 0
    for start, end, text in _texts(source.sql):
        may_be_files = any(map(str.isalnum, text)) and not Path(text).is_absolute()
        found = _matches(connection, folder / text) if may_be_files else []
        if found:
            place = _readable(found, encoded, source, folder, utf8)
            parts += [code[done:start].decode(), literal(str(place / text))]
            names.update(Path(file).name for file in found)
            done = end
    return "".join([*parts, code[done:].decode()]), sorted(names)


def _readable(
    found: list[str], encoded: set[str], source: Source, folder: Path, utf8: Path
) -> Path:
    """The folder in which these files are whole and UTF-8: the extract's own, or `utf8`."""
    in_utf8 = encoded.isdisjoint(found)
    if not in_utf8 and not encoded.issuperset(found):
        names = ", ".join(Path(file).name for file in found if file not in encoded)
        raise SettingsError(
            f"one pattern of the query reads files with and without a declared encoding; add "
            f"{names} to files, or name them apart in the query"
        )
    for file in found:
        name = Path(file).relative_to(folder)
        if not in_utf8:
            _transcode(Path(file), utf8 / name, str(source.encoding))
        _check_whole((folder if in_utf8 else utf8) / name, name.name)
    return folder if in_utf8 else utf8


def refusal(error: duckdb.Error, feed: str, folder: Path, files: list[str]) -> LiukeError:
    """What DuckDB could not do, in words: OutputError for a full disk, else ImportRefused."""
    # What follows the first blank line is the reader's state; the original line is customers' data.
    lines = str(error).split("\n\n")[0].strip().splitlines()
    text = "\n".join(line for line in lines if not line.startswith("Original Line:"))
    full = any(os.strerror(number) in text for number in NO_SPACE)
    if full or isinstance(error, duckdb.OutOfMemoryException):
        return OutputError(
            f"{feed}: no room to import: {text}. The lake is as it was. Free the disk, then "
            f"import again.",
            feed=feed,
        )
    if "No files found" in text or "Cannot access file" in text:
        name = text.split('"')[1] if '"' in text else ", ".join(files)
        return ImportRefused(f"{feed}: {_no_file(name, folder)}", feed=feed)
    advice = next((advice for sign, advice in ADVICE.items() if sign in text), "Mend the query.")
    named = f" (reading {', '.join(files)})" if files else ""
    return ImportRefused(f"{feed}{named}: {text}\n{advice}", feed=feed)


def _no_file(name: str, folder: Path) -> str:
    there = sorted(path.name for path in folder.iterdir())
    shown = ", ".join(there[:10]) + (", ..." if len(there) > 10 else "")
    return (
        f"{name} is not in {folder}, which has {shown or 'no files'}. A query reads only files of "
        f"the folder given as --from; check the name and the folder."
    )


def _unended(sql: str) -> bytes:
    """The query in bytes without its semicolons, so that it can stand inside another."""
    code = bytearray(sql.encode())
    for start, _ in duckdb.tokenize(sql):
        if code[start : start + 1] == b";":
            code[start : start + 1] = b" "
    return bytes(code)


def _texts(sql: str) -> list[tuple[int, int, str]]:
    """The text constants of a query: start and end in bytes, and the text."""
    code = sql.encode()
    texts = []
    for start, kind in duckdb.tokenize(sql):
        if kind is duckdb.token_type.string_const and code[start : start + 1] == b"'":
            end = start + 1
            while code[end : end + 1] != b"'" or code[end + 1 : end + 2] == b"'":
                end += 1 if code[end : end + 1] != b"'" else 2
            text = code[start + 1 : end].decode().replace("''", "'")
            texts.append((start, end + 1, text))
    return texts


def _matches(connection: duckdb.DuckDBPyConnection, pattern: Path) -> list[str]:
    found = connection.execute(f"SELECT file FROM glob({literal(str(pattern))}) ORDER BY file")
    return [file for (file,) in found.fetchall()]


def _transcode(file: Path, target: Path, encoding: str) -> None:
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with _open(file, "rt", encoding) as old, _open(target, "wt", "utf-8") as new:
            while chunk := old.read(CHUNK):
                new.write(chunk)
    except UnicodeError as error:
        raise ImportRefused(
            f"{file.name} is not in the declared encoding {encoding} ({error}). Declare the right "
            f"one in the mapping; gb18030 holds more characters than gbk."
        ) from error
    except (EOFError, gzip.BadGzipFile) as error:
        raise ImportRefused(f"{file.name}: {error}. {CUT_OFF}") from error


def _open(path: Path, mode: str, encoding: str) -> Any:
    opener: Any = gzip.open if path.suffix == ".gz" else open
    return opener(path, mode, encoding=encoding, newline="")


def _check_whole(path: Path, name: str) -> None:
    """Refuse what can be seen to be cut off without reading it."""
    if path.stat().st_size == 0:
        raise ImportRefused(f"{name} is empty; expected at least its column names. {CUT_OFF}")
    if path.suffix.lower() not in LINES:
        return
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        if file.read(1) not in (b"\n", b"\r"):
            raise ImportRefused(
                f"{name} ends inside a line: it was cut off, or the last line break is missing. "
                f"Deliver it again; if it is whole, end it with a line break."
            )
