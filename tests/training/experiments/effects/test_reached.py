"""The effect on those who were reached."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.training.experiments.drawn import drawn_trial
from training.experiments.effects.estimates import AMOUNT, Measure, measured
from training.experiments.effects.reached import Reached, reached_effects
from training.experiments.trial import Trial


def reached_trial(seed: int, share: float, effect: float, rows: int = 2_000) -> Reached:
    """A test in which those are reached whose outcome is high anyway: to compare them would lie."""
    trial = drawn_trial(seed, rows=rows, amounts=True)
    rank = np.argsort(np.argsort(-trial.outcome)) / rows
    got = np.where((trial.arm == 1) & (rank < share), 1, 0)
    lifted: Trial = replace(trial, outcome=trial.outcome + effect * got)
    found = measured(lifted, (Measure("outcome", AMOUNT, lifted.outcome),), 1)
    return reached_effects(lifted, got, found[0], 0.9)[0]


@pytest.mark.slow
def test_the_effect_is_that_of_receiving_whichever_rows_are_reached() -> None:
    found = [reached_trial(seed, 0.4, 2.0) for seed in range(20)]
    inside = [one.low < 2.0 < one.high for one in found if one.low and one.high]
    assert len(inside) == 20
    assert 0.75 <= np.mean(inside) <= 1.0
    assert np.mean([one.value for one in found if one.value]) == pytest.approx(2.0, abs=0.3)
    assert found[0].share == pytest.approx(0.4, abs=0.05)


def test_where_next_to_none_are_reached_no_effect_is_named() -> None:
    found = reached_trial(1, 0.001, 2.0, rows=600)
    assert (found.value, found.low, found.high) == (None, None, None)
