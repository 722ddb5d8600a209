"""Whom a list may contact, by which channel and with which offer: settings as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from features.errors import SettingsError
from features.feeds import PAYMENT_MODES
from features.histories.bills.names import TIERS
from features.settings import home_settings
from serving.decision.decision_settings import (
    MAX_AMOUNT,
    MAX_DAYS,
    MAX_FACTOR,
    Labels,
    to_fen,
)
from serving.decision.outcomes.reported import OUTCOMES
from serving.retention.export.approval import ExportSettings

MAX_MONTHS = 12  # of the value at stake
MAX_CONTACTS = 1_000
MAX_CAPACITY = 100_000_000  # contacts a day
MAX_DOUBT = 10  # standard deviations of a logarithm
SHIPPED = Path(__file__).with_name("settings.toml")


@dataclass(frozen=True)
class RuleSettings:
    """The numbers of the rules of contact; `settings.toml` says what a key is for."""

    contact_cap: int
    contact_days: int
    counted: tuple[str, ...]
    arrears_amount: float
    arrears_days: int
    cancel_request_days: int

    def __post_init__(self) -> None:
        for name in ("contact_cap", "contact_days", "arrears_days", "cancel_request_days"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{name} is {getattr(self, name)}; expected at least 1")
            _at_most(name, getattr(self, name), MAX_CONTACTS if name == "contact_cap" else MAX_DAYS)
        _above_zero("arrears_amount", self.arrears_amount)
        _at_most("arrears_amount", self.arrears_amount, MAX_AMOUNT)
        _only("counted", self.counted, OUTCOMES)

    @property
    def arrears_fen(self) -> int:
        return to_fen(self.arrears_amount)


@dataclass(frozen=True)
class Channel(Labels):
    """A way by which we contact customers."""

    active: bool
    cost: float
    reach: float
    persuasion: float
    capacity_a_day: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.cost < 0 or self.capacity_a_day < 0:
            raise SettingsError(
                f"cost is {self.cost}, capacity_a_day {self.capacity_a_day}; expected at least 0"
            )
        _at_most("cost", self.cost, MAX_AMOUNT)
        _at_most("capacity_a_day", self.capacity_a_day, MAX_CAPACITY)
        _share("reach", self.reach)
        _above_zero("persuasion", self.persuasion)
        _at_most("persuasion", self.persuasion, MAX_FACTOR)

    @property
    def cost_fen(self) -> int:
        return to_fen(self.cost)


@dataclass(frozen=True)
class Offer(Labels):
    """What is assumed of an offer, by tier where it depends on it; its cost is in the feed."""

    active: bool
    channels: tuple[str, ...]
    payment_modes: tuple[str, ...]
    min_tenure_days: int
    acceptance: dict[str, float]
    hazard: dict[str, float]
    lasts_months: int
    refused_hazard: float
    margin_share: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _only("payment_modes", self.payment_modes, PAYMENT_MODES)
        for name in ("acceptance", "hazard"):
            own: dict[str, float] = getattr(self, name)
            if set(own) != set(TIERS):
                raise SettingsError(f"{name} has {', '.join(own)}; expected {', '.join(TIERS)}")
            for tier, value in own.items():
                _share(f"{name}.{tier}", value)
        if self.refused_hazard < 1:
            raise SettingsError(
                f"refused_hazard is {self.refused_hazard}; expected at least 1: a contact that was "
                "refused keeps no customer"
            )
        if not 1 <= self.lasts_months <= MAX_MONTHS:
            raise SettingsError(f"lasts_months is {self.lasts_months}; expected 1 to {MAX_MONTHS}")
        if self.min_tenure_days < 0:
            raise SettingsError(f"min_tenure_days is {self.min_tenure_days}; expected at least 0")
        _above_zero("margin_share", self.margin_share)
        _at_most("min_tenure_days", self.min_tenure_days, MAX_DAYS)
        for name in ("refused_hazard", "margin_share"):
            _at_most(name, getattr(self, name), MAX_FACTOR)


@dataclass(frozen=True)
class RiskSettings:
    """`persistence`: which share of a risk above or below the mean is there a month later."""

    persistence: float

    def __post_init__(self) -> None:
        if not 0 <= self.persistence <= 1:
            raise SettingsError(f"persistence is {self.persistence}; expected from 0 to 1")


@dataclass(frozen=True)
class DoubtSettings:
    """How far the priors may be off: standard deviations of the logarithm of a factor.

    `acceptance` of all acceptances, `effect` of all logarithms of hazards. `selected`: of by how
    much more or less who accepts or refuses would leave anyway. `risk`: of by how much predicted
    risks of an offer and tier are off against those of the whole list. `prudence`: once there
    is evidence, the chance with which an offer has to gain before it is made to a customer.
    """

    acceptance: float
    effect: float
    selected: float
    risk: float
    prudence: float

    def __post_init__(self) -> None:
        for name in ("acceptance", "effect", "selected", "risk"):
            _above_zero(name, getattr(self, name))
            _at_most(name, getattr(self, name), MAX_DOUBT)
        if not 0.5 <= self.prudence < 1:
            raise SettingsError(
                f"prudence is {self.prudence}; expected at least 0.5, where expected gains alone "
                "decide, and below 1"
            )


@dataclass(frozen=True)
class MakingSettings:
    """`attempts`: how often a campaign is begun whose process dies, before it is given up."""

    attempts: int

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise SettingsError(f"attempts is {self.attempts}; expected at least 1")


@dataclass(frozen=True)
class RetentionSettings:
    """All of `serving/retention/settings.toml`."""

    rules: RuleSettings
    risk: RiskSettings
    doubt: DoubtSettings
    export: ExportSettings
    making: MakingSettings
    channels: dict[str, Channel]
    offers: dict[str, Offer]

    def __post_init__(self) -> None:
        for name, offer in self.offers.items():
            _only(f"offers.{name}.channels", offer.channels, tuple(self.channels))
            for channel in offer.channels:
                highest = max(offer.acceptance.values()) * self.channels[channel].persuasion
                if highest > 1:
                    raise SettingsError(
                        f"offers.{name}.acceptance times channels.{channel}.persuasion is "
                        f"{highest:g}; expected at most 1"
                    )


def retention_settings(home: Path) -> RetentionSettings:
    """This home's settings of retention lists. Raises SettingsError naming file and key."""
    return home_settings(home, "retention", RetentionSettings, SHIPPED)


def _only(name: str, found: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    other = sorted(set(found) - set(allowed))
    if other:
        raise SettingsError(f"{name} has {', '.join(other)}; expected {', '.join(allowed)}")


def _share(name: str, value: float) -> None:
    if not 0 < value <= 1:
        raise SettingsError(f"{name} is {value}; expected above 0 and at most 1")


def _above_zero(name: str, value: float) -> None:
    if value <= 0:
        raise SettingsError(f"{name} is {value}; expected above 0")


def _at_most(name: str, value: float, most: float) -> None:
    if value > most:
        raise SettingsError(f"{name} is {value}; expected at most {most}")
