"""The operational database: its engine and its migrations; its tables stand in `tables`.

One SQLite file in the home by default, any SQLAlchemy URL by setting. Its tables come into
being and change through the steps in `serving/database/migrations` alone, run from here.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from sqlite3 import SQLITE_BUSY, OperationalError
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection, StaticPool

from features.errors import OutputError, SettingsError
from features.home import Home
from serving.database.prepared import Prepared

MIGRATIONS = Path(__file__).parent / "migrations"
SECONDS, SERVING_SECONDS = 30, 5  # that a writer waits for another one's end
ATTEMPTS = 20  # at a new file while others write to it


def open_engine(
    home: Path, url: str = "", *, reading: bool = False, serving: bool = False
) -> Engine:
    """An engine for `url`, or for `<home>/liuke.sqlite` if it is empty.

    Nothing is connected to yet. On SQLite a transaction takes the write lock at its start,
    so that two writers wait for each other instead of failing half-way. `reading`: for
    single look-ups, which need no transaction; they take half the time and no lock, see
    the file that is there now, and make none where there is none. `serving`: likewise the file
    that is there now, for the transactions of a process that lives as long as the service; they
    wait `SERVING_SECONDS` for another writer.
    """
    address = url or f"sqlite:///{Home(home).operational}"
    try:
        # Parameters stay out of messages, and so out of the log: they name people.
        more = {"isolation_level": "AUTOCOMMIT"} if reading else {}
        pinged = serving and not address.startswith("sqlite")  # a file does not hang up
        engine = create_engine(address, hide_parameters=True, pool_pre_ping=pinged, **more)
    except (ArgumentError, ImportError) as error:
        raise SettingsError(
            f"database_url cannot be used: {error}. Write an SQLAlchemy URL such as "
            "postgresql+psycopg://host/liuke, or leave it empty for the file in the home."
        ) from error
    if engine.dialect.name == "sqlite":
        if reading or serving:
            _follow(engine)
        event.listen(engine, "connect", partial(_prepare, SERVING_SECONDS if serving else SECONDS))
        if serving and engine.url.database not in (None, "", ":memory:"):
            _take_turns(engine)
        if not reading:
            event.listen(engine, "begin", _begin)
    return engine


def _follow(engine: Engine) -> None:
    """Read the file that stands at the engine's path: not one that was moved away or removed.

    A connection stays with the file that it opened, wherever that goes: keys revoked in a home
    that was restored from a backup would go on to open the service.
    """
    file = Path(engine.url.database or ":memory:")
    if not file.is_absolute() and not file.exists():
        return  # in memory, or an address of SQLite's own

    def connect(_dialect: object, _record: object, place: list[str], options: Any) -> None:
        place[0] = f"{file.resolve().as_uri()}?mode=rw"  # else SQLite makes a file of none
        options["uri"] = True

    def connected(_connection: SqliteConnection, record: ConnectionPoolEntry) -> None:
        record.info["file"] = _number_of(file)

    def taken(
        _connection: SqliteConnection, record: ConnectionPoolEntry, _taker: PoolProxiedConnection
    ) -> None:
        if record.info["file"] != _number_of(file):
            raise DisconnectionError(f"{file} is another file now")

    for name, follow in (("do_connect", connect), ("connect", connected), ("checkout", taken)):
        event.listen(engine, name, follow)


def _take_turns(engine: Engine) -> None:
    """Let the processes of a service write in the order in which they came.

    SQLite's own lock has no order: a process that waits for it looks again now and then, and may
    do so in vain for seconds while others write one transaction after the other. The turn is held
    from before the transaction until its connection is back in the pool; it ends with the process.
    """
    turns = Path(f"{engine.url.database}-turns")

    def wait(connection: Connection) -> None:
        with suppress(OSError):  # of a home that cannot be written; SQLite then says so
            turn = connection.info.get("turn") or turns.open("ab")
            connection.info["turn"] = turn
            fcntl.flock(turn, fcntl.LOCK_EX)

    def end(_connection: SqliteConnection, record: ConnectionPoolEntry) -> None:
        turn = record.info.get("turn")
        if turn is not None:
            fcntl.flock(turn, fcntl.LOCK_UN)

    def leave(_connection: SqliteConnection, record: ConnectionPoolEntry) -> None:
        turn = record.info.pop("turn", None)
        if turn is not None:
            turn.close()

    event.listen(engine, "begin", wait)
    for name, given_up in (("checkin", end), ("close", leave)):
        event.listen(engine, name, given_up)


def _number_of(file: Path) -> tuple[int, int] | None:
    """The file's device and number, which no other file shares; None if unseen."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


@contextmanager
def opened(home: Path, url: str = "", *, looking: bool = False) -> Iterator[Engine]:
    """The engine of `open_engine`, upgraded, and disposed of at the end.

    `looking`: nothing will be written, so that a file which may only be read will do, and no file
    is made where there is none. Raises OutputError where the database refuses.
    """
    file = Home(home).operational
    if looking and not url and not os.access(file if file.exists() else home, os.W_OK):
        engine = _open_readable(file)
    else:
        engine = open_engine(home, url)
        upgrade(engine)
    try:
        yield engine
    except DBAPIError as error:
        raise _refused(engine, error) from error
    finally:
        engine.dispose()


def may_only_be_read(engine: Engine) -> bool:
    """Whether it is one of `opened` for `looking` at a home that this user may not write."""
    return engine.dialect.name == "sqlite" and not engine.url.database


def _open_readable(file: Path) -> Engine:
    """An engine on a file that nothing is written to; an empty database where there is none."""
    if not file.exists():
        return empty_engine()
    # Beside a log that is not yet in the file, SQLite needs to see it; without, nothing changes.
    options = "mode=ro" if file.with_name(f"{file.name}-wal").exists() else "mode=ro&immutable=1"
    address = f"{file.resolve().as_uri()}?{options}"
    return create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))


def empty_engine() -> Engine:
    """An engine on a database in memory that has its tables and no rows."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    _take_steps(engine)
    return engine


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the database's tables to this program's version; a current one stays untouched.

    `revision`: no further than to this step, where rows of an earlier version are to be loaded.

    Raises OutputError where the database cannot be reached or written, or was written by a
    newer version of the program.
    """
    try:
        if not _is_current(engine):
            _take_steps(engine, revision)
    except DBAPIError as error:
        raise _refused(engine, error) from error


def _refused(engine: Engine, error: DBAPIError) -> OutputError:
    return OutputError(
        f"{_place(engine)} cannot be opened or written: {error.orig}. Nothing was changed. Let "
        f"this user write it, see that its disk has room, then run again."
    )


def _is_current(engine: Engine) -> bool:
    """Whether nothing is to be done, found without Alembic, whose import takes half a second."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return False
        found = connection.execute(text("select version_num from alembic_version")).scalars()
        return found.all() == [head_revision()]


def head_revision() -> str:
    """The last step that this program knows."""
    return max(step.name[:4] for step in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _take_steps(engine: Engine, revision: str = "head") -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, revision)
    except CommandError as error:
        raise OutputError(
            f"{_place(engine)} is of a version that this program does not know: {error}. "
            "Run the version of Liuke that wrote it, or a newer one."
        ) from error


def _place(engine: Engine) -> str:
    return f"the database {engine.url.render_as_string(hide_password=True)}"


def _prepare(wait_seconds: int, connection: SqliteConnection, _record: object) -> None:
    connection.isolation_level = None  # else the driver opens transactions behind our back
    # What is committed is on the disk: SQLite's write-ahead log is not at every commit else.
    for pragma in (
        f"busy_timeout = {wait_seconds * 1000}", "foreign_keys = ON", "synchronous = FULL",
    ):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")
    _write_ahead(connection)


def _write_ahead(connection: SqliteConnection) -> None:
    """Let readers go on beside a writer: the file's journal becomes a write-ahead log.

    A file is changed once, when it is new. While another program writes to it SQLite does not
    wait here, but fails at once; to begin a transaction of our own waits for that one's end.
    """
    for attempts_left in reversed(range(ATTEMPTS)):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except OperationalError as error:
            if error.sqlite_errorcode & 0xFF != SQLITE_BUSY or not attempts_left:
                raise
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")


_begin_writing = Prepared(text("BEGIN IMMEDIATE"))


def _begin(connection: Connection) -> None:
    _begin_writing.run(connection, {})
