"""The one way our files and folders come into being: written to a temporary path, synced, renamed.

A reader sees the old content or the new, never a part, whatever kills the writer.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from features.errors import OutputError

UNFINISHED = ".partial"
UNFINISHED_BEFORE = ".aside"  # the suffix of earlier versions, whose leftovers are still swept
_unfinished: set[Path] = set()  # being written by this process


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes `path`'s place if the block succeeds.

    The path may become a file or a folder. A folder replaces only an absent one, since a
    full folder cannot be replaced in one step. Raises OutputError where the disk refuses;
    then `path` is as it was and the temporary path is removed.
    """
    with beside(path) as temporary:
        yield temporary
        _sync_tree(temporary)
        temporary.replace(path)
        _sync(path.parent)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it is removed at the end, unless it was moved.

    Raises OutputError where the disk refuses.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}{UNFINISHED}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _unfinished.add(temporary)
        try:
            yield temporary
        finally:
            remove(temporary)
            _unfinished.discard(temporary)
    except OSError as error:
        raise OutputError(
            f"cannot write {path}: {error.strerror or error}. "
            f"Nothing was changed there; free the disk or choose another place, then run again."
        ) from error


@contextmanager
def replacing_together(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """As `replacing`, of several files of one folder: all take their places, or none does.

    In order; where one cannot, those before it become what they were.
    """
    folder, mark = paths[0].parent, uuid.uuid4().hex[:8]
    temporaries = tuple(path.with_name(f".{path.name}.{mark}{UNFINISHED}") for path in paths)
    kept = tuple(path.with_name(f".{path.name}.{mark}.kept{UNFINISHED}") for path in paths)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            yield temporaries
            for path, temporary, old in zip(paths, temporaries, kept, strict=True):
                _sync(temporary)
                if path.is_file():
                    shutil.copy2(path, old)
            _take_places(paths, temporaries, kept)
            _sync(folder)
        finally:
            for file in (*temporaries, *kept):
                remove(file)
    except OSError as error:
        names = " and ".join(path.name for path in paths)
        raise OutputError(
            f"cannot write {paths[-1]}: {error.strerror or error}. Nothing was changed there, of "
            f"{names}; free the disk or choose another place, then run again."
        ) from error


def _take_places(paths: Sequence[Path], temporaries: Sequence[Path], kept: Sequence[Path]) -> None:
    done = 0
    try:
        for path, temporary in zip(paths, temporaries, strict=True):
            temporary.replace(path)
            done += 1
    except BaseException:
        for path, old in list(zip(paths, kept, strict=True))[:done]:
            if old.exists():
                old.replace(path)
            else:
                path.unlink()
        raise


def take_place(temporary: Path, folder: Path) -> None:
    """Move a folder whose files are synced to `folder`, and remove what is there.

    For who alone may do so, as the database says: it is not one step where a folder is there.
    """
    remove(folder)
    temporary.replace(folder)
    _sync(folder.parent)


def json_text(value: Any) -> str:
    """The value as readable JSON, in the form of every JSON file of ours."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def replace_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON in the place of `path`, in one step."""
    with replacing(path) as temporary:
        temporary.write_text(json_text(value), "utf-8")


def remove(path: Path) -> None:
    """Remove a file or folder if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def abandon() -> None:
    """Remove all temporary paths of this process: it ends, whatever it was doing."""
    for temporary in list(_unfinished):
        shutil.rmtree(temporary, ignore_errors=True)
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def sweep(folder: Path, name: str = "") -> None:
    """Remove what writers that were killed left unfinished in `folder`, of names that begin so."""
    for suffix in (UNFINISHED, UNFINISHED_BEFORE):
        for leftover in folder.glob(f".{name}*{suffix}"):
            remove(leftover)


def _sync_tree(path: Path) -> None:
    if path.is_dir():
        for child in path.rglob("*"):
            _sync(child)
    _sync(path)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
