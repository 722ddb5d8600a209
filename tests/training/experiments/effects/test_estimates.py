"""Effects of tests whose truth is known: covered as often as they should be."""

from __future__ import annotations

import numpy as np
import pytest

from tests.training.experiments.drawn import drawn_trial
from training.experiments.effects.estimates import (
    AMOUNT,
    ANY,
    SHARE,
    Effect,
    Measure,
    arm_weights,
    effects_of,
    measured,
)
from training.experiments.trial import Trial
from training.experiments.verdict import significant

CAMPAIGNS = 800  # of 400 one in a hundred would be off by luck alone


def effects(trial: Trial, level: float = 0.9) -> tuple[Effect, ...]:
    own = (Measure("outcome", AMOUNT, trial.outcome),)
    return effects_of(trial, measured(trial, own, 1), level)


def test_several_arms_have_an_effect_each_and_one_together() -> None:
    trial = drawn_trial(1, rows=6_000, effects=(0.5, 1.5), shares=(0.25, 0.25, 0.5), amounts=True)
    found = {one.arm: one.adjusted for one in effects(trial)}
    assert list(found) == ["offer1", "offer2", ANY]
    assert found["offer1"].value == pytest.approx(0.5, abs=0.2)
    assert found["offer2"].value == pytest.approx(1.5, abs=0.2)
    assert found[ANY].value == pytest.approx((0.25 * 0.5 + 0.5 * 1.5) / 0.75, abs=0.2)
    assert arm_weights(trial)[ANY].tolist() == pytest.approx([0, 1 / 3, 2 / 3])


def test_what_was_known_before_makes_it_narrower() -> None:
    found = effects(drawn_trial(2, effects=(0.5,), amounts=True))[0]
    assert found.gain > 0.4
    assert found.always[0] < found.adjusted.low


def test_money_that_follows_the_outcome_shares_its_prediction() -> None:
    trial = drawn_trial(3)
    both = (
        Measure("outcome", SHARE, trial.outcome),
        Measure("value", AMOUNT, 30 * trial.outcome),
    )
    one, other = measured(trial, both, 1)
    assert one.predicted is other.predicted
    found = effects_of(trial, (one, other), 0.9)
    assert found[1].adjusted.value == pytest.approx(30 * found[0].adjusted.value)


def test_two_treated_for_one_control_in_few_groups_are_covered() -> None:
    inside = [
        one.adjusted.low < 0.6 < one.adjusted.high
        for seed in range(60)
        for one in effects(
            drawn_trial(
                seed, rows=360, effects=(0.6,), shares=(1 / 3, 2 / 3), group=6, together=0.4,
                amounts=True,
            )
        )
    ]  # fmt: skip
    assert 0.8 <= np.mean(inside) <= 0.98


@pytest.mark.slow
@pytest.mark.parametrize(
    ("amounts", "rows", "group", "shares"),
    [
        (True, 200, 1, (0.5, 0.5)),
        (False, 200, 1, (0.5, 0.5)),
        (False, 1_600, 1, (1 / 3, 2 / 3)),
        (False, 480, 8, (0.5, 0.5)),
    ],
    ids=["200 amounts", "200 events", "unequal arms", "60 groups"],
)
def test_the_interval_of_90_percent_covers_the_truth(
    amounts: bool, rows: int, group: int, shares: tuple[float, float]
) -> None:
    truth = 0.4 if amounts else 0.06
    together = 0.3 if group > 1 else 0.0

    def drawn(seed: int, effect: float) -> Trial:
        return drawn_trial(
            seed, rows, effects=(effect,), shares=shares, group=group, together=together,
            amounts=amounts,
        )  # fmt: skip

    inside, plain, called = 0, 0, 0
    for seed in range(CAMPAIGNS):
        found = effects(drawn(seed, truth))[0]
        inside += found.adjusted.low <= truth <= found.adjusted.high
        plain += found.plain.low <= truth <= found.plain.high
    for seed in range(CAMPAIGNS // 2):
        nothing = effects(drawn(10_000 + seed, 0.0), level=0.95)
        called += significant(nothing)[0]
    assert 0.87 <= inside / CAMPAIGNS <= 0.93, (inside, plain, called)
    assert called / (CAMPAIGNS // 2) <= 0.05 + 0.02, (inside, plain, called)
