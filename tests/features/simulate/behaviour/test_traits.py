"""Survival with unseen traits, against what the traits themselves give."""

from __future__ import annotations

import numpy as np
import pytest

from features.simulate import World
from features.simulate.behaviour.hazard import CAUSES, GROUP_OF
from features.simulate.behaviour.traits import by_cause, draw_traits, expected, shapes, survival
from features.simulate.world.offers import GROUPS

MANY = 400_000


def test_nothing_happens_without_hazard(world: World) -> None:
    nothing, past = np.zeros((4, 3)), np.full((4, 3), 0.7)
    assert survival(nothing, past, nothing, world) == pytest.approx(1)


@pytest.mark.parametrize("leavings", [0, 1])
def test_survival_is_the_mean_over_the_traits_of_those_who_stayed(
    world: World, leavings: int
) -> None:
    past = np.array([0.7, 0.2, 0.4, 0.1])[:, None]
    coming = np.array([0.3, 0.1, 0.0, 0.4])[:, None]
    left = np.array([leavings, 0, 0, 0])[:, None]
    trait = np.random.default_rng(1).gamma(shapes(world), size=(4, MANY)) / shapes(world)
    # A departure weighs a trait by itself: those who left once for the price mind it more.
    weight = np.exp(-(trait * past).sum(axis=0)) * trait[0] ** leavings
    stayed = np.average(np.exp(-(trait * coming).sum(axis=0)), weights=weight)
    assert survival(coming, past, left, world) == pytest.approx([stayed], abs=0.001)
    mean = np.average(trait, weights=weight, axis=1)
    assert expected(past, left, world)[:, 0] == pytest.approx(mean, abs=0.005)


def test_paths_of_one_customer_share_the_past(world: World) -> None:
    rng = np.random.default_rng(2)
    coming, past, left = rng.random((4, 3, 5)), rng.random((4, 5)), np.zeros((4, 5))
    together = survival(coming, past, left, world)
    for path in range(3):
        assert together[path] == pytest.approx(survival(coming[:, path], past, left, world))


def test_traits_drawn_on_the_first_day_are_those_of_survivors(world: World) -> None:
    past = np.tile(np.array([[0.7], [0.2], [0.4], [0.1]]), 50_000)
    drawn = draw_traits(past, world, np.random.default_rng(3))
    likely = expected(past[:, :1], np.zeros((4, 1)), world)[:, 0]
    assert drawn.mean(axis=1) == pytest.approx(likely, rel=0.01)


def test_causes_take_the_trait_of_their_group() -> None:
    rows = by_cause(np.arange(2.0, 6.0)[:, None])
    for cause, row in zip(CAUSES, rows, strict=True):
        group = GROUP_OF[cause]
        assert row[0] == (1 if group is None else 2 + GROUPS.index(group))
