"""What the endpoints of one server share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from features.errors import LakeError
from features.settings import FeatureSettings, home_settings
from features.settings.in_force import InForce
from serving import database
from serving.access.clock import Clock, local_clock
from serving.access.pseudonyms import Pseudonyms, pseudonym_key
from serving.customers.base import CustomerBase
from serving.customers.whole import WholeCustomers
from serving.decision.decision_settings import DecisionSettings, decision_settings
from serving.results.figures import Figures
from serving.retention.retention_settings import RetentionSettings, retention_settings
from serving.scores.fresh import Fresh
from serving.scores.latest import customers_among
from serving.scoring import Scorer
from serving.service_settings import ServingSettings


@dataclass(eq=False)
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
    def decision(self) -> InForce[DecisionSettings]:
        """The settings of the decision, as people change them while the service runs."""
        return InForce(self.home, "decision", decision_settings)

    @cached_property
    def retention(self) -> InForce[RetentionSettings]:
        """The settings of retention lists, as people change them while the service runs."""
        return InForce(self.home, "retention", retention_settings)

    @cached_property
    def scorer(self) -> Scorer:
        return Scorer(self.home, self.currency, self.fresh)

    @cached_property
    def fresh(self) -> Fresh:
        """What was posted since last night."""
        days = self.settings.events.max_age_days
        return Fresh(self.home, self.reading, self.clock, days)

    def customers(self, ids: Sequence[str]) -> Collection[str]:
        """Which of these ids are those of customers, in anyone's reach.

        None where last night's rows cannot be read: what needs them says so, and a request that
        was refused meanwhile has shown nothing of anyone.
        """
        try:
            return customers_among(self.home, ids)
        except LakeError:
            return ()

    @cached_property
    def whole(self) -> WholeCustomers:
        """What shows one customer whole."""
        return WholeCustomers(self.home, CustomerBase(self.home))

    @cached_property
    def figures(self) -> Figures:
        """Figures of the business, kept once they were computed."""
        return Figures(self.home)

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
