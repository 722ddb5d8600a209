"""The declared rules of warnings, arrears and standing: settings as data, checked when read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from hashlib import sha256
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
class Level:
    """One letter of RFM: the feature's level by half-open bounds, the best one highest."""

    feature: str
    better: str
    bounds: tuple[float, ...]

    def __post_init__(self) -> None:
        if self.better not in DIRECTIONS:
            raise SettingsError(f"better is {self.better!r}; expected up or down")
        if not 1 <= len(self.bounds) <= 8 or list(self.bounds) != sorted(set(self.bounds)):
            raise SettingsError(f"bounds are {list(self.bounds)}; expected 1 to 8, ascending")


@dataclass(frozen=True)
class RfmSettings:
    recency: Level
    frequency: Level
    monetary: Level

    @property
    def levels(self) -> dict[str, Level]:
        return {name: getattr(self, name) for name in ("recency", "frequency", "monetary")}


@dataclass(frozen=True)
class Term:
    """What a feature adds to the credit score."""

    feature: str
    points: float
    most: float


@dataclass(frozen=True)
class CreditSettings:
    """The score is the base and its terms; the rating the highest grade that it reaches."""

    base: float
    lowest: str
    grades: dict[str, float]
    terms: dict[str, Term]

    def __post_init__(self) -> None:
        bounds = list(self.grades.values())
        if bounds != sorted(set(bounds)) or self.lowest in self.grades:
            raise SettingsError(
                f"grades are {self.grades} above {self.lowest}; expected bounds that ascend"
            )


@dataclass(frozen=True)
class PointSettings:
    """What bills bring in points, and for how long these count."""

    months: int
    per_unit: float

    def __post_init__(self) -> None:
        if self.months < 1 or self.per_unit <= 0:
            raise SettingsError(
                f"months is {self.months} and per_unit {self.per_unit}; expected above 0"
            )


@dataclass(frozen=True)
class StandingSettings:
    """All of `serving/customers/standing/settings.toml`."""

    group_people: dict[str, int]
    arrears: ArrearsSettings
    warnings: WarningSettings
    rfm: RfmSettings
    credit: CreditSettings
    points: PointSettings

    def __post_init__(self) -> None:
        none = sorted(name for name, people in self.group_people.items() if people < 1)
        if none:
            raise SettingsError(f"group_people has {', '.join(none)} below 1; expected at least 1")

    def fingerprint(self, measure: str) -> str:
        """Equal for equal rules of the measure: of other rules its values cannot be compared."""
        rules = json.dumps(asdict(getattr(self, measure)), sort_keys=True)
        return sha256(rules.encode()).hexdigest()[:12]

    def feature_names(self, currency: str) -> dict[str, str]:
        """The feature of each letter of RFM and of each term of the credit score, by its name."""
        named = {name: one.feature for name, one in self.rfm.levels.items()}
        named |= {name: one.feature for name, one in self.credit.terms.items()}
        return {name: one.format(currency=currency.lower()) for name, one in named.items()}


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
