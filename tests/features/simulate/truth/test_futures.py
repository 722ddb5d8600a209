"""The margin that a month of staying leaves."""

from __future__ import annotations

import numpy as np
import pytest

from features.simulate import World
from features.simulate.people.customers import draw_customers
from features.simulate.people.state import NO_CONTRACT, first_state
from features.simulate.truth.futures import monthly_margin
from features.simulate.world.offers import GROUPS


def test_the_fee_stands_for_the_bills_of_who_has_none_yet(world: World) -> None:
    customers = draw_customers(200, 1, 1, 0, world, np.random.default_rng(1))
    state = first_state(customers, np.full(len(customers), NO_CONTRACT), len(GROUPS))
    state.plan[:] = 0
    plan = world.plans[0]
    state.bills[:2, 1], state.bill_count[1] = (5000, 7000), 2
    state.bills[:, 2], state.bill_count[2] = (6000, 6000, 9000, 50_000), 9
    margin = monthly_margin(state, np.arange(3), world)
    kept = 1 - plan.cost_share
    expected = [plan.fee_fen * kept, 6000 * kept, 7000 * kept]
    assert margin == pytest.approx(np.array(expected) - plan.cost_fen, rel=1e-5)
    assert (margin > 0).all()
