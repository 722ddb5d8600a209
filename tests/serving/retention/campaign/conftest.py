"""A small home that makes lists, and a list that was made there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.database import opened
from serving.retention.campaign import store
from serving.retention.campaign.making import Made
from serving.retention.campaign.running import Worker
from serving.retention.retention_settings import retention_settings
from serving.retention.selection.request import parsed
from tests.conftest import SmallHome

REQUEST: Mapping[str, Any] = {
    "purpose": "retention", "owner": "lin", "expires": "2999-12-31", "budget": 3000,
    "control_share": 0.2, "seed": 7, "name": "Spring",
}  # fmt: skip


@dataclass
class Marketing:
    """A home, its database, and a clock at the morning after the night."""

    home: Path
    engine: Engine
    now: datetime

    def worker(self, name: str = "one") -> Worker:
        def recorded(_: Any, detail: dict[str, Any], work: Any) -> None:
            entry = Entry("r", "TASK", "/lists", 200, "", detail=detail)
            record_now(self.engine, entry, self.now, work)

        settings = retention_settings(self.home)
        return Worker(self.home, self.engine, settings, lambda: self.now, recorded, name)

    def requested(self, **changed: Any) -> str:
        """The id of a campaign that this worker may work on."""
        with self.engine.begin() as connection:
            wanted = parsed({**REQUEST, **changed}, self.now)
            own = store.add(connection, wanted, "lin", self.now)
            store.take_this(connection, own, "one", self.now)
        return own

    def made(self, **changed: Any) -> tuple[str, Made]:
        own = self.requested(**changed)
        return own, self.worker().work(own)

    def campaign(self, own: str) -> store.Campaign:
        with self.engine.connect() as connection:
            return store.campaign(connection, own)


@pytest.fixture(scope="module")
def marketing(
    small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Marketing]:
    home = small_home.copied_to(tmp_path_factory.mktemp("marketing") / "home")
    with opened(home) as engine:
        yield Marketing(home, engine, small_home.as_of.replace(hour=6))


@pytest.fixture(scope="module")
def spring(marketing: Marketing) -> tuple[str, Made]:
    """A campaign whose list is made."""
    return marketing.made()
