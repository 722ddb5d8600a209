"""What the endpoints of one server share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from features.settings import FeatureSettings, home_settings
from serving import database
from serving.access.clock import Clock, local_clock
from serving.access.pseudonyms import Pseudonyms, pseudonym_key
from serving.scores.fresh import Fresh
from serving.scoring import Scorer
from serving.service_settings import ServingSettings


@dataclass
class Context:
    """The served home, its settings, scorer and operational database; opened when first used."""

    home: Path
    settings: ServingSettings
    currency: str

    @cached_property
    def pseudonyms(self) -> Pseudonyms:
        """How customers are named to roles that must not know them."""
        return Pseudonyms(pseudonym_key(self.home))

    @cached_property
    def scorer(self) -> Scorer:
        return Scorer(self.home, self.currency, self.fresh)

    @cached_property
    def fresh(self) -> Fresh:
        """What was posted since last night."""
        days = self.settings.events.max_age_days
        return Fresh(self.home, self.reading, self.clock, days)

    @cached_property
    def clock(self) -> Clock:
        """What returns the operator's local time, now."""
        return local_clock(self.home)

    @cached_property
    def engine(self) -> Engine:
        """For transactions; endpoints write through `Call.commit` alone."""
        return database.open_engine(self.home, self.settings.database_url, serving=True)

    @cached_property
    def reading(self) -> Engine:
        """For single look-ups without a transaction."""
        return database.open_engine(self.home, self.settings.database_url, reading=True)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(home_settings(self.home, "features", FeatureSettings).timezone)

    def now(self) -> datetime:
        """The operator's local time, without offset, as everything in the home is kept."""
        return datetime.now(self.zone).replace(tzinfo=None)

    def close(self) -> None:
        for engine in (self.engine, self.reading):
            engine.dispose()
