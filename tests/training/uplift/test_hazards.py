"""Effects of contact by intention to treat, and what they say of an offer's hazard."""

from __future__ import annotations

import numpy as np
import pytest

from features.errors import TableRefused
from training.uplift.hazards import REFUSED, ContactEffect, update_hazards
from training.uplift.hierarchy import Cell
from training.uplift.priors import Updated

TIERS = ("standard", "silver", "gold", "diamond")
CELLS = {(offer, tier): 0.7 for offer in ("bonus", "discount") for tier in TIERS}
REFUSALS = {"bonus": 1.05, "discount": 1.05}


def found(*effects: ContactEffect) -> dict[Cell, Updated]:
    return update_hazards(CELLS, REFUSALS, effects, 0.5, 0.25)


def value(one: Updated) -> float:
    assert one.estimate.value is not None
    return one.estimate.value


def effect(
    hazard: float, refused: float = 1.05, error: float = 0.001, **more: float
) -> ContactEffect:
    """Of one cell: 20 % would leave, 40 % accept and 20 % refuse."""
    stays = 0.8
    left_more = 0.4 * (stays - stays**hazard) + 0.2 * (stays - stays**refused)
    return ContactEffect(("bonus", "gold"), left_more, error, 0.2, 0.4, 0.2, **more)


def test_without_read_outs_what_was_declared_comes_back() -> None:
    own = found()
    assert {round(value(own[cell]), 12) for cell in CELLS} == {0.7}
    assert value(own["bonus", REFUSED]) == pytest.approx(1.05)
    assert all(one.evidence_share == pytest.approx(0, abs=1e-9) for one in own.values())


@pytest.mark.parametrize("true", [0.3, 0.7, 1.4])
def test_a_sharp_read_out_finds_the_effect_of_contact(true: float) -> None:
    """What is sure is the effect of the contact; what of it is due to refusal stays prior."""
    own = found(effect(true))
    hazard, refused = value(own["bonus", "gold"]), value(own["bonus", REFUSED])
    assert effect(hazard, refused).left_more == pytest.approx(effect(true).left_more, abs=0.002)
    assert abs(np.log(hazard / true)) < abs(np.log(0.7 / true)) / 3 + 0.05


def test_harm_is_found_and_spreads_to_the_offers_other_tiers() -> None:
    own = found(effect(1.5, refused=1.2))
    assert value(own["bonus", "gold"]) > 1
    assert value(own["bonus", "silver"]) > value(own["discount", "silver"]) > 0.7
    assert value(own["bonus", REFUSED]) > 1.05


def test_a_dull_read_out_changes_little_and_says_so() -> None:
    own = found(effect(0.3, error=0.2))["bonus", "gold"]
    assert value(own) == pytest.approx(0.7, abs=0.05)
    assert own.evidence_share < 0.1


def test_an_effect_beyond_all_hazards_is_no_more_than_a_small_one() -> None:
    """No hazard at all would leave 8 points less; a read-out of 30 is luck."""
    own = found(ContactEffect(("bonus", "gold"), -0.3, 0.05, 0.2, 0.4, 0.2))["bonus", "gold"]
    assert 0 < value(own) < 0.7
    low, high = own.estimate.interval or (np.nan, np.nan)
    assert np.isfinite([low, high]).all()


def test_what_acts_on_half_the_window_needs_the_stronger_hazard() -> None:
    whole, half = effect(0.7), effect(0.7, accepted_within=0.5)
    assert value(found(half)["bonus", "gold"]) < value(found(whole)["bonus", "gold"])


def covered(seed: int) -> list[bool]:
    """Whether intervals cover hazards a third off or so, in a list played customer by one.

    Risks differ among customers, of which the mapping knows the mean alone.
    """
    draw = np.random.default_rng(seed)
    effects, truth = [], {}
    shared = draw.normal(0, 0.2)
    for cell in CELLS:
        truth[cell] = float(0.7 * np.exp(shared + draw.normal(0, 0.28)))
        risk = draw.beta(2, 14, 6000)
        treated = draw.random(6000) < 0.6
        accepts = treated & (draw.random(6000) < 0.3)
        refuses = treated & ~accepts & (draw.random(6000) < 0.5)
        power = np.where(accepts, truth[cell], np.where(refuses, 1.05, 1.0))
        left = draw.random(6000) < 1 - (1 - risk) ** power
        off, spread = left - risk, risk * (1 - risk)
        arms = (treated, ~treated)
        error = np.sqrt(sum(spread[arm].sum() / arm.sum() ** 2 for arm in arms))
        more = off[treated].mean() - off[~treated].mean()
        shares = accepts[treated].mean(), refuses[treated].mean()
        effects.append(ContactEffect(cell, more, error, float(risk.mean()), *map(float, shares)))
    own = found(*effects)
    ends = [own[cell].estimate.interval or (np.nan, np.nan) for cell in CELLS]
    return [low <= one <= high for (low, high), one in zip(ends, truth.values(), strict=True)]


def test_the_intervals_cover_what_was_played() -> None:
    held = np.array([covered(seed) for seed in range(25)])
    assert 0.88 <= held.mean() <= 0.99


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ContactEffect(("bonus", "gold"), 0.1, 0.0, 0.2, 0.4, 0.2), "error 0.0"),
        (lambda: ContactEffect(("bonus", "gold"), 0.1, 0.1, 1.0, 0.4, 0.2), "share 1.0"),
        (lambda: found(ContactEffect(("gift", "gold"), 0.1, 0.1, 0.2, 0.4, 0.2)), "declared for"),
        (lambda: update_hazards(CELLS, {"bonus": 0.0}, [], 0.5, 0.25), "hazards above 0"),
        (lambda: update_hazards(CELLS, REFUSALS, [], 0.0, 0.25), "doubts above 0"),
    ],
)
def test_what_cannot_be_is_refused(call: object, message: str) -> None:
    with pytest.raises(TableRefused, match=message):
        call()  # type: ignore[operator]
