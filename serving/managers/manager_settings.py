"""Kinds of tasks, how they may end, and the grades: settings as data, checked when read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features.errors import SettingsError
from features.settings import home_settings
from serving.decision.decision_settings import Labels

SHIPPED = Path(__file__).with_name("settings.toml")
LONGEST_NAME = 32
MAX_DAYS = 3660
MAX_GRADE = 100


@dataclass(frozen=True)
class TaskKind(Labels):
    """What a manager is to do, within so many days where no due day is named."""

    days: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.days < 0:
            raise SettingsError(f"days is {self.days}; expected at least 0")


@dataclass(frozen=True)
class ManagerSettings:
    """All of `serving/managers/settings.toml`."""

    max_days: int
    grades: tuple[int, ...]
    kinds: dict[str, TaskKind]
    outcomes: dict[str, Labels]

    def __post_init__(self) -> None:
        if not 1 <= self.max_days <= MAX_DAYS:
            raise SettingsError(f"max_days is {self.max_days}; expected 1 to {MAX_DAYS}")
        bounds = list(self.grades)
        if len(bounds) != 2 or not 0 <= bounds[0] < bounds[1] <= MAX_GRADE:
            raise SettingsError(
                f"grades are {bounds}; expected two, rising, within 0 and {MAX_GRADE}"
            )
        for name in ("kinds", "outcomes"):
            own = getattr(self, name)
            long = [key for key in own if len(key) > LONGEST_NAME]
            if long or not own:
                found = f"{long[0]!r}" if long else "nothing"
                raise SettingsError(
                    f"{name} has {found}; expected names of 1 to {LONGEST_NAME} characters"
                )
        late = [key for key, kind in self.kinds.items() if kind.days > self.max_days]
        if late:
            raise SettingsError(f"kinds.{late[0]}.days is above max_days, {self.max_days}")


def manager_settings(home: Path) -> ManagerSettings:
    """This home's settings of managers. Raises SettingsError naming file and key."""
    return home_settings(home, "managers", ManagerSettings, SHIPPED)
