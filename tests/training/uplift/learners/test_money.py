"""Effects on money, by way of the event where that alone brings it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.uplift.worlds import world
from training.uplift.learners.money import learn_both, unit_of


def test_the_unit_is_known_where_every_event_brings_the_same() -> None:
    one = world(1, 400).trial
    assert unit_of(replace(one, worth=30 * one.outcome)) == pytest.approx(30)
    assert unit_of(replace(one, worth=one.outcome * np.arange(400.0))) is None
    assert unit_of(replace(one, worth=np.ones(400))) is None
    assert unit_of(replace(one, outcome=np.zeros(400), worth=np.zeros(400))) == 0


def test_money_of_one_unit_is_the_outcome_times_it() -> None:
    one = world(2, 3000).trial
    both = learn_both(replace(one, worth=30 * one.outcome), 1)
    assert both.own.money == pytest.approx(30 * both.own.effect)
    assert both.own.expected.mean() == pytest.approx(30 * one.outcome.mean(), rel=0.15)


def test_amounts_that_differ_make_the_effect_on_money_differ() -> None:
    """Contact saves 20 of 100 of all; what a save brings is known from a covariate."""
    draw = np.random.default_rng(1)
    one = world(3, 6000, 2, "null").trial
    outcome = (draw.random(6000) < 0.4 + 0.2 * one.arm).astype(float)
    amount = np.where(one.covariates["x1"] > 0, 100.0, 10.0)
    both = learn_both(replace(one, outcome=outcome, worth=outcome * amount), 1)
    seen = both.of(both.reader.matrix(one.covariates))
    assert np.corrcoef(seen.money[:, 1], amount)[0, 1] > 0.8
    assert seen.effect[:, 1].mean() == pytest.approx(0.2, abs=0.05)
    assert seen.expected[amount == 100, 0].mean() == pytest.approx(40, rel=0.2)


def test_money_without_an_event_is_learned_as_it_is() -> None:
    draw = np.random.default_rng(2)
    one = world(4, 3000, 2, "null").trial
    sign = np.where(one.covariates["x1"] > 0, 8.0, -8.0)
    money = 50 + sign * one.arm + draw.normal(0, 5, 3000)
    both = learn_both(replace(one, worth=money), 1)
    assert both.amount is None
    assert np.corrcoef(both.own.money[:, 1], sign)[0, 1] > 0.9
