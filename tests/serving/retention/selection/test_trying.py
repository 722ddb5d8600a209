"""A share of the customers keep one offer, by lot; the others keep all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.retention.choice import Arm, Options
from serving.retention.selection.trying import by_lot

ARMS = (Arm("gift", "sms"), Arm("gift", "call"), Arm("plan", "call"), Arm("visit", "call"))
CUSTOMERS = 3000


def options(gains: tuple[float, ...] = (10.0, 20.0, 5.0, 1.0)) -> Options:
    """All customers may have all offers; the second arm gains most."""
    rows = [(who, arm, gain, 100) for who in range(CUSTOMERS) for arm, gain in enumerate(gains)]
    return Options.of(rows, ARMS, {"city": [0] * CUSTOMERS})


def offers_of(own: Options, customer: int | np.integer[Any]) -> set[str]:
    return {ARMS[arm].offer for arm in own.arm[own.customer == customer].tolist()}


def test_each_offer_is_left_to_as_many_and_keeps_all_its_channels() -> None:
    own, tried = by_lot(options(), CUSTOMERS, 0.3, 7)
    assert tried.mean() == pytest.approx(0.3, abs=0.03)
    left = [offers_of(own, who) for who in np.flatnonzero(tried).tolist()]
    assert all(len(one) == 1 for one in left)
    shares = [left.count({name}) / len(left) for name in ("gift", "plan", "visit")]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.06)
    assert (np.bincount(own.customer)[~tried] == len(ARMS)).all()
    assert set(np.bincount(own.customer)[tried]) == {1, 2}


def test_an_offer_that_is_expected_to_lose_is_not_tried() -> None:
    own, tried = by_lot(options((10.0, -1.0, 5.0, -3.0)), CUSTOMERS, 0.5, 7)
    assert {str(offers_of(own, who)) for who in np.flatnonzero(tried).tolist()} == {
        "{'gift'}",
        "{'plan'}",
    }


def test_who_gains_by_no_offer_keeps_all_options() -> None:
    own, tried = by_lot(options((-1.0, -1.0, -1.0, -1.0)), CUSTOMERS, 0.5, 7)
    assert not tried.any()
    assert len(own.customer) == CUSTOMERS * len(ARMS)


def test_without_a_share_nothing_changes_and_the_seed_decides_the_lot() -> None:
    whole = options()
    assert by_lot(whole, CUSTOMERS, 0.0, 7)[0] is whole
    first, again, other = (by_lot(whole, CUSTOMERS, 0.3, seed)[0] for seed in (7, 7, 8))
    assert np.array_equal(first.arm, again.arm)
    assert not np.array_equal(first.customer, other.customer)
