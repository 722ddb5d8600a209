"""What customers do in a week: use, complaints, renewals, bills.

The same step moves the world and the futures that the oracle plays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate import hazard
from features.simulate.customers import KB_PER_GB
from features.simulate.hazard import CAUSES
from features.simulate.state import NO_CONTRACT, State
from features.simulate.weeks import Week
from features.simulate.world import World

Array = NDArray[Any]

CATEGORIES = ("network", "billing", "service")
REOPENING_WEEKS = 6
RENEWAL_WEEKS = 8
MOST_DROPS = 60


@dataclass
class Happened:
    """A week's outcome, one element per customer.

    `opened`: position in CATEGORIES or -1. `revenue_fen`: the bill of the month that ended in
    this week, -1 where there is none.
    """

    kb: Array
    drops: Array
    hotline: Array
    fade: Array
    opened: Array
    reopened: Array
    closed: Array
    cancel_filed: Array
    cancel_closed: Array
    renewed: Array
    revenue_fen: Array


def step(
    state: State,
    week: Week,
    signals: Array,
    present: Array,
    world: World,
    rng: np.random.Generator,
) -> Happened:
    """Moves `state` through the week; `present` is the share of it each customer is there.

    `signals` are those of `hazard.signals` at the week's beginning.
    """
    u = rng.random((8, len(state)), dtype=np.float32)
    there = present > 0
    opened, reopened, closed = _complain(state, signals, there, world, u[0], u[1], rng)
    filed, cancel_closed = _request_cancelling(state, signals, there, world, u[2])
    renewed = _renew(state, week, there, world, u[3], rng)
    kb, drops, hotline = _use(state, week, present, world, u[4:8], rng)
    revenue = _bill(state, week, kb, present, world, rng)
    return Happened(
        kb=kb,
        drops=drops,
        hotline=hotline,
        fade=state.fade,
        opened=opened,
        reopened=reopened,
        closed=closed,
        cancel_filed=filed,
        cancel_closed=cancel_closed,
        renewed=renewed,
        revenue_fen=revenue,
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
    opened = np.full(len(state), -1, dtype=np.int8)
    opened[may_open & (u < billing + rates.service)] = CATEGORIES.index("service")
    opened[may_open & (u < billing)] = CATEGORIES.index("billing")
    opened[may_open & (u < network)] = CATEGORIES.index("network")
    new = opened >= 0
    reopened = may_open & ~new & (state.closed_age < REOPENING_WEEKS) & (v < rates.reopening)
    closed = there & state.open & (v < rates.closing)
    left = np.maximum(state.after * np.exp(-1 / rates.decay_weeks), 0)
    state.after = np.where(closed, np.maximum(left, hazard.open_complaint(state)), left)
    state.closed_age = np.where(closed, 0, state.closed_age + 1)
    state.open_age = np.where(new, 0, np.where(reopened, 2, state.open_age + 1))
    where = np.flatnonzero(new)
    state.severity[where] = rng.integers(1, 6, len(where))
    state.open = (state.open | new | reopened) & ~closed
    return opened, reopened, closed


def _request_cancelling(
    state: State, signals: Array, there: Array, world: World, u: Array
) -> tuple[Array, Array]:
    rates = world.cancel_request
    others = (signals[1:-1] * hazard.strengths(world)[1:-1]).sum(axis=0)
    filed = there & ~state.cancel_open & (u < rates.base + rates.gain * others)
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
    last = max(i for i, plan in enumerate(world.plans) if not plan.prepaid)
    bigger = np.minimum(state.plan[upgraded] + 1, last)
    is_prepaid = np.array([plan.prepaid for plan in world.plans])
    state.plan[upgraded] = np.where(is_prepaid[bigger], state.plan[upgraded], bigger)
    return renewed


def _use(
    state: State, week: Week, present: Array, world: World, u: Array, rng: np.random.Generator
) -> tuple[Array, Array, Array]:
    use, fading, network, rivals = world.usage, world.fading, world.network, world.rival
    n, cities = len(state), len(state.outbreak)
    c = rng.random((2, cities))
    state.outbreak = np.where(
        state.outbreak, c[0] >= network.outbreak_recovery, c[0] < network.outbreak_onset
    )
    state.promotion = np.where(
        state.promotion, c[1] >= rivals.promotion_end, c[1] < rivals.promotion_onset
    )
    onset = np.where(state.prepaid, fading.onset_prepaid, fading.onset_postpaid)
    state.fading = np.where(state.fading, u[0] >= fading.recovery, u[0] < onset)
    sinking = np.maximum(state.fade * np.float32(fading.decay), np.float32(fading.floor))
    rising = np.minimum(state.fade * np.float32(1.25), np.float32(1))
    state.fade = np.where(state.fading, sinking, rising)
    state.trouble = np.where(state.trouble, u[1] >= network.recovery, u[1] < network.onset)
    onset = np.where(
        state.promotion[state.city], rivals.interest_onset_promotion, rivals.interest_onset
    )
    state.interest = np.where(state.interest, u[2] >= rivals.interest_end, u[2] < onset)

    memory, innovation = np.float32(use.wobble_memory), np.float32(use.wobble)
    shift = rng.standard_normal(n, dtype=np.float32)
    state.wobble = memory * state.wobble + innovation * shift
    level = np.exp(state.log_level + state.wobble)
    kb = level * state.fade * present * np.float32(7 * (1 + use.season * week.season))
    outbreak = np.where(state.outbreak[state.city], network.outbreak_drops, 0)
    rate = np.where(state.trouble, network.drops_in_trouble, network.drops) + outbreak
    drops = _poisson(rate * state.drop_rate * present, rng)
    hotline = ((u[3] < rivals.calls) & (present > 0)).astype(np.int64)
    calling = np.flatnonzero(state.interest)
    hotline[calling] = rng.poisson(rivals.calls_interested * present[calling])
    state.kb[week.number % len(state.kb)] = kb
    state.drops[week.number % len(state.drops)] = drops
    state.hotline[week.number % len(state.hotline)] = hotline
    return kb, drops, hotline


def _poisson(mean: Array, rng: np.random.Generator) -> Array:
    """Poisson numbers by inversion: for means near 0 several times faster than numpy's."""
    u = rng.random(len(mean), dtype=np.float32)
    number = np.zeros(len(mean), dtype=np.int64)
    term = np.exp(-mean)
    above = np.flatnonzero(u > term)
    term, u, mean = term[above], u[above], mean[above]
    total: Array = term
    k = 0
    # The bound is for u so near 1 that rounding keeps the sum of the terms below it.
    while len(above) and k < MOST_DROPS:
        k += 1
        number[above] = k
        term = term * mean / k
        total = total + term
        more = u > total
        above, term, total = above[more], term[more], total[more]
        u, mean = u[more], mean[more]
    return number


def _bill(
    state: State, week: Week, kb: Array, present: Array, world: World, rng: np.random.Generator
) -> Array:
    revenue = np.full(len(state), -1, dtype=np.int64)
    before = week.days_before_first
    if before is None:
        state.month_kb += kb
        state.month_days += 7 * present
    else:
        state.month_kb += kb * np.float32(before / 7)
        state.month_days += before * present
        billed = state.month_days > 0
        revenue = np.where(billed, _revenue(state, world, rng), -1)
        state.pending = revenue.astype(np.float32)
        state.month_kb = kb * np.float32(1 - before / 7)
        state.month_days = (7 - before) * present
    state.bill_age += 1
    state.tenure += 1
    if week.bill_arrives:
        arrived = state.pending >= 0
        older = np.vstack([state.pending, state.bills[:-1]])
        state.bills = np.where(arrived, older, state.bills)
        state.bill_count += arrived
        state.bill_age = np.where(arrived, np.float32(0), state.bill_age)
        state.pending = np.full_like(state.pending, -1)
    return revenue


def _revenue(state: State, world: World, rng: np.random.Generator) -> Array:
    bills, n = world.bills, len(state)
    fee = np.array([plan.fee_fen for plan in world.plans], dtype=np.float32)[state.plan]
    allowance = np.array([plan.allowance_gb for plan in world.plans], dtype=np.float32)[state.plan]
    # A month begun late is charged as a whole one at the same pace.
    used_gb = state.month_kb / KB_PER_GB * 30 / np.maximum(state.month_days, 1)
    over = np.clip((used_gb - allowance) * bills.overage_fen_gb, 0, 0.5 * fee)
    consumed = fee * (0.4 + 0.6 * np.minimum(used_gb / (0.8 * allowance), 2))
    u, size = rng.random((2, n), dtype=np.float32)
    spread = bills.extra_low + (bills.extra_high - bills.extra_low) * size
    state.extra = np.where(
        state.extra > 0,
        np.where(u < bills.extra_stays, state.extra, 0),
        np.where(u < bills.extra_onset, fee * spread, 0),
    ).astype(np.float32)
    noise = 1 + bills.noise * rng.standard_normal(n, dtype=np.float32)
    amount = (np.where(state.prepaid, consumed, fee + over) + state.extra) * np.clip(
        noise, 0.8, 1.2
    )
    return np.asarray(np.rint(amount / 10) * 10).astype(np.int64)
