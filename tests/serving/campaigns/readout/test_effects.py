"""Effects of a list on worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from serving.campaigns.readout.effects import (
    STAY,
    effects_of_all,
    effects_of_parts,
    effects_of_reached,
    measures_of,
)
from serving.campaigns.trial.randomised import ListTest
from training.experiments.trial import Trial

COUNT = 4000


def world(effect: float, seed: int, reach: float = 0.5) -> ListTest:
    """A list on which a contact that reaches changes the chance to stay by `effect`."""
    random = np.random.default_rng(seed)
    unit = np.repeat(np.arange(COUNT // 2), 2)
    arm = (random.random(COUNT // 2) < 0.7).astype(np.intp)[unit]
    risk = random.beta(2, 8, COUNT)
    reached = (arm == 1) & (random.random(COUNT) < reach)
    stayed = (random.random(COUNT) < 1 - risk + effect * reached).astype(float)
    margin = 10 * random.lognormal(0, 0.5, COUNT)
    trial = Trial(
        arms=("control", "treated"),
        arm=arm,
        propensity=np.tile([0.3, 0.7], (COUNT, 1)),
        outcome=stayed,
        worth=stayed * margin,
        cost=np.column_stack([np.zeros(COUNT), np.full(COUNT, 0.5)]),
        covariates=pd.DataFrame({"churn_risk": risk, "margin": margin}),
        cluster=unit,
    )
    members = pd.DataFrame(
        {
            "reached": reached,
            "value_tier": np.where(margin > 12, "gold", "standard"),
            "channel": "hotline",
            "offer": "discount",
            "store_id": [f"S{place % 200}" for place in range(COUNT)],
        }
    )
    return ListTest(trial, members, {}, arm, np.ones(COUNT, dtype=bool))


def test_the_effect_of_the_draw_and_of_those_reached_are_found() -> None:
    test = world(effect=0.1, seed=1)
    measures = measures_of(test.trial)
    stay, margin, profit = effects_of_all(test.trial, measures)
    assert stay.adjusted.low < 0.05 < stay.adjusted.high
    assert stay.adjusted.low > 0
    assert stay.narrower > 0.01
    assert margin.adjusted.value - profit.adjusted.value == pytest.approx(0.5, abs=0.05)
    reached, *_ = effects_of_reached(test, measures)
    assert reached.adjusted.low < 0.1 < reached.adjusted.high


def test_harm_is_found_as_gain_is() -> None:
    test = world(effect=-0.15, seed=2)
    stay, _, profit = effects_of_all(test.trial, measures_of(test.trial))
    assert stay.adjusted.high < 0
    assert profit.adjusted.high < 0


def test_a_list_that_does_nothing_is_seldom_called_an_effect() -> None:
    calls = 0
    for seed in range(40):
        test = world(effect=0.0, seed=seed)
        measures = [one for one in measures_of(test.trial) if one.name == STAY]
        (stay,) = effects_of_all(test.trial, measures)
        calls += not stay.adjusted.low <= 0 <= stay.adjusted.high
    assert calls <= 5  # of 40 at 5 %: more once in a hundred such tests


def test_parts_have_wider_intervals_and_small_ones_none() -> None:
    test = world(effect=0.1, seed=3)
    parts = effects_of_parts(test, measures_of(test.trial))
    assert {(one.by, one.of) for one in parts} == {
        ("tier", "gold"), ("tier", "standard"), ("channel", "hotline"), ("offer", "discount"),
    }  # fmt: skip
    (whole, *_) = effects_of_all(test.trial, measures_of(test.trial))
    (channel,) = (one for one in parts if (one.by, one.measure) == ("channel", STAY))
    assert channel.adjusted.value == pytest.approx(whole.adjusted.value, abs=0.002)
    assert channel.adjusted.width > whole.adjusted.width
    assert channel.level == pytest.approx(1 - 0.05 / 4)


def test_where_hardly_anyone_was_reached_nothing_is_said_of_them() -> None:
    test = world(effect=0.1, seed=4, reach=0.01)
    assert not effects_of_reached(test, measures_of(test.trial))
