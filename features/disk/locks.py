"""One writer at a time in a home, and readers that keep what they read.

    <home>/.writer.lock    held by the command that writes; its content says which one that is

Locks are the system's: they end with their process, however it ends. A reader takes no part in
the writer's lock, so none waits for a night or a training; it holds the one generation of files
that it reads, and a writer leaves to the next one what is still held. Who empties a home, as the
demo does, waits for those who read in it: they hold the home's folder itself.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from features.disk.atomic import remove
from features.errors import HomeBusy, OutputError
from features.home import Home

ATTEMPTS = 10
PATIENCE_SECONDS = 60.0  # for readers, of which each takes seconds
PAUSE_SECONDS = 0.05  # the other one's name is written a moment after it has the lock

_mine = threading.local()


@contextmanager
def writing(home: Path, command: str, *, new: bool = False) -> Iterator[None]:
    """Be the one that writes in `home` while the block runs; inside it, again at no cost.

    `new`: make the home where there is none; else nothing is locked there, nor written. Raises
    HomeBusy, which names the command that writes, and OutputError where writing is not allowed.
    """
    place = home.resolve()
    held: set[Path] = _mine.__dict__.setdefault("held", set())
    if place in held or not (new or home.is_dir()):
        yield
        return
    with _open(home) as file:
        _take(home, file, command)
        held.add(place)
        try:
            yield
        finally:
            held.discard(place)
            os.ftruncate(file.fileno(), 0)


def writer_of(home: Path) -> str | None:
    """Which command writes in `home` now, in words; null where none does."""
    path = Home(home).writer_lock
    try:
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return _holder(file)
    except OSError:
        return None
    return None


@contextmanager
def emptying(home: Path, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Let no reader into `home` while the block runs, once those who hold it (`Held`) have ended.

    Raises HomeBusy where one has not after `patience_seconds`.
    """
    try:
        folder = os.open(home, os.O_RDONLY)
    except FileNotFoundError:
        yield
        return
    try:
        _wait_for_readers(home, folder, time.monotonic() + patience_seconds)
        yield
    finally:
        os.close(folder)


def _wait_for_readers(home: Path, folder: int, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise _busy(home, "another command", "reading") from None
            time.sleep(PAUSE_SECONDS)
        else:
            return


class Held:
    """A file or folder that a reader holds open and locked as long as this object lives.

    Raises FileNotFoundError where it is gone. Several readers may hold it;
    `remove_unless_held` then leaves it where it is.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = os.open(path, os.O_RDONLY)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        if not os.fstat(self._descriptor).st_nlink:
            self.close()
            raise FileNotFoundError(f"{path} was removed")

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __del__(self) -> None:
        if hasattr(self, "_descriptor"):
            self.close()


def remove_unless_held(folder: Path, mark: Path) -> bool:
    """Remove `folder` unless a reader holds `mark`, a file in it; whether it was removed."""
    with suppress(FileNotFoundError), mark.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        mark.unlink()  # while it is locked: who waits for it finds it gone
    remove(folder)
    return True


def _open(home: Path) -> IO[bytes]:
    try:
        home.mkdir(parents=True, exist_ok=True)
        return os.fdopen(os.open(Home(home).writer_lock, os.O_RDWR | os.O_CREAT, 0o666), "r+b", 0)
    except OSError as error:
        raise OutputError(
            f"cannot write in {home}: {error.strerror}. Nothing was changed. Run this as a user "
            f"who may write there, on a disk that takes it, or name another folder with --home."
        ) from error


def _take(home: Path, file: IO[bytes], command: str) -> None:
    """Lock the home for `command` and write down who has it."""
    for _ in range(ATTEMPTS):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(file)
            if holder is not None:
                raise _busy(home, holder) from None
            time.sleep(PAUSE_SECONDS)
            continue
        since = datetime.now().astimezone().isoformat(" ", "seconds")
        named = {"pid": os.getpid(), "command": command, "since": since}
        try:
            file.seek(0)
            file.truncate()
            file.write(json.dumps(named).encode())
        except OSError as error:
            raise OutputError(
                f"cannot write in {home}: {error.strerror}. Nothing was changed. "
                f"Free the disk, then run again."
            ) from error
        return
    raise _busy(home, "another command")


def _holder(file: IO[bytes]) -> str | None:
    """The command that has the lock, in words; null while it has not said so."""
    file.seek(0)
    try:
        found = json.loads(file.read())
        return f"`{found['command']}` (process {found['pid']}, since {found['since']})"
    except (ValueError, KeyError, TypeError):
        return None


def _busy(home: Path, holder: str, doing: str = "writing") -> HomeBusy:
    return HomeBusy(
        f"{holder} is {doing} in {home}. Nothing was changed; wait until it has ended, then run "
        f"again."
    )
