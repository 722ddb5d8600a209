"""The year before the first day, so that troubles, habits and bills are under way on it.

A customer who would leave in that year begins again instead, and goes on owing what is owed:
only those who stayed are customers now. The feeds hold of it what an operator hands over first:
profiles, contracts, complaints and the last bills and payments.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate import behaviour
from features.simulate.behaviour import hazard
from features.simulate.books import Books
from features.simulate.events import contract_facts
from features.simulate.people.customers import Customers
from features.simulate.people.money import small_top_ups
from features.simulate.people.state import BILLS, NO_CONTRACT, State
from features.simulate.world import World
from features.simulate.world.cities import CityPast
from features.simulate.world.offers import GROUPS
from features.simulate.world.weeks import microseconds, week_of

Array = NDArray[Any]

PAST_WEEKS = 52
TYPICAL_WEEKS = 26
# So long ago was the end of the month of the oldest bill that can still matter.
FIRST_BILL_WEEKS = 31 * BILLS // 7


def live_past(
    customers: Customers,
    state: State,
    books: Books,
    cities: CityPast,
    world: World,
    rng: np.random.Generator,
) -> Array:
    """Moves `state` to the first day; the hazard each customer has met since the start by group
    of causes (groups x customers), guessed from tenure and what is typical of the payment mode."""
    ledger, bills, complaints = books.ledger, books.bills, books.complaints
    old = customers.join_week < 0
    start_week = -(customers.tenure_days // 7)
    met = np.zeros((len(GROUPS), len(old)))
    state.tenure[:] = np.maximum(customers.tenure_days / 7 - PAST_WEEKS, 0)
    for number in range(-PAST_WEEKS, 0):
        week = week_of(world.first_day, number)
        if number == -FIRST_BILL_WEEKS:
            # The feeds' books begin here, and hold no older debts.
            state.settle(np.arange(len(old)))
        signals = hazard.signals(state, week, world)
        hazards = hazard.hazards(state, signals, world)
        if number >= -TYPICAL_WEEKS:
            met += hazard.by_group(hazards)
        gone = np.flatnonzero(old & (rng.standard_exponential(len(old)) < hazards.sum(axis=0)))
        monday = np.full(len(gone), microseconds(week.monday))
        complaints.settle(ledger, gone, monday, rng)
        state.forget(np.append(gone, np.flatnonzero(old & (start_week == number))))
        bound = gone[state.contract_end[gone] != NO_CONTRACT]
        state.contract_end[bound] = number + world.people.contract_weeks
        there = (old & (start_week <= number)).astype(np.float32)
        pushed = signals, hazards
        happened = behaviour.step(state, week, pushed, there, cities.at(number), world, rng)
        first, last = 0 * start_week, np.where(there > 0, 6, -1)
        complaints.add_week(ledger, week, happened, state.severity, first, last, world, rng)
        if number >= -FIRST_BILL_WEEKS:
            bills.add_bills(ledger, week, happened.money, world, rng)
            bills.add_paid(ledger, week, happened.money, last, rng)
            small = small_top_ups(state, happened.money.top_ups, world, rng)
            bills.add_top_ups(ledger, week, happened.money, small, first, last, rng)
    state.tenure[:] = customers.tenure_days / 7
    contract_facts.add_past(ledger, customers, state.plan, state.contract_end, world, rng)
    past_hazard = np.zeros(met.shape)
    for mode in (False, True):
        rows = np.flatnonzero(old & (customers.prepaid == mode))
        if len(rows):
            weekly = met[:, rows].mean(axis=1, keepdims=True) / TYPICAL_WEEKS
            past_hazard[:, rows] = weekly * customers.tenure_days[rows] / 7
    return past_hazard


def first_contracts(customers: Customers, world: World, rng: np.random.Generator) -> Array:
    """The week in which the contract ends of those who have one on the first day."""
    term = world.people.contract_weeks
    tenure = customers.tenure_days // 7
    since = np.where(tenure < term, tenure, rng.integers(0, int(1.25 * term) + 1, len(tenure)))
    has_one = customers.on_contract & (customers.join_week < 0)
    return np.where(has_one, term - since, NO_CONTRACT)
