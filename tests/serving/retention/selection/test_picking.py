"""Both arms hold customers of the same kind, and the treated stay within the limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from serving.retention.choice import Arm, Limits, Multipliers, Options
from serving.retention.selection.picking import picked, priced_fen, ranked

ARMS = (Arm("gift", "sms"), Arm("gift", "call"), Arm("plan", "call"))
ALL_TREATED = np.zeros(40, dtype=bool)


def options(seed: int, customers: int = 40) -> Options:
    random = np.random.default_rng(seed)
    rows = [
        (own, arm, float(random.normal(100, 300)), int(random.integers(0, 400)))
        for own in range(customers)
        for arm in range(len(ARMS))
        if random.random() < 0.8
    ]
    return Options.of(rows, ARMS, {"city": random.integers(-1, 3, customers).tolist()})


LIMITS = Limits(budget_fen=3000, channels={"sms": 6, "call": 8}, groups={"city": {0: 3, 1: 4}})


@given(st.integers(0, 10_000), st.booleans())
def test_the_treated_stay_within_all_limits(seed: int, by_risk: bool) -> None:
    own = options(seed)
    random = np.random.default_rng(seed)
    control, risk = random.random(40) < 0.3, random.random(40)
    found = picked(own, control, LIMITS, risk if by_risk else None)
    treated = found.treated
    assert own.cost_fen[treated].sum() <= 3000
    assert len(set(own.customer[treated].tolist())) == len(treated)
    channels = [ARMS[arm].channel for arm in own.arm[treated]]
    assert channels.count("sms") <= 6
    assert channels.count("call") <= 8
    cities = own.groups["city"][own.customer[treated]].tolist()
    assert cities.count(0) <= 3
    assert cities.count(1) <= 4
    assert not control[own.customer[treated]].any()
    assert control[own.customer[found.control]].all()


def test_without_limits_each_arm_takes_all_who_gain() -> None:
    own = options(1)
    control = np.arange(40) % 3 == 0
    found = picked(own, control, Limits())
    best = np.full(40, -np.inf)
    np.maximum.at(best, own.customer, own.gain_fen)
    assert set(own.customer[found.treated].tolist()) == set(np.flatnonzero((best > 0) & ~control))
    assert set(own.customer[found.control].tolist()) == set(np.flatnonzero((best > 0) & control))


def test_the_control_group_is_on_by_the_same_prices() -> None:
    """Who is drawn into it would have been on the list as a treated one, and the reverse."""
    own = options(2, 2000)
    control = np.random.default_rng(3).random(2000) < 0.5
    found = picked(own, control, Limits(budget_fen=60_000))
    shares = len(found.treated) / (~control).sum(), len(found.control) / control.sum()
    assert shares[0] == pytest.approx(shares[1], abs=0.05)
    gains = own.gain_fen[found.treated].mean(), own.gain_fen[found.control].mean()
    assert gains[0] == pytest.approx(gains[1], rel=0.15)


def test_by_risk_the_riskiest_come_first() -> None:
    own = options(4)
    risk = np.linspace(0, 1, 40)
    found = picked(
        own, ALL_TREATED, Limits(groups={"city": {}}, channels={"sms": 3, "call": 2}), risk
    )
    with_options = sorted(set(own.customer.tolist()), reverse=True)
    assert set(own.customer[found.treated].tolist()) <= set(with_options[:12])
    assert len(found.treated) == 5


def test_a_ranked_list_takes_only_whom_a_contact_gains_and_is_judged_by_the_bound() -> None:
    own, risk = options(5), np.random.default_rng(5).random(40)
    control = np.arange(40) % 4 == 0
    found, best = picked(own, control, LIMITS, risk), picked(own, control, LIMITS)
    assert (own.gain_fen[np.concatenate([found.treated, found.control])] > 0).all()
    assert (ranked_gains(own, control, risk) <= 0).any()
    choice = found.choice
    assert choice.gain_fen == pytest.approx(own.gain_fen[found.treated].sum())
    assert choice.cost_fen == own.cost_fen[found.treated].sum()
    assert (choice.bound_fen, choice.multipliers) == (
        best.choice.bound_fen, best.choice.multipliers,
    )  # fmt: skip
    assert choice.gap == pytest.approx(1 - choice.gain_fen / choice.bound_fen)
    assert choice.gap > best.choice.gap
    customers = found.options.customer[choice.place].tolist()
    assert customers == own.customer[found.treated].tolist()
    assert found.priced_fen is None


def ranked_gains(
    own: Options, control: NDArray[np.bool_], risk: NDArray[np.float64]
) -> NDArray[np.float64]:
    """As another policy ranks, whatever a contact gains."""
    return own.gain_fen[np.concatenate(ranked(own, control, Limits(), risk))]


def test_prices_are_taken_from_each_gain() -> None:
    own = Options.of([(0, 0, 90.0, 10), (1, 1, 50.0, 20)], ARMS, {"city": [-1, 1]})
    left = priced_fen(own, Multipliers(0.5, {"call": 7.0}, {"city": {0: 100.0, 1: 3.0}}))
    assert left.tolist() == [85.0, 50.0 - 10 - 7 - 3]
