"""Effects by part of the customers, however many looks there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.training.experiments.drawn import drawn_trial
from training.experiments.effects.segments import Segments, parts_of, segments
from training.experiments.trial import Trial


def parted(seed: int, rows: int = 2_000, group: int = 1) -> Trial:
    """A test without any effect, with three columns to part by."""
    trial = drawn_trial(seed, rows=rows, group=group, together=0.2 if group > 1 else 0.0)
    random = np.random.default_rng(seed)
    columns = {f"part{place}": random.choice(["a", "b", "c"], rows) for place in range(3)}
    return replace(trial, covariates=trial.covariates.assign(**columns))


def found(trial: Trial, *columns: str) -> Segments:
    return segments(trial, trial.outcome, None, columns, 0.95, 1)


@pytest.mark.slow
@pytest.mark.parametrize("group", [1, 10])
def test_of_tests_without_effect_few_have_any_part_that_stands_out(group: int) -> None:
    stands_out = differs = 0
    for seed in range(40):
        own = found(parted(seed, group=group), "part0", "part1", "part2", "score")
        assert own.looks == 11
        stands_out += any(one.interval.low > 0 or one.interval.high < 0 for one in own.effects)
        differs += any(one.p_value < 0.05 for one in own.differences)
    assert stands_out <= 5
    assert differs <= 5


def test_a_column_by_which_the_arm_works_differently_is_found_first() -> None:
    trial = parted(1)
    helped = (trial.covariates["part1"] == "b") & (trial.arm == 1) & (trial.outcome == 0)
    chosen = helped & (np.random.default_rng(77).random(2_000) < 0.4)
    own = found(replace(trial, outcome=np.where(chosen, 1.0, trial.outcome)), "part0", "part1")
    first = own.differences[0]
    assert (first.column, first.arm) == ("part1", "offer1")
    assert first.p_value < 1e-4
    assert own.differences[1].p_value > 0.05
    effect = {one.level: one.interval for one in own.effects if one.column == "part1"}
    assert effect["b"].low > 0 > effect["a"].low


def test_numbers_are_parted_at_the_median_and_few_values_are_levels() -> None:
    days = pd.Series([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, np.nan])
    assert [(name, int(rows.sum())) for name, rows in parts_of(days)] == [
        ("<= 3.5", 3),
        ("> 3.5", 3),
    ]
    assert [name for name, _ in parts_of(pd.Series([0.0, 1.0, 1.0]))] == ["0", "1"]
    assert parts_of(pd.Series([f"city{place}" for place in range(40)])) == []


def test_parts_without_enough_rows_of_an_arm_are_not_looked_at() -> None:
    trial = parted(2)
    level = np.where(np.arange(2_000) < 40, "rare", "other")
    own = found(replace(trial, covariates=pd.DataFrame({"level": level})), "level")
    assert [one.level for one in own.effects] == ["other"]
    assert own.differences == ()
