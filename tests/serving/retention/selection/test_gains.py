"""The gain of an offer, against DESIGN's formula written out for one customer."""

from __future__ import annotations

from dataclasses import fields, replace
from math import exp, log
from typing import Any

import numpy as np
import pytest

from features.settings.typed import read_toml
from features.windows import MONTH_DAYS
from serving.retention.choice import Arm
from serving.retention.learned.posterior import LearnedOffer
from serving.retention.retention_settings import SHIPPED, Channel, Offer, RetentionSettings
from serving.retention.selection.gains import (
    Doubt,
    Floats,
    Valued,
    arms_of,
    entitled,
    gain_fen,
    hopeful_fen,
    options_of,
)
from training.value.at_stake import value_at_stake


@pytest.fixture(scope="module")
def settings() -> RetentionSettings:
    return read_toml(SHIPPED, RetentionSettings)


def customers(**changed: object) -> Valued:
    own = {
        "churn_risk": np.array([0.2, 0.01]),
        "margin_fen": np.array([5000.0, 9000.0]),
        "mean_risk": np.array([0.03, 0.03]),
        "tier": np.array(["gold", ""], dtype=object),
        "payment_mode": np.array(["postpaid", "prepaid"], dtype=object),
        "tenure_days": np.array([400.0, 20.0]),
        "horizon_days": 30,
        "annual_discount": 0.08,
        "persistence": 0.85,
    }
    return Valued(**(own | changed))  # type: ignore[arg-type]


def test_where_a_risk_passes_at_once_the_value_untouched_is_the_value_at_stake() -> None:
    own = customers(persistence=0.0)
    found = value_at_stake(own.margin_fen, own.churn_risk, own.mean_risk, 30, 0.08)
    assert own.value_fen() == pytest.approx(found)


def by_hand(own: Valued, place: int, offer: Offer, channel: Channel, cost_fen: int) -> float:
    """The formula for one customer, month by month."""
    power, discount = MONTH_DAYS / 30, 1.08 ** (-1 / 12)
    now, mean = -log(1 - own.churn_risk[place]) * power, -log(1 - own.mean_risk[place]) * power

    def value(hazard: float, months: int) -> float:
        stays, total = 1.0, 0.0
        for month in range(1, 13):
            own_hazard = mean + (now - mean) * own.persistence ** (month - 1)
            stays *= exp(-own_hazard * (hazard if month <= months else 1.0))
            total += stays * own.margin_fen[place] * discount**month
        return total

    tier = own.tier[place] or "standard"
    a = offer.acceptance[tier] * channel.persuasion
    accepted = value(offer.hazard[tier], offer.lasts_months) * offer.margin_share - cost_fen
    refused, without = value(offer.refused_hazard, 1), value(1.0, 0)
    return channel.reach * (a * accepted + (1 - a) * refused - without) - channel.cost_fen


@pytest.mark.parametrize("name", ["better_plan", "discount", "top_up_gift"])
@pytest.mark.parametrize("by", ["hotline", "app"])
def test_the_gain_is_the_formula(settings: RetentionSettings, name: str, by: str) -> None:
    offer, channel, own = settings.offers[name], settings.channels[by], customers()
    found = gain_fen(own, offer, channel, 800)
    assert found == pytest.approx([by_hand(own, place, offer, channel, 800) for place in (0, 1)])


def test_facts_alone_say_who_is_entitled(settings: RetentionSettings) -> None:
    assert entitled(customers(), settings.offers["handset_renewal"]).tolist() == [True, False]
    assert entitled(customers(), settings.offers["top_up_gift"]).tolist() == [False, True]
    riskier = customers(churn_risk=np.array([0.9, 0.9]))
    for offer in settings.offers.values():
        assert (entitled(riskier, offer) == entitled(customers(), offer)).all()


def test_offers_without_a_cost_are_not_arms(settings: RetentionSettings) -> None:
    assert arms_of(settings, {"discount": 3000}, ()) == tuple(
        Arm("discount", channel) for channel in settings.offers["discount"].channels
    )
    assert arms_of(settings, {"discount": 3000}, ("data_bonus",)) == ()


def test_who_has_no_predicted_value_has_no_option(settings: RetentionSettings) -> None:
    own = customers(margin_fen=np.array([np.nan, 9000.0]))
    costs = {"data_bonus": 800, "top_up_gift": 800}
    arms = arms_of(settings, costs, ())
    found = options_of(own, arms, settings, costs, {})
    assert set(found.customer.tolist()) == {1}
    assert found.cost_fen.tolist() == [
        costs[arms[arm].offer] + settings.channels[arms[arm].channel].cost_fen
        for arm in found.arm.tolist()
    ]


def test_after_evidence_an_offer_whose_gain_is_too_doubtful_is_not_a_gain(
    settings: RetentionSettings,
) -> None:
    """The others keep their expected gains; those of what is declared alone stay as they are."""
    own, arms = customers(tenure_days=np.array([400.0, 400.0])), (Arm("discount", "hotline"),)
    declared = settings.offers["discount"]
    kept: dict[str, Any] = {one.name: getattr(declared, one.name) for one in fields(Offer)}
    kept |= {"acceptance_doubt": 0.2, "hazard_doubt": 0.2}

    def gains(prudence: float | None) -> Floats:
        offer = declared if prudence is None else LearnedOffer(**kept, prudence=prudence)
        changed = replace(settings, offers=settings.offers | {"discount": offer})
        return options_of(own, arms, changed, {"discount": 800}, {}).gain_fen

    expected = gains(None)
    assert expected[0] > 0
    assert np.array_equal(gains(1.0), expected)
    assert gains(1.01)[0] == expected[0]
    assert gains(1.6)[0] < 0
    assert gains(1.6)[1] <= expected[1]


def test_after_evidence_hoped_gains_are_of_offers_one_deviation_better_than_assumed(
    settings: RetentionSettings,
) -> None:
    """In the order of `options_of`; without evidence they are the expected ones."""
    own, costs = customers(tenure_days=np.array([400.0, 400.0])), {"discount": 800}
    arms = (Arm("discount", "hotline"), Arm("discount", "sms"))
    declared = settings.offers["discount"]
    kept: dict[str, Any] = {one.name: getattr(declared, one.name) for one in fields(Offer)}
    learned = LearnedOffer(**kept, acceptance_doubt=0.2, hazard_doubt=0.3, prudence=1.1)
    better = Doubt(), Doubt(hazard=exp(-0.3))
    for offer, doubt in zip((declared, learned), better, strict=True):
        changed = replace(settings, offers=settings.offers | {"discount": offer})
        options = options_of(own, arms, changed, costs, {})
        hoped = hopeful_fen(own, arms, changed, costs)
        assert len(hoped) == len(options.gain_fen) == 4
        for place, found in enumerate(hoped.tolist()):
            there = own.at(options.customer[place : place + 1].astype(np.int64))
            channel = settings.channels[arms[options.arm[place]].channel]
            assert found == pytest.approx(gain_fen(there, offer, channel, 800, doubt)[0])
        assert ((hoped > options.gain_fen) == (offer is learned)).all()
