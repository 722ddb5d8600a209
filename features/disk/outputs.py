"""Where a command may write: an ending that it writes, and nothing replaced without --force."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from features.errors import OutputError

# What begins a formula, in full width too; a tab or line end before it is skipped by spreadsheets.
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
MAX_NAME_BYTES = 200  # of 255 that a disk allows; what is written beside has a longer name


def check_out(
    path: Path, endings: Sequence[str], *, force: bool = False, beside: Sequence[Path] = ()
) -> None:
    """Raises OutputError where `path` cannot become a file of these endings: before the work.

    Nor where it is there already, or a file that is written `beside` it, unless `force`.

    >>> check_out(Path("list.doc"), (".csv", ".xlsx"))
    Traceback (most recent call last):
    features.errors.OutputError: list.doc: expected a file that ends in .csv or .xlsx
    """
    if (size := len(os.fsencode(path.name))) > MAX_NAME_BYTES:
        raise OutputError(
            f"{path.name[:20]}…: the name has {size} bytes; expected at most {MAX_NAME_BYTES}"
        )
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a file, such as {path / f'list{endings[0]}'}")
    if path.suffix.lower() not in endings:
        raise OutputError(f"{path}: expected a file that ends in {' or '.join(endings)}")
    there = next(folder for folder in path.absolute().parents if folder.exists())
    if not there.is_dir():
        raise OutputError(f"{path}: {there} is not a folder; name another file to write")
    for file in (path, *beside):
        if file.is_dir():
            raise OutputError(f"{file} is a folder, in the place of a file; remove it first")
        if file.exists() and not force:
            raise OutputError(
                f"{file} is there already and would be replaced. Name another file, or replace "
                f"it with --force."
            )
