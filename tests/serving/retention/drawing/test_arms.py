"""The draw: whole units, the declared share of every stratum, whatever the order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.retention.drawing.arms import RISK_SHARES, draw


def people(count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    ids = np.array([f"C{own:06d}" for own in range(count)], dtype=object)
    units = np.sort(random.integers(0, max(1, count // 2), count))
    units = np.unique(units, return_inverse=True)[1]
    tiers = random.choice(np.array(["gold", "silver", ""], dtype=object), count)
    return ids, units, tiers, random.beta(1, 15, count)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 400), st.floats(0.01, 0.5), st.integers(0, 2**40))
def test_whole_units_and_every_stratum_has_its_share(count: int, share: float, seed: int) -> None:
    ids, units, tiers, risk = people(count, seed)
    found = draw(ids, units, tiers, risk, share, seed)
    assert len(set(zip(units.tolist(), found.control.tolist(), strict=True))) == found.units
    controls = len(np.unique(units[found.control]))
    assert abs(controls - share * found.units) <= found.strata


def test_each_stratum_has_its_share_of_customers_who_are_alone() -> None:
    ids, _, tiers, risk = people(20_000, 3)
    for scale in (1.0, 0.01):  # at whatever level the risks are
        found = draw(ids, np.arange(20_000), tiers, scale * risk, 0.1, 5)
        bands = np.digitize(risk, np.quantile(risk, RISK_SHARES))
        assert found.strata == 3 * (len(RISK_SHARES) + 1)
        for tier in ("gold", "silver", ""):
            for band in range(len(RISK_SHARES) + 1):
                own = (tiers == tier) & (bands == band)
                assert abs(found.control[own].sum() - 0.1 * own.sum()) <= 1


@settings(max_examples=20, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_changes_nothing(random: object) -> None:
    ids, units, tiers, risk = people(300, 4)
    order = np.arange(300)
    random.shuffle(order)  # type: ignore[attr-defined]
    found = draw(ids, units, tiers, risk, 0.2, 7)
    again = draw(ids[order], units[order], tiers[order], risk[order], 0.2, 7)
    assert (again.control == found.control[order]).all()


def test_another_seed_draws_others() -> None:
    own = people(1000, 5)
    one, two = (draw(*own, 0.2, seed).control for seed in (1, 2))
    assert (one != two).any()
    assert (draw(*own, 0.2, 1).control == one).all()


@pytest.mark.slow
def test_every_unit_has_the_declared_chance() -> None:
    ids, units, tiers, risk = people(60, 6)
    drawn = np.mean([draw(ids, units, tiers, risk, 0.25, seed).control for seed in range(800)], 0)
    assert abs(drawn - 0.25).max() < 0.08


def test_without_a_share_all_are_treated() -> None:
    assert not draw(*people(50, 7), 0.0, 1).control.any()
