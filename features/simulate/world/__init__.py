"""The settings of a simulated operator: who its customers are and why they leave.

A world is a TOML file (`world.files` reads it); in `worlds/default.toml` each number is
explained. Rates are per customer and week unless their name or comment says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from typing import Any

from features.errors import SettingsError
from features.simulate.world.offers import OfferKind


@dataclass(frozen=True)
class Traits:
    """Gamma shapes of the hidden traits: the smaller, the more customers differ unseen."""

    price: float
    quality: float
    loyalty: float
    need: float


@dataclass(frozen=True)
class Plan:
    """A plan on sale; `use_gb` and `use_min` are a month's use of its typical customer."""

    name: str
    brand: str
    prepaid: bool
    share: float
    fee_fen: int
    allowance_gb: float
    overage_fen_gb: int
    allowance_min: int
    voice_fen_min: int
    use_gb: float
    use_min: float
    cost_fen: int
    cost_share: float


@dataclass(frozen=True)
class People:
    prepaid_share: float
    consent_share: float
    consent_changes: float
    group_share: float
    manager_share: float
    contract_share: float
    contract_weeks: int
    tenure_weeks_postpaid: float
    tenure_weeks_prepaid: float
    joining_postpaid: float
    joining_prepaid: float


@dataclass(frozen=True)
class Usage:
    spread: float
    spread_voice: float
    swing: float
    swing_weeks: float
    noise: float
    noise_voice: float
    season: float
    festival: float
    festival_voice: float
    active_days_share: float
    roaming: float
    roaming_festival: float
    roaming_min: float
    roaming_fen_min: int


@dataclass(frozen=True)
class Fading:
    onset_postpaid: float
    onset_prepaid: float
    step: float
    steps: int
    recovery: float
    full_at: float
    tolerance: float


@dataclass(frozen=True)
class Network:
    drops: float
    drops_in_trouble: float
    onset: float
    recovery: float
    outbreak_onset: float
    outbreak_recovery: float
    outbreak_drops: float
    scale: float


@dataclass(frozen=True)
class Rival:
    promotion_share: float
    interest_onset: float
    interest_onset_promotion: float
    interest_end: float
    calls: float
    calls_interested: float
    scale: float


@dataclass(frozen=True)
class Bills:
    noise: float
    extra_onset: float
    extra_stays: float
    extra_low: float
    extra_high: float
    tolerance: float
    scale: float
    decay_weeks: float
    late_share: float


@dataclass(frozen=True)
class MoneyCauses:
    short_onset: float
    short_end: float
    paid_share: float
    paid_share_short: float
    clearing: float
    clearing_short: float
    overdue_scale: float
    top_ups_short: float
    small_share: float
    small_share_short: float
    missed_tolerance: float
    missed_full: float


@dataclass(frozen=True)
class Moves:
    upgrade: float
    downgrade: float
    saving_share: float


@dataclass(frozen=True)
class Complaints:
    service: float
    billing: float
    billing_shock: float
    network: float
    network_trouble: float
    closing: float
    reopening: float
    decay_weeks: float
    backdated_share: float
    rated_share: float


@dataclass(frozen=True)
class Contract:
    renewal: float
    upgrade_share: float
    rise_weeks: float
    fall_weeks: float


@dataclass(frozen=True)
class Friends:
    scale: float
    least: float


@dataclass(frozen=True)
class Unmeasured:
    onset: float
    end: float


@dataclass(frozen=True)
class CancelRequest:
    base: float
    gain: float
    closing: float


@dataclass(frozen=True)
class Hazard:
    base_postpaid: float
    base_prepaid: float
    season: float
    step: float
    step_week: int
    early_weeks: float


@dataclass(frozen=True)
class Strength:
    """What each cause adds to the weekly hazard while its signal is full."""

    bill_shock: float
    complaint: float
    contract_end: float
    network_trouble: float
    fading: float
    rival: float
    friends: float
    arrears: float
    early_life: float
    cancel_request: float
    unmeasured: float


@dataclass(frozen=True)
class Leaving:
    ported_share: float
    ported_share_rival: float
    withdrawn_share: float
    silent_cancelled_share: float
    rejoin_share: float
    rejoin_at_once_share: float


@dataclass(frozen=True)
class Competing:
    transferred: float
    death: float
    brand_change: float
    cut_off: float
    cut_off_restored_share: float


@dataclass(frozen=True)
class Campaigns:
    monthly_share: float
    control_share: float
    answered_share: float


@dataclass(frozen=True)
class FeedClocks:
    roaming_late_days: int
    corrected_share: float


@dataclass(frozen=True)
class World:
    """Everything about the operator that is not drawn at random. Amounts in fen."""

    first_day: date
    oracle_paths: int
    oracle_weeks: int
    oracle_customers: int
    cities: tuple[str, ...]
    rivals: tuple[str, ...]
    traits: Traits
    people: People
    plans: tuple[Plan, ...]
    usage: Usage
    fading: Fading
    network: Network
    rival: Rival
    bills: Bills
    money: MoneyCauses
    moves: Moves
    complaints: Complaints
    contract: Contract
    friends: Friends
    unmeasured: Unmeasured
    cancel_request: CancelRequest
    hazard: Hazard
    strength: Strength
    leaving: Leaving
    competing: Competing
    campaigns: Campaigns
    offers: tuple[OfferKind, ...]
    clocks: FeedClocks

    def __hash__(self) -> int:
        # Results are cached by their world: hashing all of it every time would cost more.
        return hash(self.first_day)

    def __post_init__(self) -> None:
        _refuse_negative(self, "")
        if self.first_day.weekday() != 0:
            raise SettingsError(f"first_day is {self.first_day:%A %Y-%m-%d}; expected a Monday")
        for field in fields(self.traits):
            shape = getattr(self.traits, field.name)
            if shape <= 0:
                raise SettingsError(f"traits.{field.name} is {shape}; expected more than 0")
        if not 0 < self.fading.step < 1 or not 1 <= self.fading.steps <= 100:
            raise SettingsError(
                f"fading: step is {self.fading.step} and steps is {self.fading.steps}; expected a "
                f"factor between 0 and 1 and 1 to 100 steps"
            )
        if not self.cities or not self.rivals or not self.offers:
            raise SettingsError("cities, rivals and offers must name at least one each")
        for prepaid, word in ((False, "postpaid"), (True, "prepaid")):
            if not any(plan.prepaid is prepaid and plan.share > 0 for plan in self.plans):
                raise SettingsError(f"plans: none is {word} with a share above 0; add one")


def _refuse_negative(part: Any, where: str) -> None:
    for field in fields(part):
        value, name = getattr(part, field.name), f"{where}{field.name}"
        if is_dataclass(value):
            _refuse_negative(value, f"{name}.")
        elif isinstance(value, tuple):
            for i, item in enumerate(value):
                if is_dataclass(item):
                    _refuse_negative(item, f"{name}[{i}].")
        elif isinstance(value, int | float):
            if value < 0:
                raise SettingsError(f"world: {name} is {value}; expected 0 or more")
            # A handset pays for itself: the margin after an offer may be above that before.
            if name.endswith("_share") and field.name != "margin_share" and value > 1:
                raise SettingsError(f"world: {name} is {value}; expected a share, 0 to 1")
