"""What customers do in a week: complaints, renewals, use, bills.

The same step moves the world and the futures that the oracle plays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.behaviour import hazard
from features.simulate.behaviour.hazard import CAUSES
from features.simulate.people.money import Money, live_money
from features.simulate.people.state import NO_CONTRACT, State
from features.simulate.people.use import Use, live_use
from features.simulate.world import World
from features.simulate.world.cities import Cities
from features.simulate.world.tariff import tariff_of
from features.simulate.world.weeks import Week

Array = NDArray[Any]

CATEGORIES = ("network", "billing", "service")
REOPENING_WEEKS = 6
RENEWAL_WEEKS = 8
# A request to cancel comes from what can be seen; the base hazard shows in no feed.
SPOKEN = slice(CAUSES.index("bill_shock"), CAUSES.index("cancel_request"))


@dataclass
class Happened:
    """A week's outcome, one element per customer. `opened`: position in CATEGORIES or -1."""

    use: Use
    money: Money
    opened: Array
    reopened: Array
    closed: Array
    cancel_filed: Array
    cancel_closed: Array
    renewed: Array


def step(
    state: State,
    week: Week,
    pushed: tuple[Array, Array],
    present: Array,
    cities: Cities,
    world: World,
    rng: np.random.Generator,
) -> Happened:
    """Moves `state` through the week; `present` is the share of it each customer is there.

    `pushed`: `hazard.signals` at the week's beginning and the `hazard.hazards` they make.
    """
    signals, hazards = pushed
    u = rng.random((4, len(state)), dtype=np.float32)
    there = present > 0
    opened, reopened, closed = _complain(state, signals, there, world, u[0], u[1], rng)
    filed, cancel_closed = _request_cancelling(state, hazards, there, world, u[2])
    renewed = _renew(state, week, there, world, u[3], rng)
    use = live_use(state, week, present, cities, world, rng)
    money = live_money(state, week, use, present, world, rng)
    state.tenure += 1
    state.push_weeks = np.maximum(state.push_weeks - 1, 0)
    return Happened(
        use=use,
        money=money,
        opened=opened,
        reopened=reopened,
        closed=closed,
        cancel_filed=filed,
        cancel_closed=cancel_closed,
        renewed=renewed,
    )


def _complain(
    state: State,
    signals: Array,
    there: Array,
    world: World,
    u: Array,
    v: Array,
    rng: np.random.Generator,
) -> tuple[Array, Array, Array]:
    rates = world.complaints
    shock, trouble = signals[CAUSES.index("bill_shock")], signals[CAUSES.index("network_trouble")]
    network = rates.network + rates.network_trouble * trouble
    billing = network + rates.billing + rates.billing_shock * shock
    may_open = there & ~state.open
    new = may_open & (u < billing + rates.service)
    where = np.flatnonzero(new)
    opened = np.full(len(state), -1, dtype=np.int8)
    opened[where] = np.select(
        [u[where] < network[where], u[where] < billing[where]],
        [CATEGORIES.index("network"), CATEGORIES.index("billing")],
        CATEGORIES.index("service"),
    )
    reopened = may_open & ~new & (state.closed_age < REOPENING_WEEKS) & (v < rates.reopening)
    closed = there & state.open & (v < rates.closing)
    left = state.after * np.float32(np.exp(-1 / rates.decay_weeks))
    state.after = np.where(closed, np.maximum(left, hazard.open_complaint(state)), left)
    state.closed_age = np.where(closed, np.float32(0), state.closed_age + 1)
    state.open_age = np.where(new, 0, np.where(reopened, 2, state.open_age + 1)).astype(np.float32)
    state.severity[where] = rng.integers(1, 6, len(where))
    state.open = (state.open | new | reopened) & ~closed
    return opened, reopened, closed


def _request_cancelling(
    state: State, hazards: Array, there: Array, world: World, u: Array
) -> tuple[Array, Array]:
    rates = world.cancel_request
    spoken = hazards[SPOKEN].sum(axis=0)
    filed = there & ~state.cancel_open & (u < rates.base + rates.gain * spoken)
    closed = there & state.cancel_open & (u < rates.closing)
    state.cancel_open = (state.cancel_open | filed) & ~closed
    return filed, closed


def _renew(
    state: State, week: Week, there: Array, world: World, u: Array, rng: np.random.Generator
) -> Array:
    ahead = state.contract_end - week.number
    due = there & (ahead <= RENEWAL_WEEKS) & (state.contract_end != NO_CONTRACT)
    renewed = np.asarray(due & (u < world.contract.renewal))
    where = np.flatnonzero(renewed)
    state.contract_end[where] = week.number + world.people.contract_weeks
    upgraded = where[rng.random(len(where)) < world.contract.upgrade_share]
    state.plan[upgraded] = tariff_of(world).up[state.plan[upgraded]]
    return renewed
