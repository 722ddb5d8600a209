"""The settings of a home as they are now: the file is read again once it is another one.

So a process that lives long works by a changed file from its next look on, and every process of a
home by the same one. Who replaces the file does it in one step (`edits.write_own`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar

from features.errors import SettingsError
from features.home import Home

T = TypeVar("T")
Signature = tuple[int, int, int] | None  # of a file that is there

logger = logging.getLogger("liuke.serving")  # the service follows its settings


class InForce(Generic[T]):
    """What `read` makes of the home's file `name`, kept until that file changes.

    The first look raises what `read` does. A file that is wrong later changes nothing: what was
    read before stays in force, the log says so once, and `problem` says why until it is right.
    """

    def __init__(self, home: Path, name: str, read: Callable[[Path], T]) -> None:
        self._home, self._path, self._read = home, Home(home).settings(name), read
        self._kept: tuple[Signature, T] | None = None
        self._lock = Lock()
        self.problem: str | None = None

    def now(self) -> T:
        """The settings in force; one look at the file's time, unless it changed."""
        found = self._kept
        if found is not None and found[0] == _signature(self._path):
            return found[1]
        with self._lock:
            return self._again()

    def _again(self) -> T:
        signature, found = _signature(self._path), self._kept
        if found is not None and found[0] == signature:
            return found[1]
        try:
            settings = self._read(self._home)
        except SettingsError as error:
            if found is None:
                raise
            logger.error("the settings before stay in force: %s", error.message)
            self.problem, settings = error.message, found[1]
        else:
            self.problem = None
        self._kept = (signature, settings)
        return settings


def _signature(path: Path) -> Signature:
    """What differs between two files at one path; null where none is there."""
    try:
        own = path.stat()
    except OSError:
        return None
    return own.st_ino, own.st_size, own.st_mtime_ns
