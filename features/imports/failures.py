"""A query that failed at one value: which value, where it stands, and how to import the others."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb

from features.errors import ImportRefused

# How the engine names the value that it could not convert.
VALUES = (
    re.compile(r"[Cc]ould not (?:convert|parse) string ['\"](.*?)['\"] (?:to|according)", re.S),
    re.compile(r"field format: \"(.*?)\"", re.S),
    re.compile(r"value ['\"]?(.*?)['\"]? can't be cast", re.S),
)
CONVERTING = ("Conversion Error", "Could not parse string")
ADVICE = (
    "The query converts it, so one value stops the whole import. Either let the query give the "
    "column as it stands and declare the conversion in the mapping, such as\n"
    "  [feed.{feed}.read]\n"
    '  COLUMN = {{times = 100, thousands = ","}}    or    COLUMN = {{format = "%d.%m.%Y"}}\n'
    "and the row is quarantined and the others imported; or write try_cast and try_strptime in the "
    "query, and the value is missing, which quarantines the row where the column needs one."
)
TEXT_ENDINGS = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


def unconverted(error: duckdb.Error, feed: str, files: Sequence[Path]) -> ImportRefused | None:
    """The refusal of a query that could not convert a value; null where it failed otherwise."""
    message = str(error)
    # Of a reader that guesses types: its message says what to do (`extracts.refusal`).
    is_guess = "CSV Error" in message and "all_varchar = 1" not in message
    if is_guess or not any(sign in message for sign in CONVERTING):
        return None
    found = next((hit.group(1) for each in VALUES if (hit := each.search(message))), None)
    named = f" (reading {', '.join(path.name for path in files)})" if files else ""
    if found is None:
        what = message.split("\n\n")[0].strip()
    else:
        place = _named_place(message) or _place(found, files)
        what = f"the query cannot convert the value {found!r}{place}"
    return ImportRefused(f"{feed}{named}: {what}\n{ADVICE.format(feed=feed)}", feed=feed)


def _named_place(message: str) -> str:
    """Where the reader of a file that converts while it reads says that the value stands."""
    line = re.search(r"CSV Error on Line: (\d+)", message)
    file = re.search(r"^\s*file = (.*)$", message, re.M)
    if line is None or file is None:
        return ""
    return f", first in {Path(file.group(1)).name}, line {int(line.group(1)):,}"


def _place(value: str, files: Sequence[Path]) -> str:
    """Where the value first stands in the files of text; empty where it is not found as it is."""
    for path in files:
        if not path.name.endswith(TEXT_ENDINGS) or not path.is_file():
            continue
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            whole = re.compile(rb"(?<![\w.])" + re.escape(value.encode()) + rb"(?![\w.])")
            for number, line in enumerate(lines, start=1):
                if whole.search(line):
                    return f", first in {path.name}, line {number:,}"
    return ""
