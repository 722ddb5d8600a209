"""Bills by the public tariff, what is paid of them, and moves between plans.

Customers short of money, a hidden flag, pay bills late or not at all, or top up seldom and little.
A bill is drawn in the week in which it becomes known, and not before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.people.state import MONTH, State
from features.simulate.people.use import Use, poisson
from features.simulate.world import World
from features.simulate.world.tariff import tariff_of
from features.simulate.world.weeks import Week

Array = NDArray[Any]

SMALL_FEN, LARGE_FEN = (500, 1000, 2000), (3000, 4000, 5000)
MONTHS_TO_MOVE = 2  # in a row, before a move to a better-fitting plan is thought of
WEEKS_A_MONTH = 52 / 12
DAYS_A_WEEK = np.float32(7)
MIN_BILL_SHARE = np.float32(0.4)


@dataclass
class Money:
    """A week's money, one element per customer; 0 or False where nothing happened.

    `revenue_fen`: the bill that became known, of use on `billed_plan`, -1 where there is none.
    `due`: a bill fell due; `paid_fen` of it in time. `owed`: there was debt from before;
    `cleared_fen` of it. `top_up_rate`: as `top_up_rate` said; `top_ups`. `moved`: another plan
    from now on.
    """

    revenue_fen: Array
    billed_plan: Array
    due: Array
    paid_fen: Array
    owed: Array
    cleared_fen: Array
    top_up_rate: Array
    top_ups: Array
    moved: Array


def live_money(
    state: State, week: Week, use: Use, present: Array, world: World, rng: np.random.Generator
) -> Money:
    """Moves what `state` says of money through the week."""
    n = len(state)
    u = rng.random((2, n), dtype=np.float32)
    cleared = _clear(state, present, world, u[0])
    due = paid = np.zeros(n, dtype=np.float32)
    if week.due_day is not None:
        due, paid = _fall_due(state, world, u[1])
    rate = top_up_rate(state, world)
    top_ups = _top_up(state, rate * present, world, rng)
    moved = _gather(state, week, use, present, world, rng)
    state.bill_age += 1
    billed_plan = state.closed_plan
    revenue = np.full(n, -1, dtype=np.int64)
    if week.bill_day is not None:
        revenue = _bill(state, world, rng)
    return Money(
        revenue_fen=revenue,
        billed_plan=billed_plan,
        due=due > 0,
        paid_fen=paid,
        owed=cleared >= 0,
        cleared_fen=np.maximum(cleared, 0),
        top_up_rate=rate,
        top_ups=top_ups,
        moved=moved,
    )


def top_up_rate(state: State, world: World) -> Array:
    """Top-ups a week of customers who are not short: what the last bill, or the fee, needs."""
    fee = tariff_of(world).fee_fen[state.plan]
    need = np.where(state.bill_count > 0, np.maximum(state.bills[0], MIN_BILL_SHARE * fee), fee)
    share = world.money.small_share
    mean = share * np.mean(SMALL_FEN) + (1 - share) * np.mean(LARGE_FEN)
    return np.where(state.prepaid, need / np.float32(mean * WEEKS_A_MONTH), np.float32(0))


def _clear(state: State, present: Array, world: World, u: Array) -> Array:
    """Debt from earlier weeks that is paid now; -1 for customers without."""
    money = world.money
    chance = np.where(state.short, money.clearing_short, money.clearing)
    owed = (state.overdue > 0) & (present > 0)
    clears = owed & (u < chance)
    cleared = np.where(owed, np.where(clears, state.debt, 0), -1)
    state.overdue = np.where(clears, 0, state.overdue)
    state.debt = np.where(clears, np.float32(0), state.debt)
    return np.asarray(cleared)


def _fall_due(state: State, world: World, u: Array) -> tuple[Array, Array]:
    """The bills that fall due in the week and what is paid of them in time."""
    money = world.money
    due = np.where(state.prepaid, 0, np.maximum(state.awaited, 0)).astype(np.float32)
    pays = u < np.where(state.short, money.paid_share_short, money.paid_share)
    missed = (due > 0) & ~pays
    state.overdue = state.overdue + missed
    state.debt = state.debt + missed * due
    state.awaited = np.full_like(state.awaited, -1)
    return due, np.where(pays, due, np.float32(0))


def _top_up(state: State, rate: Array, world: World, rng: np.random.Generator) -> Array:
    slower = np.where(state.short, np.float32(world.money.top_ups_short), np.float32(1))
    count = poisson(rate * slower, rng)
    state.dry_weeks = np.where(count > 0, np.float32(0), state.dry_weeks + 1)
    return count


def small_top_ups(state: State, top_ups: Array, world: World, rng: np.random.Generator) -> Array:
    """How many of the week's top-ups are small ones; no coming week depends on it."""
    small = np.zeros(len(state), dtype=np.int64)
    who, money = np.flatnonzero(top_ups), world.money
    share = np.where(state.short[who], money.small_share_short, money.small_share)
    small[who] = rng.binomial(top_ups[who], share)
    return small


def _gather(
    state: State, week: Week, use: Use, present: Array, world: World, rng: np.random.Generator
) -> Array:
    """Adds the week's use to its month, closes one, and moves customers to better plans."""
    used = np.stack([use.kb, use.voice_s, DAYS_A_WEEK * present, use.roaming_s])
    before = week.days_before_first
    if before is None:
        state.month += used
        return np.zeros(len(state), dtype=bool)
    earlier = np.float32(before / 7)
    state.closed = state.month + used * earlier
    state.month = used * (1 - earlier)
    state.closed_plan = state.plan
    return _move(state, world, rng)


def month_use(state: State) -> tuple[Array, Array]:
    """Data and voice of the closed month; one begun late counts as a whole one at its pace."""
    kb, voice_s, days = (state.closed[MONTH.index(name)] for name in ("kb", "voice_s", "days"))
    pace = np.where(days < 28, 30 / np.maximum(days, 1), 1).astype(np.float32)
    return kb * pace, voice_s * pace


def _move(state: State, world: World, rng: np.random.Generator) -> Array:
    """Upgrades after expensive months and downgrades after idle ones, for the month that begins."""
    tariff, moves = tariff_of(world), world.moves
    kb, voice_s = month_use(state)
    plan = state.plan
    now = tariff.charge(plan, kb, voice_s)
    saving_charge = now * np.float32(1 - moves.saving_share)
    known = state.closed[MONTH.index("days")] > 0
    expensive = known & (tariff.charge(tariff.up[plan], kb, voice_s) < saving_charge)
    idle = known & (tariff.charge(tariff.down[plan], kb, voice_s) < saving_charge)
    state.expensive_months = np.where(expensive, state.expensive_months + 1, 0)
    state.idle_months = np.where(idle, state.idle_months + 1, 0)
    u = rng.random(len(state), dtype=np.float32)
    up = (state.expensive_months >= MONTHS_TO_MOVE) & (u < moves.upgrade)
    down = (state.idle_months >= MONTHS_TO_MOVE) & (u < moves.downgrade)
    state.plan = np.where(up, tariff.up[plan], np.where(down, tariff.down[plan], plan))
    moved = np.asarray(up | down)
    state.expensive_months[moved] = 0
    state.idle_months[moved] = 0
    return moved


def _bill(state: State, world: World, rng: np.random.Generator) -> Array:
    billed = state.closed[MONTH.index("days")] > 0
    revenue = np.where(billed, _revenue(state, world, rng), -1)
    older = np.vstack([revenue[None].astype(np.float32), state.bills[:-1]])
    state.bills = np.where(billed, older, state.bills)
    state.bill_count = state.bill_count + billed
    state.bill_age = np.where(billed, np.float32(0), state.bill_age)
    state.awaited = revenue.astype(np.float32)
    state.closed = np.zeros_like(state.closed)
    return revenue


def _revenue(state: State, world: World, rng: np.random.Generator) -> Array:
    """The closed month's bill in fen: tariff, extras, roaming, noise, in tens."""
    bills, tariff, n = world.bills, tariff_of(world), len(state)
    kb, voice_s = month_use(state)
    fee = tariff.fee_fen[state.closed_plan]
    u, size = rng.random((2, n), dtype=np.float32)
    spread = np.float32(bills.extra_low) + np.float32(bills.extra_high - bills.extra_low) * size
    begun = np.where(u < bills.extra_onset, np.maximum(fee, 2000) * spread, 0)
    kept = np.where(u < bills.extra_stays, state.extra, 0)
    state.extra = np.where(state.extra > 0, kept, begun).astype(np.float32)
    roaming = state.closed[MONTH.index("roaming_s")] * np.float32(world.usage.roaming_fen_min / 60)
    noise = 1 + np.float32(bills.noise) * rng.standard_normal(n, dtype=np.float32)
    amount = tariff.charge(state.closed_plan, kb, voice_s) * np.clip(noise, 0.9, 1.1)
    return np.asarray(np.rint((amount + state.extra + roaming) / 10) * 10).astype(np.int64)
