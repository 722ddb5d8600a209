"""What may be offered, by whom and in which words: settings as data, checked when read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from features.errors import SettingsError
from features.histories.bills.names import FEN, TIERS
from features.settings import home_settings

SHIPPED = Path(__file__).with_name("settings.toml")
INTENTS = ("cancel", "complaint", "renewal", "browse")
KINDS = ("service", "promise", "plan", "brand", "number", "money")
CONTRACTS = ("any", "free", "bound")
MODES = ("postpaid", "prepaid")
CHANGES = ("colour", "order", "limit")
AUTHORITIES = ("clerk", "manager")
SITUATIONS = ("service_first", "no_consent")
MAX_AMOUNT = 1_000_000
MAX_MONTHS = 120
MAX_HOURS = 8_760  # a year
MAX_DAYS = 36_500
MAX_FACTOR = 100
LONGEST_TEXT = 500


def to_fen(amount: float) -> int:
    """An amount in the currency's unit as whole fen.

    >>> to_fen(46.1)
    4610
    """
    return round(amount * FEN)


@dataclass(frozen=True)
class Labels:
    """A text in both languages."""

    en: str
    zh: str

    def __post_init__(self) -> None:
        if not self.en.strip() or not self.zh.strip():
            raise SettingsError(f"en is {self.en!r}, zh {self.zh!r}; expected a text in both")
        _short("en", self.en)
        _short("zh", self.zh)

    def of(self, language: str) -> str:
        return self.zh if language == "zh" else self.en


MOST = {  # of an action
    "cost": MAX_AMOUNT, "months": MAX_MONTHS, "min_tenure_days": MAX_DAYS, "hazard": MAX_FACTOR,
    "refused_hazard": MAX_FACTOR, "margin_share": MAX_FACTOR,
}  # fmt: skip


@dataclass(frozen=True)
class Action(Labels):
    """What may be done for a customer; `serving/decision/settings.toml` says what a key is for."""

    kind: str
    rank: int
    active: bool
    intents: tuple[str, ...]
    tiers: tuple[str, ...]
    payment_modes: tuple[str, ...]
    contract: str
    min_tenure_days: int
    selling: bool
    commercial: bool
    cost: float
    months: int
    acceptance: float
    hazard: float
    refused_hazard: float
    margin_share: float

    def __post_init__(self) -> None:
        super().__post_init__()
        _only("kind", (self.kind,), KINDS)
        _only("intents", self.intents, INTENTS)
        _only("tiers", self.tiers, TIERS)
        _only("payment_modes", self.payment_modes, MODES)
        _only("contract", (self.contract,), CONTRACTS)
        if not 0 < self.acceptance <= 1:
            raise SettingsError(f"acceptance is {self.acceptance}; expected above 0 and at most 1")
        for name, most in MOST.items():
            _within(name, getattr(self, name), most)
        if self.kind in ("service", "promise") and (self.selling or self.commercial):
            raise SettingsError(f"a {self.kind} cannot be selling or commercial")
        if self.kind == "money" and not (self.selling and self.commercial):
            raise SettingsError("an action of kind money must be selling and commercial")


@dataclass(frozen=True)
class Predictions:
    """What predicted quantities may change; see docs/decisions on equal offers."""

    may_change: tuple[str, ...]

    def __post_init__(self) -> None:
        _only("may_change", self.may_change, CHANGES)

    def allow(self, change: str) -> bool:
        return change in self.may_change


@dataclass(frozen=True)
class Roles:
    """By role whose limits count; who sees amounts of margin."""

    authority: dict[str, str]
    see_margin: tuple[str, ...]

    def __post_init__(self) -> None:
        _only("authority", tuple(self.authority.values()), AUTHORITIES)

    def authority_of(self, role: str) -> str:
        """A role that is not named has the smallest authority."""
        return self.authority.get(role, AUTHORITIES[0])


@dataclass(frozen=True)
class Economics:
    """The assumptions of the formula, and the bounds of bands and colours."""

    reach: float
    contact_cost: float
    risk_days: int
    value_bands: tuple[float, ...]
    risk_bands: tuple[float, ...]
    green_from: float
    red_below: float

    def __post_init__(self) -> None:
        if not 0 < self.reach <= 1:
            raise SettingsError(f"reach is {self.reach}; expected above 0 and at most 1")
        if self.risk_days < 1:
            raise SettingsError(f"risk_days is {self.risk_days}; expected at least 1")
        for name in ("value_bands", "risk_bands"):
            bounds = getattr(self, name)
            if len(bounds) != 2 or bounds[0] > bounds[1]:
                raise SettingsError(f"{name} are {bounds}; expected two, rising")
        if self.red_below > self.green_from:
            raise SettingsError("red_below is above green_from")


@dataclass(frozen=True)
class Intent:
    """What the customer came for; `assumed_risk`: at least this is their risk of leaving."""

    assumed_risk: float

    def __post_init__(self) -> None:
        if not 0 <= self.assumed_risk < 1:
            raise SettingsError(f"assumed_risk is {self.assumed_risk}; expected 0 to below 1")


@dataclass(frozen=True)
class BillFitSettings:
    """Which months are re-rated, and which plans a customer may have."""

    months: int
    min_saving: float
    same_brand: bool
    cheaper_in_contract: bool

    def __post_init__(self) -> None:
        if not 1 <= self.months <= 12:
            raise SettingsError(f"months is {self.months}; expected 1 to 12")


@dataclass(frozen=True)
class Words:
    """What staff should say, and what not, in both languages."""

    use_en: tuple[str, ...]
    use_zh: tuple[str, ...]
    avoid_en: tuple[str, ...]
    avoid_zh: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("use", "avoid"):
            en, zh = getattr(self, f"{name}_en"), getattr(self, f"{name}_zh")
            if len(en) != len(zh):
                raise SettingsError(
                    f"{name}_en has {len(en)} texts, {name}_zh {len(zh)}; expected as many"
                )
            for text in (*en, *zh):
                _short(name, text)


@dataclass(frozen=True)
class PromiseKind(Labels):
    """A service promise, kept within so many hours."""

    hours: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 1 <= self.hours <= MAX_HOURS:
            raise SettingsError(f"hours is {self.hours}; expected 1 to {MAX_HOURS}")


@dataclass(frozen=True)
class FallbackSettings:
    """How long each step may take, and the tiers of the last one, in the currency's unit."""

    live_seconds: float
    night_seconds: float
    retry_seconds: float
    tier_bounds: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.tier_bounds) != len(TIERS) - 1 or list(self.tier_bounds) != sorted(
            self.tier_bounds
        ):
            raise SettingsError(f"tier_bounds are {self.tier_bounds}; expected three, rising")


@dataclass(frozen=True)
class ClusterSettings:
    """When what one clerk or channel did is more than chance explains."""

    false_alarms_a_month: float
    min_count: int
    min_ratio: float

    def __post_init__(self) -> None:
        if not 0 < self.false_alarms_a_month < 1:
            raise SettingsError(
                f"false_alarms_a_month is {self.false_alarms_a_month}; expected 0 to 1"
            )


@dataclass(frozen=True)
class DecisionSettings:
    """All of `serving/decision/settings.toml`."""

    undo_seconds: float
    tenure_years: tuple[int, ...]
    confirmations: tuple[str, ...]
    rivals: tuple[str, ...]
    predictions: Predictions
    roles: Roles
    limits: dict[str, dict[str, float]]
    economics: Economics
    intents: dict[str, Intent]
    actions: dict[str, Action]
    bill_fit: BillFitSettings
    words: dict[str, Words]
    reasons: dict[str, Labels]
    promises: dict[str, PromiseKind]
    fallback: FallbackSettings
    clusters: ClusterSettings

    def __post_init__(self) -> None:
        _exactly("limits", self.limits, AUTHORITIES)
        for authority, own in self.limits.items():
            _exactly(f"limits.{authority}", own, TIERS)
            for tier, amount in own.items():
                _within(f"limits.{authority}.{tier}", amount, MAX_AMOUNT)
        _exactly("intents", self.intents, INTENTS)
        _exactly("words", self.words, (*INTENTS, *SITUATIONS))
        if list(self.tenure_years) != sorted(set(self.tenure_years)):
            raise SettingsError(f"tenure_years are {self.tenure_years}; expected rising")

    @cached_property
    def fingerprint(self) -> str:
        """Equal for equal settings: decisions keep it, so that a replay can name other ones."""
        content = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return sha256(content.encode()).hexdigest()[:16]

    def limit_fen(self, authority: str, tier: str) -> int:
        """The most that an offer may cost."""
        return to_fen(self.limits[authority][tier])


def decision_settings(home: Path) -> DecisionSettings:
    """This home's settings of the decision. Raises SettingsError naming file and key."""
    return home_settings(home, "decision", DecisionSettings, SHIPPED)


def _only(name: str, found: tuple[str, ...], allowed: tuple[str, ...]) -> None:
    other = sorted(set(found) - set(allowed))
    if other:
        raise SettingsError(f"{name} has {', '.join(other)}; expected {', '.join(allowed)}")


def _within(name: str, value: float, most: float) -> None:
    if not 0 <= value <= most:
        raise SettingsError(f"{name} is {value}; expected 0 to {most}")


def _short(name: str, text: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise SettingsError(
            f"{name} has a text of {len(text)} characters; expected at most {LONGEST_TEXT}"
        )


def _exactly(name: str, found: dict[str, Any], expected: tuple[str, ...]) -> None:
    if set(found) != set(expected):
        raise SettingsError(
            f"{name} has {', '.join(sorted(found))}; expected {', '.join(expected)}"
        )
