"""The read-out by the service: within the scope, each look recorded, on both databases."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from features.errors import RequestRefused
from serving.access.principal import Principal, Scope
from serving.audit.transactions import Transactions
from serving.database import opened
from serving.database.tables import audit, campaigns, contacts, holds, looks
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.endpoints.campaigns.readout import CampaignDesk
from serving.service_settings import serving_settings
from tests.serving.campaigns.played import PlayedHome

ROWS = {row.operation: row for row in routes(score_answer("CNY")).rows}


class Desk:
    """The desk on the played home, with its campaign in the database of the test."""

    def __init__(self, own: PlayedHome, home: Path, store: Engine, database_url: str) -> None:
        settings = replace(serving_settings(home), database_url=database_url)
        self.store, self.campaign = store, own.campaign
        self.context = Context(home, settings, "CNY")
        self.handlers = CampaignDesk(self.context).handlers
        with opened(own.home) as engine, engine.connect() as source, store.begin() as target:
            for table in (campaigns, holds, contacts):
                rows = [dict(row) for row in source.execute(select(table)).mappings()]
                target.execute(insert(table), rows)

    def send(self, list_id: str, scope: Scope = Scope()) -> Any:  # noqa: B008 - immutable
        row = ROWS["readout"]
        self.last = Call(
            "r1", row.path, row.method, Principal("lin", "marketing", scope), None,
            {"list_id": list_id}, recorder=Transactions(self.store),
        )  # fmt: skip

        async def answered() -> Any:
            return await self.handlers["readout"](self.last)

        return asyncio.run(answered())

    def count(self, table: Any) -> int:
        with self.store.connect() as connection:
            return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def desk(
    played_home: PlayedHome, tmp_path: Path, store: Engine, database_url: str
) -> Iterator[Desk]:
    own = shutil.ignore_patterns("liuke.sqlite*")
    shutil.copytree(played_home.home, tmp_path, ignore=own, dirs_exist_ok=True)
    found = Desk(played_home, tmp_path, store, database_url)
    yield found
    found.context.close()


def test_the_readout_is_answered_and_the_look_recorded_once(desk: Desk) -> None:
    before = desk.count(audit)
    first, again = desk.send(desk.campaign), desk.send(desk.campaign)
    assert (first.looks, again.looks) == (1, 1)
    assert first.is_known
    assert first == again
    assert desk.count(looks) == 1
    assert desk.count(audit) == before + 2
    assert desk.last.detail == {"campaign": desk.campaign}


def test_a_campaign_that_is_unknown_or_beyond_the_scope_is_the_same_refusal(desk: Desk) -> None:
    for own, scope in (("f" * 32, Scope()), (desk.campaign, Scope(city="Foshan"))):
        with pytest.raises(RequestRefused) as refused:
            desk.send(own, scope)
        assert refused.value.code == "unknown_campaign"
    assert desk.count(looks) == 0
