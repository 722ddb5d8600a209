"""Settings of offers after evidence, and what a list says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine

from features.errors import SettingsError
from features.settings.typed import read_toml
from serving.retention.campaign import store as kept
from serving.retention.learned.evidence import (
    CampaignEvidence,
    Count,
    Effect,
    Evidence,
    write_evidence,
)
from serving.retention.learned.posterior import LearnedOffer, learned, posterior
from serving.retention.learned.wording import evidence_lines
from serving.retention.retention_settings import SHIPPED, RetentionSettings
from tests.serving.campaigns.conftest import NOW, made_campaign
from training.uplift.hazards import Group

SETTINGS = read_toml(SHIPPED, RetentionSettings)


def left_of(offer: str, tier: str, customers: int, accepted: float, left_more: float) -> Effect:
    """As many treated as controls, of whom 10 % left; of those who spoke `left_more` more did."""
    treated = [
        round(share * customers) for share in (accepted, (1 - accepted) / 2, (1 - accepted) / 2)
    ]
    accepts, refuses, others = (
        Group(count, 0.1 * count, (0.1 + more) * count)
        for count, more in zip(treated, (left_more, left_more, 0.0), strict=True)
    )
    control = Group(customers, 0.1 * customers, 0.1 * customers)
    return Effect(offer, tier, control, accepts, refuses, others, 0.0, 0.0, 0.0, 0.9)


def evidence(
    accepted: int = 30, channel: str = "hotline", left_more: float = -0.002, offer: str = "discount"
) -> Evidence:
    """One campaign of 1,000 contacts of a tier by one channel."""
    one = CampaignEvidence(
        "c1", "2026-03-01", "d1", 44, (Count(offer, "gold", channel, 1000, accepted),),
        (left_of(offer, "gold", 1000, accepted / 1000, left_more),),
    )  # fmt: skip
    return Evidence("2026-06-01T06:00:00", "a" * 64, (one,))


def accepted(settings: RetentionSettings, offer: str, channel: str) -> float:
    """Of contacts of a gold customer the share that accept."""
    by = settings.channels[channel]
    return settings.offers[offer].acceptance["gold"] * by.reach * by.persuasion


def test_acceptance_follows_the_answers() -> None:
    """60 of 1,000 contacts instead of 270."""
    own = posterior(SETTINGS, evidence(accepted=60)).settings
    assert accepted(own, "discount", "hotline") == pytest.approx(0.06, abs=0.015)
    tiers = own.offers["discount"].acceptance
    assert tiers["gold"] < tiers["silver"] < 0.45


def test_what_a_channel_did_is_not_taken_for_the_offer() -> None:
    """Three times as many accepted by text as declared: most of it is the channel's."""
    own = posterior(SETTINGS, evidence(accepted=360, channel="sms")).settings
    assert accepted(own, "discount", "sms") == pytest.approx(0.36, abs=0.05)
    assert own.channels["sms"].persuasion > 0.6
    assert own.channels["hotline"].persuasion == pytest.approx(1)
    assert own.offers["discount"].acceptance["gold"] < 0.65


def test_two_channels_part_the_offer_from_the_channel() -> None:
    """Both channels bring half of what is declared of this offer: so does the offer."""
    by_text, by_voice = evidence(accepted=61, channel="sms"), evidence(accepted=135)
    both = replace(by_text, campaigns=(*by_text.campaigns, *by_voice.campaigns))
    one = posterior(SETTINGS, by_voice).settings.offers["discount"].acceptance["gold"]
    assert posterior(SETTINGS, both).settings.offers["discount"].acceptance["gold"] < one < 0.45


def test_an_acceptance_is_at_most_one() -> None:
    own = posterior(SETTINGS, evidence(accepted=1000)).settings
    assert 0.45 < max(own.offers["discount"].acceptance.values()) <= 1


def test_an_offer_that_drives_out_gets_a_hazard_above_one() -> None:
    found = posterior(SETTINGS, evidence(accepted=300, left_more=0.05)).settings
    assert found.offers["discount"].hazard["gold"] > 1
    assert found.offers["discount"].hazard["gold"] > found.offers["better_plan"].hazard["gold"]


def test_doubts_shrink_with_the_evidence() -> None:
    own = posterior(SETTINGS, evidence(accepted=300)).settings.offers
    discount, other = own["discount"], own["better_plan"]
    assert isinstance(discount, LearnedOffer)
    assert isinstance(other, LearnedOffer)
    assert discount.acceptance_doubt < other.acceptance_doubt
    assert discount.hazard_doubt < other.hazard_doubt


def test_what_is_less_sure_needs_more_of_a_margin() -> None:
    """A factor of the hazards: their doubt, as often as a chance of 60 % needs it."""
    own = posterior(SETTINGS, evidence(accepted=300)).settings.offers
    discount, other = own["discount"], own["better_plan"]
    assert isinstance(discount, LearnedOffer)
    assert isinstance(other, LearnedOffer)
    assert SETTINGS.doubt.prudence == 0.6
    assert discount.prudence == pytest.approx(np.exp(0.2533 * discount.hazard_doubt), abs=1e-4)
    assert 1 < discount.prudence < other.prudence


def test_a_prudence_below_an_even_chance_is_refused() -> None:
    for wrong in (0.4, 1.0):
        with pytest.raises(SettingsError, match="prudence is"):
            replace(SETTINGS.doubt, prudence=wrong)


def test_a_doubt_of_nothing_is_refused() -> None:
    for name in ("acceptance", "effect", "selected", "risk"):
        with pytest.raises(SettingsError, match=name):
            replace(SETTINGS.doubt, **{name: 0.0})


def test_all_else_stays_as_declared_and_unknown_offers_are_passed_over() -> None:
    known = posterior(SETTINGS, evidence(offer="of another year"))
    for name, own in known.settings.offers.items():
        declared = SETTINGS.offers[name]
        assert own.acceptance == pytest.approx(declared.acceptance)
        assert own.hazard == pytest.approx(declared.hazard)
        assert (own.channels, own.lasts_months) == (declared.channels, declared.lasts_months)
    assert known.about({})["acceptance_share"] == pytest.approx(0, abs=1e-9)


def test_a_list_says_what_is_evidence_of_whom_it_contacts() -> None:
    known = posterior(SETTINGS, evidence(accepted=300))
    everyone, those = known.about({}), known.about({("discount", "gold"): 50})
    assert those["acceptance_share"] > everyone["acceptance_share"] > 0
    row = next(one for one in those["offers"] if one["listed"])
    assert (row["offer"], row["tier"], row["listed"]) == ("discount", "gold", 50)
    assert row["acceptance"]["low"] < row["acceptance"]["value"] < row["acceptance"]["high"]
    assert row["acceptance"]["declared"] == 0.45
    for language, word in (("en", "evidence"), ("zh", "证据")):
        lines = list(evidence_lines(those, language))
        assert len(lines) == 1 + len(SETTINGS.offers) + len(SETTINGS.channels)
        assert all(word in line and "{" not in line for line in lines)


def test_the_same_evidence_gives_the_same_to_the_last_bit() -> None:
    assert posterior(SETTINGS, evidence()).settings == posterior(SETTINGS, evidence()).settings


def test_a_campaign_that_was_revoked_counts_for_nothing(store: Engine, tmp_path: Path) -> None:
    own = made_campaign(store)
    one = replace(evidence().campaigns[0], campaign=own)
    with store.connect() as connection:
        assert learned(tmp_path, connection, SETTINGS) is None
    write_evidence(tmp_path, [one], datetime(2026, 6, 1))
    with store.connect() as connection:
        found = learned(tmp_path, connection, SETTINGS)
    assert found is not None
    assert found.about({})["campaigns"] == [own]
    with store.begin() as connection:
        kept.revoke(connection, own, NOW)
    with store.connect() as connection:
        assert learned(tmp_path, connection, SETTINGS) is None
