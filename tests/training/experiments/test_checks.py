"""What a test must hold before an effect is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.experiments.drawn import drawn_trial
from training.experiments.checks import (
    BY_CHANCE,
    arm_sizes,
    crossover,
    few_events,
    missing_outcomes,
    repeated_rows,
    sample_ratio,
    whole_clusters,
)

TWO = ("no", "yes")


def ratio(counts: list[int], planned: list[float] | None = None) -> bool:
    return sample_ratio(
        TWO, np.array(counts, dtype=float), None if planned is None else np.array(planned)
    ).passed


def test_an_even_draw_that_is_off_by_more_than_chance_fails() -> None:
    assert ratio([5_000, 5_080])
    assert not ratio([5_000, 5_480])
    assert not ratio([30_000, 31_000])


def test_two_treated_for_one_control_is_not_an_uneven_draw() -> None:
    assert ratio([3_300, 6_700])
    assert ratio([3_300, 6_700], [1 / 3, 2 / 3])
    assert not ratio([3_300, 6_700], [0.3, 0.7])


def test_a_draw_that_is_not_known_forbids_no_effect_and_one_that_is_does() -> None:
    counts = np.array([48_000.0, 52_000.0])
    suspected = sample_ratio(TWO, counts, None)
    assert not suspected.passed
    assert not suspected.forbids
    assert sample_ratio(TWO, counts, np.array([0.5, 0.5])).forbids
    assert sample_ratio(TWO, counts, np.array([0.48, 0.52])).passed


def test_a_small_test_is_judged_by_the_binomial_itself() -> None:
    # 2 (0.5 ** 10) is 0.00195, and twice 11 of 11 is 0.00098.
    assert ratio([0, 10], [0.5, 0.5])
    assert not ratio([0, 11], [0.5, 0.5])


def test_the_sample_ratio_seldom_fails_where_the_draw_was_as_planned() -> None:
    random = np.random.default_rng(1)
    drawn = random.binomial(3_000, 0.3, size=2_000)
    failed = sum(not ratio([3_000 - one, one], [0.7, 0.3]) for one in drawn)
    assert failed <= 2_000 * BY_CHANCE + 5


def test_outcomes_that_are_missing_by_arm_fail() -> None:
    arm = np.repeat([0, 1], 2_000)
    random = np.random.default_rng(2)
    alike = random.random(4_000) > 0.1
    more = random.random(4_000) > np.where(arm == 1, 0.2, 0.1)
    assert missing_outcomes(TWO, arm, np.ones(4_000, dtype=bool)).passed
    assert missing_outcomes(TWO, arm, alike).passed
    found = missing_outcomes(TWO, arm, more)
    assert found.forbids
    assert "yes 2" in found.message("en")


def test_a_few_missing_outcomes_of_a_small_arm_are_chance() -> None:
    # 2 of 4 missing ones in an arm of a twentieth: by chance so in 1.4 % of draws.
    arm = np.repeat([0, 1], [380, 20])
    there = np.ones(400, dtype=bool)
    there[[0, 1, 398, 399]] = False
    assert missing_outcomes(TWO, arm, there).passed
    there[390:] = False
    assert missing_outcomes(TWO, arm, there).forbids


def test_a_small_arm_forbids_an_effect_and_few_events_do_not() -> None:
    trial = drawn_trial(1, rows=300, shares=(0.98, 0.02))
    assert arm_sizes(trial).forbids
    rare = np.zeros(300)
    rare[:3] = 1
    found = few_events(drawn_trial(1, rows=300), rare)
    assert not found.passed
    assert not found.forbids


def test_groups_in_several_arms_are_counted() -> None:
    assert whole_clusters(drawn_trial(1)) is None
    trial = drawn_trial(1, rows=400, group=4)
    whole = whole_clusters(trial)
    assert whole is not None
    assert whole.passed
    mixed = whole_clusters(replace(trial, arm=np.arange(400) % 2))
    assert mixed is not None
    assert mixed.message("en").startswith("100 of 100 groups")


def test_crossover_is_counted_by_arm() -> None:
    trial = drawn_trial(1, rows=400)
    received = trial.arm.copy()
    assert crossover(trial, received).passed
    received[np.flatnonzero(trial.arm == 0)[:20]] = 1
    found = crossover(trial, received)
    assert not found.passed
    assert f"{20 / (trial.arm == 0).sum():.1%} of the control" in found.message("en")


@pytest.mark.parametrize(("repeated", "passed"), [(0, True), (5, True), (6, False)])
def test_more_copies_than_expected_fail(repeated: int, passed: bool) -> None:
    assert repeated_rows(100, repeated, 5).passed is passed
