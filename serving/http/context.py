"""What the endpoints of one server share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from serving import database
from serving.scoring import Scorer
from serving.service_settings import ServingSettings


@dataclass
class Context:
    """The served home, its settings, scorer and operational database; opened when first used."""

    home: Path
    settings: ServingSettings
    currency: str

    @cached_property
    def scorer(self) -> Scorer:
        return Scorer(self.home, self.currency)

    @cached_property
    def engine(self) -> Engine:
        """For transactions; endpoints write through `Call.commit` alone."""
        return database.open_engine(self.home, self.settings.database_url, serving=True)

    @cached_property
    def reading(self) -> Engine:
        """For single look-ups without a transaction."""
        return database.open_engine(self.home, self.settings.database_url, reading=True)

    def close(self) -> None:
        for engine in (self.engine, self.reading):
            engine.dispose()
