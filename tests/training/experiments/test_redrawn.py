"""Arms drawn again give the chances that can be computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from training.experiments.redrawn import Units, chance_by_draws, whitened


def units(rows: int, rare: int, share: float, treated: int) -> Units:
    """`rare` rows are of a level, `treated` of which are in an arm with a `share` of the draw."""
    part = (np.arange(rows) < rare).astype(float)
    arm = np.zeros(rows, dtype=np.intp)
    arm[:treated] = 1
    others = np.arange(rare, rows)
    arm[others[: round(share * (rows - rare))]] = 1
    return Units((part - part.mean())[:, None], np.tile([1 - share, share], (rows, 1)), arm)


def test_along_its_axes_an_excess_has_variance_1() -> None:
    random = np.random.default_rng(1)
    sums = random.normal(size=(200, 3))
    share = np.tile([0.2, 0.3, 0.5], (200, 1))
    own = Units(sums - sums.mean(axis=0), share, np.zeros(200, dtype=np.intp))
    axes = whitened(own)
    assert axes.shape == (6, 6)
    drawn = random.choice(3, size=(4_000, 200), p=share[0])
    distances = [Units(own.sums, share, arm).distance(axes) for arm in drawn]
    assert np.mean(distances) == pytest.approx(6, rel=0.04)


def test_parts_that_add_up_to_others_have_no_axis_of_their_own() -> None:
    part = (np.arange(50) < 20).astype(float)
    both = np.column_stack([part, 1 - part])
    own = Units(both - both.mean(axis=0), np.full((50, 2), 0.5), np.zeros(50, dtype=np.intp))
    assert whitened(own).shape == (2, 1)


@pytest.mark.parametrize("treated", [2, 3])
def test_a_rare_level_has_the_chance_of_the_binomial(treated: int) -> None:
    # 10 rows of a level in an arm of a twentieth; equal counts are as far apart in half of draws.
    own = units(4_000, 10, 0.05, treated)
    chance = chance_by_draws(own, whitened(own), 1e-4, 1)
    expected = binom.sf(treated, 10, 0.05) + binom.pmf(treated, 10, 0.05) / 2
    assert chance == pytest.approx(expected, rel=0.5)


def test_a_chance_far_above_the_bound_takes_few_draws() -> None:
    own = units(4_000, 10, 0.05, 1)
    assert chance_by_draws(own, whitened(own), 1e-7, 1) > 0.2
