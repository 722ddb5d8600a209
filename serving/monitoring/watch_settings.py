"""From where on a night has moved, and who looks at it: settings as data, checked when read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from features.errors import SettingsError
from features.feeds import FEEDS
from features.settings import home_settings
from training.drift.compared import Bars

SHIPPED = Path(__file__).with_name("settings.toml")
SHARES = ("missing_share", "level_share", "quarantined_share")
DATE = "%Y-%m-%d"


@dataclass(frozen=True)
class Owners:
    """Who looks at feeds, at features, and at risks and reasons."""

    feeds: str
    features: str
    scores: str

    def __post_init__(self) -> None:
        for name in ("feeds", "features", "scores"):
            if not getattr(self, name).strip():
                raise SettingsError(f"owners.{name} is ''; expected who looks at it")


@dataclass(frozen=True)
class WatchSettings:
    """All of `serving/monitoring/settings.toml`, which says what each is for."""

    reference: str
    psi: float
    missing_share: float
    level_share: float
    chance: float
    quarantined_share: float
    own_pace: tuple[str, ...]
    late_days: dict[str, float]
    owners: Owners

    def __post_init__(self) -> None:
        if self.psi <= 0:
            raise SettingsError(f"psi is {self.psi}; expected more than 0")
        for name in SHARES:
            if not 0 < getattr(self, name) <= 1:
                raise SettingsError(f"{name} is {getattr(self, name)}; expected above 0, up to 1")
        if not 0 < self.chance < 1:
            raise SettingsError(f"chance is {self.chance}; expected between 0 and 1")
        if self.reference:
            try:
                datetime.strptime(self.reference, DATE)
            except ValueError as error:
                raise SettingsError(
                    f"reference is {self.reference!r}; expected a date as 2026-03-02, or nothing"
                ) from error
        for name, days in self.late_days.items():
            if name not in FEEDS or days <= 0:
                raise SettingsError(
                    f"late_days.{name} is {days}; expected days above 0, of one of "
                    f"{', '.join(FEEDS)}"
                )

    @property
    def bars(self) -> Bars:
        """What features, risks and reasons are measured by."""
        return Bars(self.psi, self.missing_share, self.level_share, self.chance, self.own_pace)


def watch_settings(home: Path) -> WatchSettings:
    """This home's settings of the watch. Raises SettingsError naming file and key."""
    return home_settings(home, "watch", WatchSettings, SHIPPED)
