"""A new server takes the socket of the old one over: no connection is refused in between.

The server that answers listens on a local socket too, in a folder of this user's and named by home
and port (in the home itself it would hinder who copies that). A new one connects there and
receives the listening socket itself; both answer until the new one says that it is ready, and then
the old one stops as at a signal: it answers what is under way. A new one that fails before has
changed nothing. What waits in the socket's queue waits for either, so nothing is lost.
"""

from __future__ import annotations

import os
import signal
import socket
import stat
import threading
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

from features.errors import SettingsError

READY = b"ready"
CONNECT_SECONDS = 5.0
SHORT = Path("/tmp")  # the address of a socket has at most 107 bytes


def place_of(home: Path, port: int) -> Path:
    """Where the server of this home at this port gives its socket; its folder is this user's alone.

    Raises SettingsError where the folder is not.
    """
    folder = (SHORT if SHORT.is_dir() else Path(gettempdir())) / f"liuke-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise SettingsError(
            f"{folder} must be a folder that its owner alone, the user of the server, may enter. "
            "Remove it, and start the server again."
        )
    return folder / f"{sha256(os.fsencode(home)).hexdigest()[:16]}-{port}.sock"


class Handover:
    """Gives the listening socket of this process to the server that requests it."""

    def __init__(self, path: Path, listening: socket.socket) -> None:
        self._path, self._listening = path, listening
        self._own: tuple[int, int] | None = None

    def start(self) -> None:
        """Take the place at `path` from the server before, and wait in a thread."""
        local = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        temporary = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        with suppress(FileNotFoundError):
            temporary.unlink()
        local.bind(str(temporary))
        temporary.chmod(0o600)
        local.listen()
        self._own = _number_of(temporary)
        temporary.replace(self._path)
        threading.Thread(target=self._run, args=(local,), daemon=True, name="handover").start()

    def end(self) -> None:
        """Remove the place, unless it is the next server's by now."""
        if self._own is not None and self._own == _number_of(self._path):
            with suppress(OSError):
                self._path.unlink()

    def _run(self, local: socket.socket) -> None:
        while True:
            connection, _ = local.accept()
            with connection, suppress(OSError):
                socket.send_fds(connection, [b"socket"], [self._listening.fileno()])
                if _all_of(connection) == READY:
                    os.kill(os.getpid(), signal.SIGTERM)


def taken_over(path: Path) -> tuple[socket.socket, socket.socket] | None:
    """The listening socket of the server at `path`, and the connection that it waits on.

    Null where no server is there. Raises SettingsError where the place is not this user's.
    """
    if not os.path.lexists(path):
        return None
    _check_owner(path)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(CONNECT_SECONDS)
    try:
        connection.connect(str(path))
        _, descriptors, _, _ = socket.recv_fds(connection, len(b"socket"), 1)
    except (FileNotFoundError, ConnectionError, TimeoutError):
        connection.close()
        return None
    if not descriptors:
        connection.close()
        return None
    connection.settimeout(None)
    return socket.socket(fileno=descriptors[0]), connection


def _all_of(connection: socket.socket) -> bytes:
    """What the other side says until it hangs up."""
    parts = []
    while part := connection.recv(len(READY)):
        parts.append(part)
    return b"".join(parts)


def _check_owner(path: Path) -> None:
    found = path.lstat()
    if not stat.S_ISSOCK(found.st_mode) or found.st_uid != os.getuid():
        raise SettingsError(
            f"{path} is not the socket of a server of this user. Stop that server, or start this "
            "one as the same user."
        )


def _number_of(path: Path) -> tuple[int, int] | None:
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
