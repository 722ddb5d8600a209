"""A small simulated operator on which a campaign was played, and 100 days went by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from features.engine.store import build_histories
from serving.database import opened
from serving.demo.played import Played, play
from tests.conftest import SmallHome
from tests.serving.retention.campaign.conftest import Marketing

DAYS, WINDOW_DAYS = 100, 44


@dataclass(frozen=True)
class PlayedHome:
    """The home after the play, its histories built."""

    home: Path
    campaign: str
    as_of: datetime
    played: Played

    @property
    def now(self) -> datetime:
        return self.as_of + timedelta(days=DAYS)


def make_played(small_home: SmallHome, folder: Path) -> PlayedHome:
    """Play a campaign in a copy of the small home."""
    home = small_home.copied_to(folder / "home")
    with opened(home) as engine:
        own = Marketing(home, engine, small_home.as_of.replace(hour=6))
        campaign, _ = own.made(control_share=0.4)
        found = play(home, engine, campaign, DAYS, WINDOW_DAYS)
        build_histories(home)
    return PlayedHome(home, campaign, small_home.as_of, found)
