"""Survival with an unseen frailty, against what the frailties themselves give."""

from __future__ import annotations

import numpy as np
import pytest

from features.simulate import World
from features.simulate.hazard import CAUSES, strengths, survival


def test_nothing_happens_without_hazard(world: World) -> None:
    assert survival(np.zeros(3), np.array([0.0, 1, 9]), np.zeros(3), world) == pytest.approx(1)


@pytest.mark.parametrize("leavings", [0, 1])
def test_survival_is_the_mean_over_the_frailties_of_those_who_stayed(
    world: World, leavings: int
) -> None:
    k, past, coming = world.frailty_shape, 0.7, 0.4
    frailty = np.random.default_rng(1).gamma(k, size=400_000) / k
    # A departure at hazard h weighs a frailty f by f: those who left once are more often frail.
    weight = np.exp(-frailty * past) * frailty**leavings
    expected = np.average(np.exp(-frailty * coming), weights=weight)
    found = survival(np.array([coming]), np.array([past]), np.array([leavings]), world)
    assert found == pytest.approx([expected], abs=0.001)


def test_every_cause_has_its_strength(world: World) -> None:
    assert strengths(world).shape == (len(CAUSES), 1)
    assert strengths(world)[CAUSES.index("fading"), 0] == np.float32(world.strength.fading)
