"""A small simulated operator on which a campaign was played, and 100 days went by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from features.engine.store import Histories, build_histories, open_histories
from serving.database import opened
from serving.demo.played import Played, play
from tests.conftest import SmallHome
from tests.serving.retention.campaign.conftest import Marketing

DAYS, WINDOW_DAYS = 100, 44


@dataclass(frozen=True)
class PlayedHome:
    """The home after the play; look, but change nothing."""

    home: Path
    engine: Engine
    campaign: str
    as_of: datetime
    played: Played
    histories: Histories

    @property
    def now(self) -> datetime:
        return self.as_of + timedelta(days=DAYS)


@pytest.fixture(scope="module")
def played_home(
    small_home: SmallHome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PlayedHome]:
    home = small_home.copied_to(tmp_path_factory.mktemp("played") / "home")
    with opened(home) as engine:
        own = Marketing(home, engine, small_home.as_of.replace(hour=6))
        campaign, _ = own.made(control_share=0.4)
        found = play(home, engine, campaign, DAYS, WINDOW_DAYS)
        build_histories(home)
        yield PlayedHome(home, engine, campaign, small_home.as_of, found, open_histories(home))
