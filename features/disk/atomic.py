"""The one way a file or folder of ours comes into being: written aside, synced, renamed.

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

_asides: set[Path] = set()  # being written by this process


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes `path`'s place if the block succeeds.

    The path may become a file or a folder. A folder replaces only an absent one, since a
    full folder cannot be replaced in one step. Raises OutputError where the disk refuses;
    then `path` is as it was and the part written aside is removed.
    """
    aside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.aside")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _asides.add(aside)
        try:
            yield aside
            _sync_tree(aside)
            aside.replace(path)
            _sync(path.parent)
        finally:
            remove(aside)
            _asides.discard(aside)
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
    asides = tuple(path.with_name(f".{path.name}.{mark}.aside") for path in paths)
    kept = tuple(path.with_name(f".{path.name}.{mark}.kept.aside") for path in paths)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            yield asides
            for path, aside, old in zip(paths, asides, kept, strict=True):
                _sync(aside)
                if path.is_file():
                    shutil.copy2(path, old)
            _take_places(paths, asides, kept)
            _sync(folder)
        finally:
            for file in (*asides, *kept):
                remove(file)
    except OSError as error:
        names = " and ".join(path.name for path in paths)
        raise OutputError(
            f"cannot write {paths[-1]}: {error.strerror or error}. Nothing was changed there, of "
            f"{names}; free the disk or choose another place, then run again."
        ) from error


def _take_places(paths: Sequence[Path], asides: Sequence[Path], kept: Sequence[Path]) -> None:
    done = 0
    try:
        for path, aside in zip(paths, asides, strict=True):
            aside.replace(path)
            done += 1
    except BaseException:
        for path, old in list(zip(paths, kept, strict=True))[:done]:
            if old.exists():
                old.replace(path)
            else:
                path.unlink()
        raise


def json_text(value: Any) -> str:
    """The value as readable JSON, in the form of every JSON file of ours."""
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def replace_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON in the place of `path`, in one step."""
    with replacing(path) as aside:
        aside.write_text(json_text(value), "utf-8")


def remove(path: Path) -> None:
    """Remove a file or folder if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def abandon() -> None:
    """Remove all that this process has written aside so far: it ends, whatever it was doing."""
    for aside in list(_asides):
        shutil.rmtree(aside, ignore_errors=True)
        with suppress(OSError):
            aside.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Remove what writers that were killed left aside in `folder`."""
    for leftover in folder.glob(".*.aside"):
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
