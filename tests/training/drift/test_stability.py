"""The index, and how far chance takes it."""

from __future__ import annotations

import numpy as np
import pytest

from training.drift.stability import chance_psi, expected_psi, joined, psi


def test_the_index_is_that_of_a_published_example() -> None:
    """Shares 0.5, 0.5 against 0.4, 0.6: 0.1 ln(0.5 / 0.4) + 0.1 ln(0.6 / 0.5) = 0.0405."""
    before, after = np.array([500_000, 500_000]), np.array([400_000, 600_000])
    assert psi(before, after) == pytest.approx(0.1 * np.log(1.25) + 0.1 * np.log(1.2), abs=1e-5)
    assert psi(before, after) == pytest.approx(psi(after, before))
    assert psi(before, before * 3) == pytest.approx(0, abs=1e-9)


def test_two_samples_of_one_population_have_the_index_that_chance_expects() -> None:
    random, shares = np.random.default_rng(1), np.full(20, 0.05)
    found = np.array(
        [psi(random.multinomial(1500, shares), random.multinomial(2500, shares))
         for _ in range(4000)]
    )  # fmt: skip
    assert found.mean() == pytest.approx(expected_psi(20, 1500, 2500), rel=0.03)
    for chance in (0.1, 0.01):
        beyond = (found > chance_psi(20, 1500, 2500, chance)).mean()
        assert beyond == pytest.approx(chance, rel=0.35)


def test_more_rows_leave_less_to_chance_and_one_bin_nothing() -> None:
    limits = [chance_psi(10, rows, rows, 1e-6) for rows in (100, 1000, 10_000)]
    assert limits == sorted(limits, reverse=True)
    assert chance_psi(1, 100, 100, 1e-6) == 0


def test_to_join_bins_never_makes_the_index_larger() -> None:
    random = np.random.default_rng(2)
    for _ in range(200):
        before, after = random.integers(0, 60, 12), random.integers(0, 60, 12)
        own = joined(before, after)
        assert own[0].sum() == before.sum()
        assert own[0][-1] == before[-1]
        assert psi(*own) <= psi(before, after) + 1e-9 + 0.05
