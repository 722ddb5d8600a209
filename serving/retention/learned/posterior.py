"""The declared assumptions about offers, changed by the evidence on file.

Without evidence they are as declared, to the last bit. Else acceptance and hazard of each offer and
tier are the posterior of `training.uplift`, and so are the persuasions of channels and what
refusals do. Answers are counted of contacts, by the declared reach: where that is off, acceptance
and persuasion make up for it, as the expected gain needs the product.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from sqlalchemy import Connection, select

from features.histories.bills.tiers import TIERS
from features.windows import MONTH_DAYS
from serving.database.tables import campaigns
from serving.retention.learned.evidence import CampaignEvidence, Evidence, read_evidence
from serving.retention.retention_settings import Offer, RetentionSettings
from training.uplift.hazards import REFUSED, ContactEffect, update_hazards
from training.uplift.hierarchy import Cell
from training.uplift.priors import CHANNEL, DEVIATE, Answered, Updated, update_answers

READY = "ready"
REFUSED_MONTHS = 1
REFUSED_DOUBT = 0.5  # of the doubt about effects: a refusal does less than an offer
CHANNEL_DOUBT = 2.0  # times that about acceptances: what a channel does is guessed twice


@dataclass(frozen=True)
class LearnedOffer(Offer):
    """An offer as the evidence has it; its doubts are standard deviations of logarithms.

    `prudence`: times its hazards are those that are not exceeded with the declared chance.

    Nothing of it is refused: an offer that drives customers out has a hazard above 1.
    """

    acceptance_doubt: float
    hazard_doubt: float
    prudence: float

    def __post_init__(self) -> None:
        """No check: what was declared was checked."""


@dataclass(frozen=True)
class LearnedSettings(RetentionSettings):
    """Settings as the evidence has them."""

    def __post_init__(self) -> None:
        """No check, as of `LearnedOffer`."""


@dataclass(frozen=True)
class Learned:
    """Settings whose offers the evidence changed, and what of them is evidence.

    By (offer, tier); what channels do by (channel, `CHANNEL`), refusals by (offer, `REFUSED`).
    """

    settings: RetentionSettings
    evidence: Evidence
    acceptance: Mapping[Cell, Updated]
    hazard: Mapping[Cell, Updated]

    def about(self, listed: Mapping[Cell, int]) -> dict[str, Any]:
        """What a list says of it; overall shares are of whom it contacts, by offer and tier."""
        cells = [(offer, tier) for offer in self.settings.offers for tier in TIERS]
        weights = [listed.get(cell, 0) for cell in cells]
        weights = weights if any(weights) else [1] * len(cells)
        return {
            "sha256": self.evidence.sha256,
            "made_at": self.evidence.made_at,
            "campaigns": [one.campaign for one in self.evidence.campaigns],
            "acceptance_share": _share(self.acceptance, cells, weights),
            "hazard_share": _share(self.hazard, cells, weights),
            "offers": [
                {
                    "offer": cell[0],
                    "tier": cell[1],
                    "listed": listed.get(cell, 0),
                    "acceptance": _figure(self.acceptance[cell]),
                    "hazard": _figure(self.hazard[cell]),
                    "refused_hazard": _figure(self.hazard[cell[0], REFUSED]),
                }
                for cell in cells
            ],
            "channels": [
                {"channel": name, "persuasion": _figure(self.acceptance[name, CHANNEL])}
                for name in self.settings.channels
            ],
        }


def learned(home: Path, connection: Connection, settings: RetentionSettings) -> Learned | None:
    """The settings after the last evidence; null where no campaign counts.

    One that was revoked since counts for nothing. Raises LakeError where the file is damaged.
    """
    found = read_evidence(home)
    if found is None:
        return None
    query = select(campaigns.c.id).where(campaigns.c.state == READY)
    ready = set(connection.execute(query).scalars())
    kept = tuple(one for one in found.campaigns if one.campaign in ready)
    return posterior(settings, replace(found, campaigns=kept)) if kept else None


def posterior(settings: RetentionSettings, evidence: Evidence) -> Learned:
    """The settings after this evidence. Offers that are not declared any more are passed over."""
    cells: list[Cell] = [(offer, tier) for offer in settings.offers for tier in TIERS]
    accepts = {(name, tier): settings.offers[name].acceptance[tier] for name, tier in cells}
    persuasion = {name: own.persuasion for name, own in settings.channels.items()}
    hazards = {(name, tier): settings.offers[name].hazard[tier] for name, tier in cells}
    refused = {name: own.refused_hazard for name, own in settings.offers.items()}
    doubt = settings.doubt
    acceptance = update_answers(
        accepts, persuasion, _answers(settings, evidence), doubt.acceptance,
        doubt.acceptance * CHANNEL_DOUBT,
    )  # fmt: skip
    hazard = update_hazards(
        hazards, refused, _effects(settings, evidence), doubt.effect,
        doubt.effect * REFUSED_DOUBT, doubt.selected, doubt.risk,
    )  # fmt: skip
    changed = {
        "offers": {
            name: _offer(own, name, acceptance, hazard, doubt.prudence)
            for name, own in settings.offers.items()
        },
        "channels": {
            name: replace(own, persuasion=_value(acceptance[name, CHANNEL]))
            for name, own in settings.channels.items()
        },
    }
    kept = {one.name: getattr(settings, one.name) for one in fields(RetentionSettings)}
    return Learned(LearnedSettings(**kept | changed), evidence, acceptance, hazard)


def _answers(settings: RetentionSettings, evidence: Evidence) -> list[Answered]:
    return [
        Answered(
            (one.offer, one.tier), one.channel, settings.channels[one.channel].reach,
            one.accepted, one.contacted,
        )
        for own in evidence.campaigns for one in own.counts
        if one.offer in settings.offers and one.channel in settings.channels
    ]  # fmt: skip


def _effects(settings: RetentionSettings, evidence: Evidence) -> list[ContactEffect]:
    return [
        ContactEffect(
            (one.offer, one.tier), own.campaign, one.control, one.accepted, one.refused,
            one.others, one.others_refused, one.control_accepted, one.control_refused,
            one.dispersion, _within(settings.offers[one.offer].lasts_months, own),
            _within(REFUSED_MONTHS, own),
        )
        for own in evidence.campaigns for one in own.effects if one.offer in settings.offers
    ]  # fmt: skip


def _within(months: int, own: CampaignEvidence) -> float:
    """The share of the window in which what lasts so many months acts."""
    return min(1.0, months * MONTH_DAYS / own.window_days)


def _offer(
    own: Offer,
    name: str,
    acceptance: Mapping[Cell, Updated],
    hazard: Mapping[Cell, Updated],
    chance: float,
) -> LearnedOffer:
    kept = {one.name: getattr(own, one.name) for one in fields(Offer)}
    hazard_doubt = _doubt([_above(hazard[name, tier]) for tier in TIERS])
    changed = {
        "acceptance": {tier: _value(acceptance[name, tier]) for tier in TIERS},
        "hazard": {tier: _value(hazard[name, tier]) for tier in TIERS},
        "refused_hazard": _value(hazard[name, REFUSED]),
        "acceptance_doubt": _doubt([_below(acceptance[name, tier]) for tier in TIERS]),
        "hazard_doubt": hazard_doubt,
        "prudence": float(np.exp(NormalDist().inv_cdf(chance) * hazard_doubt)),
    }
    return LearnedOffer(**kept | changed)


def _value(one: Updated) -> float:
    assert one.estimate.value is not None
    return one.estimate.value


def _doubt(factors: list[float]) -> float:
    """The standard deviation of a logarithm, from ends of its intervals over its values."""
    return float(np.mean(np.log(factors)) / DEVIATE)


def _above(one: Updated) -> float:
    """The upper end over the value: the lower one of a hazard has a floor."""
    return (one.estimate.high or np.nan) / _value(one)


def _below(one: Updated) -> float:
    """The value over the lower end: the upper one of an acceptance is at most 1."""
    return _value(one) / (one.estimate.low or np.nan)


def _share(found: Mapping[Cell, Updated], cells: list[Cell], weights: list[int]) -> float:
    return float(np.average([found[cell].evidence_share for cell in cells], weights=weights))


def _figure(one: Updated) -> dict[str, Any]:
    return {
        "declared": one.declared, **asdict(one.estimate), "evidence_share": one.evidence_share,
    }  # fmt: skip
