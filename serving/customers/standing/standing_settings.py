"""The declared rules of warnings, arrears and standing: settings as data, checked when read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features import catalogue
from features.catalogue.families import Feature
from features.errors import SettingsError
from features.settings import FeatureSettings, home_settings

SHIPPED = Path(__file__).with_name("settings.toml")
ABOUT = ("use", "bills", "complaints")
DIRECTIONS = ("up", "down")


@dataclass(frozen=True)
class Sign:
    """A change of a feature that is a warning; `serving/customers/standing/settings.toml`."""

    about: str
    feature: str
    direction: str
    by: float
    share: float

    def __post_init__(self) -> None:
        if self.about not in ABOUT:
            raise SettingsError(f"about is {self.about!r}; expected {', '.join(ABOUT)}")
        if self.direction not in DIRECTIONS:
            raise SettingsError(f"direction is {self.direction!r}; expected up or down")
        if self.by <= 0 or not self.share >= 0:
            raise SettingsError(
                f"by is {self.by} and share {self.share}; expected by above 0 and share at least 0"
            )

    @property
    def sign(self) -> int:
        return 1 if self.direction == "up" else -1


@dataclass(frozen=True)
class WarningSettings:
    """What counts as a sharp change from one night to the next."""

    risk_rise: float
    risk_times: float
    new_reasons: int
    signs: dict[str, Sign]

    def __post_init__(self) -> None:
        if not 0 < self.risk_rise <= 1 or self.risk_times < 1:
            raise SettingsError(
                f"risk_rise is {self.risk_rise} and risk_times {self.risk_times}; expected "
                f"risk_rise above 0 and at most 1, risk_times at least 1"
            )


@dataclass(frozen=True)
class ArrearsSettings:
    """Who is on the care list."""

    least: float


@dataclass(frozen=True)
class StandingSettings:
    """All of `serving/customers/standing/settings.toml`."""

    arrears: ArrearsSettings
    warnings: WarningSettings


def standing_settings(home: Path) -> StandingSettings:
    """This home's settings. Raises SettingsError naming file and key."""
    return home_settings(home, "standing", StandingSettings, SHIPPED)


def features_of(home: Path, signs: dict[str, Sign]) -> dict[str, Feature]:
    """The feature of each sign, by the sign's name.

    Raises SettingsError where none is called so, or one that staff may not hear or that is a
    category.
    """
    currency = home_settings(home, "features", FeatureSettings).currency
    declared = {feature.name: feature for feature in catalogue.features(currency)}
    found = {}
    for name, sign in signs.items():
        feature = declared.get(sign.feature.format(currency=currency.lower()))
        if feature is None or feature.saying is None or feature.is_category:
            raise SettingsError(
                f"standing.toml: warnings.signs.{name} names {sign.feature}; expected a feature "
                f"that is a number and that staff may hear. docs/features.md lists them."
            )
        found[name] = feature
    return found
