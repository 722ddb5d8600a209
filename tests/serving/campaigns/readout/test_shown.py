"""Effects of a list on worlds whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from serving.campaigns.readout.shown import MARGIN, PROFIT, STAY, shown
from serving.campaigns.trial.holding import Holding
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


KEPT = Holding(0, {"control": 0, "treated": 0}, 0)


def effects(test: ListTest) -> dict[str, dict[str, Any]]:
    """The effects of all, by measure."""
    found = shown(test, KEPT, "en")
    assert found["is_named"], found["checks"]
    return {one["measure"]: one for one in found["effects"]}


def test_the_effect_of_the_draw_and_of_those_reached_are_found() -> None:
    found = shown(world(effect=0.1, seed=1), KEPT, "en")
    own = {one["measure"]: one for one in found["effects"]}
    assert 0 < own[STAY]["low"] < 0.05 < own[STAY]["high"]
    assert own[STAY]["narrower_by"] > 0.01
    assert own[STAY]["always_valid"]["low"] < own[STAY]["low"]
    assert own[MARGIN]["estimate"] - own[PROFIT]["estimate"] == pytest.approx(0.5, abs=0.05)
    (reached,) = (one for one in found["reached"] if one["measure"] == STAY)
    assert reached["low"] < 0.1 < reached["high"]
    assert reached["share_reached"] == pytest.approx(0.5, abs=0.05)


def test_harm_is_found_as_gain_is() -> None:
    own = effects(world(effect=-0.15, seed=2))
    assert own[STAY]["high"] < 0
    assert own[PROFIT]["high"] < 0


def test_parts_have_wider_intervals_and_small_ones_none() -> None:
    found = shown(world(effect=0.1, seed=3), KEPT, "en")
    parts = {(one["by"], one["of"]): one for one in found["parts"] if one["measure"] == STAY}
    assert set(parts) == {
        ("tier", "gold"), ("tier", "standard"), ("channel", "hotline"), ("offer", "discount"),
        ("store", "(others)"),
    }  # fmt: skip
    (whole,) = (one for one in found["effects"] if one["measure"] == STAY)
    channel = parts["channel", "hotline"]
    assert channel["estimate"] == pytest.approx(whole["estimate"], abs=0.002)
    assert channel["high"] - channel["low"] > whole["high"] - whole["low"]


def test_where_hardly_anyone_was_reached_nothing_is_said_of_them() -> None:
    assert not shown(world(effect=0.1, seed=4, reach=0.0005), KEPT, "en")["reached"]


def test_no_effect_is_named_where_the_arms_differ() -> None:
    test = world(effect=0.1, seed=5)
    keep = (test.trial.arm == 0) | (test.trial.covariates["churn_risk"] < 0.3).to_numpy()
    members = test.members[keep].reset_index(drop=True)
    lost = ListTest(test.trial.rows(keep), members, {}, test.drawn[keep], test.has_outcome[keep])
    found = shown(lost, KEPT, "en")
    assert not found["is_named"]
    assert not found["effects"]
    failed = {one["name"] for one in found["checks"] if not one["passed"]}
    assert failed & {"sample_ratio", "balance"}


def test_broken_holds_and_crossovers_are_said() -> None:
    test = world(effect=0.1, seed=6)
    test.members.loc[np.flatnonzero(test.trial.arm == 0)[:40], "reached"] = True
    found = shown(test, Holding(40, {"control": 3, "treated": 9}, 0), "en")
    failed = {one["name"]: one["message"] for one in found["checks"] if not one["passed"]}
    assert set(failed) == {"crossover", "holds"}
    assert "9 customers of the contacted arm and 3 of the control group" in failed["holds"]
    assert found["is_named"]  # by intention to treat they count all the same
