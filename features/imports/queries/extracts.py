"""The raw files of an extract, read by DuckDB in a sandbox and refused in plain words.

The queries of a mapping may read files of the extract's folder and nothing else: no other
file, no network, no variable of the program. Each file is made ready first (`features.files`),
its rows are counted, and a query that would read fewer of them is refused.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path

import duckdb

from features.cores import cores
from features.errors import ImportRefused, LiukeError, OutputError
from features.files.packed import CUT_OFF
from features.imports.fields.checks import literal

MEMORY_LIMIT = "1GB"  # sorting and joining beyond it goes to disk; keeps an import below 2 GB
MAX_THREADS = 4  # each needs a share of that memory
ORIGINAL = re.compile(
    r"\nOriginal Line:.*?(?=\n(?:Error|Value|Expected|Maximum|The )|\Z)", re.DOTALL
)
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

ONE_ROW = (
    "If only some rows are wrong, read the file with all_varchar = true: then they are quarantined "
    "and the others are imported."
)
ADVICE = {
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
            "threads": min(MAX_THREADS, cores()),
            "temp_directory": str(work / "spill"),
            "python_enable_replacements": False,
        }
    )
    connection.execute(f"SET TimeZone = {literal(zone)}")
    reachable = ", ".join(literal(str(folder)) for folder in (*folders, work))
    connection.execute(f"SET allowed_directories = [{reachable}]")
    connection.execute("SET enable_external_access = false")
    return connection


def refusal(error: duckdb.Error, feed: str, folder: Path, files: list[str]) -> LiukeError:
    """What DuckDB could not do, in words: OutputError for a full disk, else ImportRefused."""
    # What follows the first blank line is the reader's state; the original line is customers' data.
    text = ORIGINAL.sub("", str(error).split("\n\n")[0]).strip()
    text = _without_folders(text, folder)
    full = any(os.strerror(number) in text for number in NO_SPACE)
    if full or isinstance(error, duckdb.OutOfMemoryException):
        return OutputError(
            f"{feed}: no room to import: {text}. The lake is as it was. Free the disk, then "
            f"import again.",
            feed=feed,
        )
    if "No files found" in text or "Cannot access file" in text:
        name = text.split('"')[1] if '"' in text else ", ".join(files)
        return ImportRefused(f"{feed}: {no_file(name, folder)}", feed=feed)
    advice = next((advice for sign, advice in ADVICE.items() if sign in text), "Correct the query.")
    named = f" (reading {', '.join(files)})" if files else ""
    return ImportRefused(f"{feed}{named}: {text}\n{advice}", feed=feed)


def _without_folders(text: str, folder: Path) -> str:
    """The text without the folders of this machine, of the extract or of copies made ready."""
    copies = re.compile(
        rf"{re.escape(os.sep)}[^\s'\"]*?{os.sep}read{os.sep}\d+{os.sep}files{os.sep}"
    )
    return copies.sub("", text.replace(f"{folder}{os.sep}", ""))


def no_file(name: str, folder: Path) -> str:
    there = sorted(path.name for path in folder.iterdir())
    shown = ", ".join(there[:10]) + (", ..." if len(there) > 10 else "")
    return (
        f"{name} is not in {folder}, which has {shown or 'no files'}. A query reads only files of "
        f"the folder given as --from; check the name and the folder."
    )


def unended(sql: str) -> bytes:
    """The query in bytes without its semicolons, so that it can stand inside another."""
    code = bytearray(sql.encode())
    for start, _ in duckdb.tokenize(sql):
        if code[start : start + 1] == b";":
            code[start : start + 1] = b" "
    return bytes(code)
