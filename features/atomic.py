"""The one way a file or folder of ours comes into being: written aside, synced, renamed.

A reader sees the old content or the new, never a part, whatever kills the writer.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator
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


def replace_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON in the place of `path`, in one step."""
    with replacing(path) as aside:
        aside.write_text(
            json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8"
        )


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
