"""Two campaigns in worlds that are not as declared: assumptions near the truth, better lists."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.rounds import (
    COSTS,
    SETTINGS,
    Offered,
    Operator,
    drawn_offers,
    harmful_offers,
    learned_from,
    operator,
)
from serving.retention.retention_settings import RetentionSettings

pytestmark = pytest.mark.slow
SEEDS = range(1, 9)
TIER = "standard"  # half of all customers


def acceptance_off(settings: RetentionSettings, offered: dict[str, Offered]) -> float:
    """How far acceptances by a call are from the truth on average, as a logarithm of a factor."""
    offers = settings.offers
    by = settings.channels["hotline"].persuasion
    return float(
        np.mean(
            [
                abs(np.log(offers[name].acceptance[TIER] * by / offered[name].acceptance))
                for name in COSTS
            ]
        )
    )


def hazard_off(settings: RetentionSettings, offered: dict[str, Offered]) -> float:
    """As `acceptance_off`, of the hazards of a customer with an ordinary taste.

    An accepted offer acts by half on the other causes, of which there are three.
    """
    offers = settings.offers
    return float(
        np.mean(
            [
                abs(np.log(offers[name].hazard[TIER]) + offered[name].strength * (1 + 0.5 * 3) / 4)
                for name in COSTS
            ]
        )
    )


def test_lists_by_evidence_bring_more_than_lists_by_what_was_declared() -> None:
    gains, off = [], []
    for seed in SEEDS:
        offered = drawn_offers(seed)
        own = operator(seed, offered)
        first = own.played(SETTINGS, 1)
        once = learned_from(first).settings
        twice = learned_from(first, own.played(once, 2)).settings
        gains.append(
            [
                own.true_gain(SETTINGS, 2), own.true_gain(once, 2),
                own.true_gain(SETTINGS, 3), own.true_gain(twice, 3),
            ]
        )  # fmt: skip
        off.append(
            [f(s, offered) for f in (acceptance_off, hazard_off) for s in (SETTINGS, once, twice)]
        )
    declared2, second, declared3, third = np.array(gains).T
    accept, accept_once, accept_twice, hazard, _, hazard_twice = np.array(off).mean(axis=0)
    said = f"gains\n{np.array(gains) / 100}\noff\n{np.array(off)}"
    assert second.mean() > declared2.mean(), said
    assert third.mean() > declared3.mean(), said
    assert (third > declared3).mean() >= 0.75, said
    assert accept_twice < accept_once < accept / 2, said
    assert hazard_twice < hazard, said


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_where_every_offer_harms_nearly_nothing_is_spent(seed: int) -> None:
    own: Operator = operator(seed, harmful_offers())
    assert own.true_gain(SETTINGS, 1) < 0
    first = own.played(SETTINGS, 1)
    once = learned_from(first).settings
    twice = learned_from(first, own.played(once, 2)).settings
    spent = own.spent(SETTINGS, 3)
    assert spent > 0
    assert own.spent(twice, 3) <= 0.05 * spent
