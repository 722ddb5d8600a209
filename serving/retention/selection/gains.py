"""What each offer by each channel would bring whom, by the declared priors or the evidence.

    gain = r (a (S1 V1 - C) + (1 - a) Sr V0 - S0 V0) - c

with reach r and contact cost c of the channel, acceptance a (the offer's by tier, times the
channel's persuasion) and the offer's cost C. S V is the sum over twelve months of survival times
margin, discounted, with the hazards of the first months times the offer's multiplier: an offer
that lasts `l` months changes the first `l`, a contact that was refused the first one. The risk
fades from the predicted one to the mean by a declared `persistence`; with 0, as
`training.value.at_stake` has it, a customer at high risk would be safe after the first month, and
the gain of keeping them too high. The committed cost is c + C, as if all accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.windows import MONTH_DAYS
from serving.retention.choice import Arm, Options
from serving.retention.learned.posterior import LearnedOffer
from serving.retention.retention_settings import Channel, Offer, RetentionSettings
from training.value.at_stake import MONTHS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
REFUSED_MONTHS = 1


@dataclass(frozen=True)
class Valued:
    """Customers as the gains need them, one element each; margins in fen a month, NaN without one.

    `mean_risk`: of the customer's payment mode; risks are over `horizon_days`. `tier` is "" where
    none is known. `persistence`: which share of the difference to the mean is left a month later.
    """

    churn_risk: Floats
    margin_fen: Floats
    mean_risk: Floats
    tier: NDArray[np.object_]
    payment_mode: NDArray[np.object_]
    tenure_days: Floats
    horizon_days: int
    annual_discount: float
    persistence: float = 0.0

    def at(self, places: NDArray[np.int64]) -> Valued:
        names = ("churn_risk", "margin_fen", "mean_risk", "tier", "payment_mode", "tenure_days")
        return replace(self, **{name: getattr(self, name)[places] for name in names})

    @cached_property
    def untouched_fen(self) -> Floats:
        """The sum if nothing is done."""
        return self.value_fen()

    @cached_property
    def tiers(self) -> tuple[NDArray[np.int64], Sequence[str]]:
        """Of each customer the place of their tier among those that occur, which come second."""
        places, names = pd.factorize(self.tier)
        return places, [str(name) for name in names]

    @cached_property
    def _hazards(self) -> tuple[Floats, Floats]:
        """Of a month: each one's own, and the mean one."""
        power = MONTH_DAYS / self.horizon_days
        own, mean = (-np.log1p(-risk) * power for risk in (self.churn_risk, self.mean_risk))
        return own, mean

    def value_fen(self, hazard: Floats | float = 1.0, months: int = 0) -> Floats:
        """The twelve months' sum with the hazards of the first `months` times `hazard`."""
        own, mean = self._hazards
        discount = (1 + self.annual_discount) ** (-1 / 12)
        total, cumulated = np.zeros_like(own), np.zeros_like(own)
        for month in range(1, MONTHS + 1):
            fading = mean + (own - mean) * self.persistence ** (month - 1)
            cumulated = cumulated + fading * (hazard if month <= months else 1.0)
            total = total + np.exp(-cumulated) * discount**month
        found: Floats = self.margin_fen * total
        return found


@dataclass(frozen=True)
class Doubt:
    """How far the truth may be from what is assumed, as factors.

    Of the acceptance, of all log hazards, and of the hazard of those who accept.
    """

    acceptance: float = 1.0
    effect: float = 1.0
    hazard: float = 1.0


CERTAIN = Doubt()
Gain = Callable[[Valued, Offer, Channel, int], Floats]


def arms_of(
    settings: RetentionSettings, costs: Mapping[str, int], offers: Sequence[str]
) -> tuple[Arm, ...]:
    """Each active offer with a cost, by each of its active channels; `offers`: empty for all."""
    return tuple(
        Arm(name, channel)
        for name, offer in settings.offers.items()
        if offer.active and name in costs and (not offers or name in offers)
        for channel in offer.channels
        if settings.channels[channel].active
    )


def entitled(customers: Valued, offer: Offer) -> Flags:
    """Who may have the offer: by facts alone, and never by what is predicted."""
    mode = np.isin(customers.payment_mode, offer.payment_modes)
    return np.asarray(mode & (customers.tenure_days >= offer.min_tenure_days))


def entitlements(customers: Valued, offers: Sequence[Offer]) -> NDArray[np.int64]:
    """A number for each customer, the same for who is entitled to the same of these offers."""
    found = np.zeros(len(customers.churn_risk), dtype=np.int64)
    for offer in offers:
        _, found = np.unique(found * 2 + entitled(customers, offer), return_inverse=True)
    return found


def gain_fen(
    customers: Valued, offer: Offer, channel: Channel, cost_fen: int, doubt: Doubt = CERTAIN
) -> Floats:
    """The expected gain of one offer by one channel, shape (n,); NaN without a margin."""
    a = by_tier(offer.acceptance, customers) * channel.persuasion * doubt.acceptance
    a = np.clip(a, 0.0, 1.0)
    hazard = by_tier(offer.hazard, customers) ** doubt.effect * doubt.hazard
    accepted = customers.value_fen(hazard, offer.lasts_months) * offer.margin_share
    refused = customers.value_fen(offer.refused_hazard**doubt.effect, REFUSED_MONTHS)
    changed = a * (accepted - cost_fen) + (1 - a) * refused - customers.untouched_fen
    return channel.reach * changed - channel.cost_fen


def by_tier(of: Mapping[str, float], customers: Valued) -> Floats:
    """The value of each one's tier; of no tier that of the lowest."""
    lowest = next(iter(of.values()))
    places, tiers = customers.tiers
    return np.array([of.get(tier, lowest) for tier in tiers])[places]


def options_of(
    customers: Valued,
    arms: tuple[Arm, ...],
    settings: RetentionSettings,
    costs: Mapping[str, int],
    groups: Mapping[str, NDArray[np.int32]],
) -> Options:
    """Every option of every customer who is entitled to it and whose value is predicted."""
    return _options(customers, arms, settings, costs, groups, _prudent)


def hopeful_fen(
    customers: Valued,
    arms: tuple[Arm, ...],
    settings: RetentionSettings,
    costs: Mapping[str, int],
) -> Floats:
    """What each of `options_of` would gain were its offer as good as it may well be.

    After evidence: with hazards one standard deviation of the doubt below the assumed ones; at one
    time in six an offer is better still. Without any the declared assumptions are what is hoped.
    """

    def hopeful(there: Valued, offer: Offer, channel: Channel, cost: int) -> Floats:
        better = np.exp(-offer.hazard_doubt) if isinstance(offer, LearnedOffer) else 1.0
        return gain_fen(there, offer, channel, cost, Doubt(hazard=float(better)))

    return _options(customers, arms, settings, costs, {}, hopeful).gain_fen


def _options(
    customers: Valued,
    arms: tuple[Arm, ...],
    settings: RetentionSettings,
    costs: Mapping[str, int],
    groups: Mapping[str, NDArray[np.int32]],
    gain_of: Gain,
) -> Options:
    parts = list(_by_arm(customers, arms, settings, costs, gain_of))
    empty: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    who = np.concatenate([own for own, _, _ in parts] or empty)
    gain = np.concatenate([own for _, own, _ in parts] or [np.empty(0)])
    arm = np.repeat(np.arange(len(parts)), [len(own) for own, _, _ in parts])
    committed = np.array([own for _, _, own in parts], np.int64)
    order = np.lexsort((arm, who))
    cost = committed[arm[order]] if len(parts) else np.empty(0, np.int64)
    return Options(
        who[order].astype(np.int32), arm[order].astype(np.int16), gain[order], cost, arms, groups
    )


def _by_arm(
    customers: Valued,
    arms: tuple[Arm, ...],
    settings: RetentionSettings,
    costs: Mapping[str, int],
    gain_of: Gain,
) -> Iterator[tuple[NDArray[np.int64], Floats, int]]:
    """Of each arm who may have it, what it would bring them, and what it commits."""
    known = np.isfinite(customers.margin_fen) & np.isfinite(customers.churn_risk)
    for name, own in groupby(arms, lambda arm: arm.offer):
        offer = settings.offers[name]
        who = np.flatnonzero(entitled(customers, offer) & known)
        there = customers.at(who)
        for arm in own:
            channel = settings.channels[arm.channel]
            yield who, gain_of(there, offer, channel, costs[name]), costs[name] + channel.cost_fen


def _prudent(customers: Valued, offer: Offer, channel: Channel, cost_fen: int) -> Floats:
    """The expected gain; where evidence does not make a gain likely enough, none."""
    gain = gain_fen(customers, offer, channel, cost_fen)
    if not isinstance(offer, LearnedOffer):
        return gain
    likely = gain_fen(customers, offer, channel, cost_fen, Doubt(hazard=offer.prudence))
    return np.where(likely > 0, gain, np.minimum(gain, likely))
