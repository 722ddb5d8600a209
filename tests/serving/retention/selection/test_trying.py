"""A share of the customers keep one offer, by lot; the others keep all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from serving.retention.choice import Arm, Options
from serving.retention.selection.trying import Lots, by_lot

ARMS = (Arm("gift", "sms"), Arm("gift", "call"), Arm("plan", "call"), Arm("visit", "call"))
CUSTOMERS = 3000


def options(gains: tuple[float, ...] = (10.0, 20.0, 5.0, 1.0)) -> Options:
    """All customers may have all offers; the second arm gains most."""
    rows = [(who, arm, gain, 100) for who in range(CUSTOMERS) for arm, gain in enumerate(gains)]
    return Options.of(rows, ARMS, {"city": [0] * CUSTOMERS})


def drawn(own: Options, share: float, seed: int = 7, hope: float = 0.0) -> Lots:
    """`hope`: how much more than expected each option may well gain."""
    return by_lot(own, lambda: own.gain_fen + hope, CUSTOMERS, share, seed)


def offers_of(own: Options, customer: int | np.integer[Any]) -> set[str]:
    return {ARMS[arm].offer for arm in own.arm[own.customer == customer].tolist()}


def test_each_offer_is_left_to_as_many_and_keeps_all_its_channels() -> None:
    lots = drawn(options(), 0.3)
    own, tried = lots.options, lots.tried
    assert tried.mean() == pytest.approx(0.3, abs=0.03)
    left = [offers_of(own, who) for who in np.flatnonzero(tried).tolist()]
    assert all(len(one) == 1 for one in left)
    shares = [left.count({name}) / len(left) for name in ("gift", "plan", "visit")]
    assert shares == pytest.approx([1 / 3] * 3, abs=0.06)
    assert (np.bincount(own.customer)[~tried] == len(ARMS)).all()
    assert set(np.bincount(own.customer)[tried]) == {1, 2}


def test_an_offer_that_loses_even_at_best_is_not_tried() -> None:
    lots = drawn(options((10.0, -1.0, 5.0, -3.0)), 0.5)
    left = {str(offers_of(lots.options, who)) for who in np.flatnonzero(lots.tried).tolist()}
    assert left == {"{'gift'}", "{'plan'}"}


def test_what_may_well_gain_is_tried_for_what_it_may_bring_and_says_what_it_is_expected_to() -> (
    None
):
    """For whom no lot was drawn the expected gain counts, and no list chooses a loss."""
    whole = options((-2.0, -4.0, 5.0, -9.0))
    lots = drawn(whole, 0.5, hope=6.0)
    own = lots.options
    of_tried = lots.tried[own.customer]
    assert {ARMS[arm].offer for arm in own.arm[of_tried].tolist()} == {"gift", "plan"}
    assert np.array_equal(own.gain_fen[of_tried], lots.expected_fen[of_tried] + 6.0)
    assert np.array_equal(own.gain_fen[~of_tried], lots.expected_fen[~of_tried])
    assert lots.expected_fen.min() == -9.0


def test_who_gains_by_no_offer_keeps_all_options() -> None:
    lots = drawn(options((-1.0, -1.0, -1.0, -1.0)), 0.5)
    own = lots.options
    assert not lots.tried.any()
    assert len(own.customer) == CUSTOMERS * len(ARMS)


def test_without_a_share_nothing_changes_and_the_seed_decides_the_lot() -> None:
    whole = options()
    assert drawn(whole, 0.0).options is whole
    first, again, other = (drawn(whole, 0.3, seed).options for seed in (7, 7, 8))
    assert np.array_equal(first.arm, again.arm)
    assert not np.array_equal(first.customer, other.customer)
