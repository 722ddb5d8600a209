"""The power statement agrees with what simulated campaigns show."""

from __future__ import annotations

import numpy as np
import pytest

from serving.retention.drawing.power import POWER, detectable, power

TRIALS = 4000


@pytest.mark.parametrize(("treated", "control", "churn"), [(3000, 600, 0.06), (900, 900, 0.2)])
def test_the_detectable_effect_is_found_four_times_in_five(
    treated: int, control: int, churn: float
) -> None:
    least = detectable(treated, control, churn)
    random = np.random.default_rng(1)
    left = random.binomial(treated, churn - least, TRIALS) / treated
    without = random.binomial(control, churn, TRIALS) / control
    pooled = (left * treated + without * control) / (treated + control)
    error = np.sqrt(pooled * (1 - pooled) * (1 / treated + 1 / control))
    found = (np.abs(without - left) / error > 1.96).mean()
    assert found == pytest.approx(POWER, abs=0.06)


def test_units_that_leave_together_need_a_larger_effect() -> None:
    """Churn of whole units, correlated as declared, is found as often as the statement says."""
    size, units, churn, least_units = 8, 700, 0.1, 0.05
    random = np.random.default_rng(2)
    control = np.arange(units) % 2 == 0
    shape = (1 - least_units) / least_units  # of a beta distribution with this correlation
    design = power(
        np.full(units * size, churn), np.repeat(np.arange(units), size),
        np.repeat(control, size), 0.01,
    )  # fmt: skip
    assert design.design_effect == pytest.approx(1 + (size - 1) * least_units)
    assert design.detectable is not None
    found = 0
    for _ in range(600):
        share = np.where(control, churn, churn - design.detectable)
        own = random.beta(share * shape, (1 - share) * shape)
        left = random.binomial(size, own) / size
        spread = left[control].var(ddof=1) + left[~control].var(ddof=1)
        error = np.sqrt(spread / (units / 2))
        found += abs(left[control].mean() - left[~control].mean()) / error > 1.96
    assert found / 600 == pytest.approx(POWER, abs=0.07)


def test_campaigns_are_pooled_where_one_cannot_show_the_effect() -> None:
    risk = np.full(1000, 0.05)
    found = power(risk, np.arange(1000), np.arange(1000) % 10 == 0, 0.01)
    assert found.detectable is not None
    assert not found.is_enough
    assert found.campaigns == int(np.ceil((found.detectable / 0.01) ** 2))


def test_without_a_control_group_nothing_can_be_shown() -> None:
    found = power(np.full(10, 0.1), np.arange(10), np.zeros(10, dtype=bool), 0.01)
    assert found.detectable is None
    assert found.campaigns is None
