"""The year before the first day, so that troubles, habits and bills are under way on it.

Who would leave in that year begins anew instead: only those who stayed are customers now. The
feeds hold of it what an operator hands over first: profiles, contracts, complaints and the last
bills.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate import behaviour, contract_facts, hazard
from features.simulate.bill_facts import BillBook
from features.simulate.complaint_facts import ComplaintBook
from features.simulate.customers import Customers
from features.simulate.ledger import Ledger
from features.simulate.state import BILLS, NO_CONTRACT, State
from features.simulate.weeks import microseconds, week_of
from features.simulate.world import World

Array = NDArray[Any]

PAST_WEEKS = 52
TYPICAL_WEEKS = 26
# So long ago was the end of the month of the oldest bill that can still matter.
FIRST_BILL_WEEKS = 31 * BILLS // 7


def live_past(
    customers: Customers,
    state: State,
    ledger: Ledger,
    bills: BillBook,
    complaints: ComplaintBook,
    world: World,
    rng: np.random.Generator,
) -> Array:
    """Moves `state` to the first day; the hazard each customer has met since the start, guessed
    from tenure and what is typical of the payment mode."""
    old = customers.join_week < 0
    start_week = -(customers.tenure_days // 7)
    met = np.zeros(len(old))
    state.tenure[:] = np.maximum(customers.tenure_days / 7 - PAST_WEEKS, 0)
    for number in range(-PAST_WEEKS, 0):
        week = week_of(world.first_day, number)
        signals = hazard.signals(state, week, world)
        total = (signals * hazard.strengths(world)).sum(axis=0)
        if number >= -TYPICAL_WEEKS:
            met += total
        gone = np.flatnonzero(old & (rng.standard_exponential(len(old)) < total))
        monday = np.full(len(gone), microseconds(week.monday))
        complaints.settle(ledger, gone, monday, rng)
        state.forget(np.append(gone, np.flatnonzero(old & (start_week == number))))
        bound = gone[state.contract_end[gone] != NO_CONTRACT]
        state.contract_end[bound] = number + world.people.contract_weeks
        there = (old & (start_week <= number)).astype(np.float32)
        happened = behaviour.step(state, week, signals, there, world, rng)
        last = np.where(there > 0, 6, -1)
        complaints.add_week(ledger, week, happened, state.severity, 0 * last, last, world, rng)
        if week.days_before_first is not None and number >= -FIRST_BILL_WEEKS:
            bills.add_bills(
                ledger, week, happened.revenue_fen, customers.prepaid, state.plan, world, rng
            )
    state.tenure[:] = customers.tenure_days / 7
    contract_facts.add_past(ledger, customers, state.plan, state.contract_end, world, rng)
    past_hazard = np.zeros(len(old))
    for mode in (False, True):
        rows = old & (customers.prepaid == mode)
        if rows.any():
            past_hazard[rows] = met[rows].mean() / TYPICAL_WEEKS * customers.tenure_days[rows] / 7
    return past_hazard


def first_contracts(customers: Customers, world: World, rng: np.random.Generator) -> Array:
    """The week in which the contract ends of those who have one on the first day."""
    term = world.people.contract_weeks
    tenure = customers.tenure_days // 7
    since = np.where(tenure < term, tenure, rng.integers(0, int(1.25 * term) + 1, len(tenure)))
    has_one = customers.on_contract & (customers.join_week < 0)
    return np.where(has_one, term - since, NO_CONTRACT)
