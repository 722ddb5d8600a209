"""What awaits each customer in the year after the last day, if nothing is done."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate import behaviour
from features.simulate.behaviour import hazard
from features.simulate.behaviour.hazard import UNMEASURED
from features.simulate.people.state import State
from features.simulate.truth.answers import MONTHS
from features.simulate.truth.respond import future_table
from features.simulate.world import World
from features.simulate.world.cities import Cities
from features.simulate.world.offers import GROUPS
from features.simulate.world.tariff import tariff_of
from features.simulate.world.weeks import week_of

Array = NDArray[Any]

__all__ = ["future_table", "monthly_hazards", "monthly_margin"]

YEAR_WEEKS = 52
BILLS = 3


def monthly_hazards(
    state: State,
    rows: Array,
    traits: Array,
    cities: Cities,
    number: int,
    world: World,
    rng: np.random.Generator,
) -> Array:
    """The hazard of each of the next twelve months, groups x months x `rows`, hidden traits in it.

    One future of each customer from week `number` on, from the true state; friends stay. The
    unmeasured cause counts to the loyalty group, on which contacts act alike.
    """
    met = np.zeros((len(GROUPS), MONTHS, len(rows)), dtype=np.float32)
    future = state.fork(rows)
    all_week = np.ones(len(rows), dtype=np.float32)
    for i in range(YEAR_WEEKS):
        week = week_of(world.first_day, number + i)
        signals = hazard.signals(future, week, world)
        hazards = hazard.hazards(future, signals, world)
        month = met[:, i * MONTHS // YEAR_WEEKS]
        month += hazard.by_group(hazards) * traits[:, rows]
        month[GROUPS.index("loyalty")] += hazards[UNMEASURED]
        cities = cities.next(week, world, rng)
        future.friends_left[week.number % len(future.friends_left)] = 0
        behaviour.step(future, week, (signals, hazards), all_week, cities, world, rng)
    return met


def monthly_margin(state: State, rows: Array, world: World) -> Array:
    """What a month of each of `rows` leaves, by the mean of up to three known bills.

    A customer without one yet is taken to pay the plan's fee.
    """
    tariff, plan = tariff_of(world), state.plan[rows]
    known = np.minimum(state.bill_count[rows], BILLS)
    billed = state.bills[:BILLS, rows].sum(axis=0) / np.maximum(known, 1)
    mean = np.where(known > 0, billed, tariff.fee_fen[plan])
    return np.asarray(mean * (1 - tariff.cost_share[plan]) - tariff.cost_fen[plan])
