"""The weeks one after another: who arrives, who goes, what the others do, what is recorded.

Every purpose has a random stream of its own, so that leaving one out (the oracle) changes
nothing in the others.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.progress import Progress
from features.simulate import behaviour, contract_facts, hazard, oracle
from features.simulate.bill_facts import BillBook
from features.simulate.complaint_facts import ComplaintBook
from features.simulate.customers import draw_customers
from features.simulate.leaving import COMPETING, Departures, draw_departures
from features.simulate.ledger import DAY, HOUR, Ledger
from features.simulate.past import first_contracts, live_past
from features.simulate.state import first_state
from features.simulate.truth import Truth
from features.simulate.usage_days import add_usage
from features.simulate.weeks import Week, microseconds, week_of
from features.simulate.world import World

Array = NDArray[Any]

FIRST_PANEL_WEEK = 12
STREAMS = ("people", "past", "behaviour", "leaving", "contracts", "bills", "complaints", "usage")


class Run:
    """One simulation under way. `back_day` counts from the first day, -1 for nobody's return."""

    def __init__(self, folder: Path, customers: int, weeks: int, seed: int, world: World) -> None:
        streams = np.random.SeedSequence(seed).spawn(len(STREAMS) + 1)
        self.rng = {
            name: np.random.default_rng(stream)
            for name, stream in zip(STREAMS, streams, strict=False)
        }
        self.oracle_seeds = streams[-1].spawn(weeks + 1)
        self.world, self.weeks = world, weeks
        self.customers = draw_customers(customers, weeks, world, self.rng["people"])
        n = len(self.customers)
        end = microseconds(world.first_day + timedelta(weeks=weeks))
        self.ledger = Ledger(folder, self.customers.ids, end)
        self.bills, self.complaints = BillBook(), ComplaintBook(n)
        self.state = first_state(
            self.customers,
            first_contracts(self.customers, world, self.rng["past"]),
            world,
            self.rng["past"],
        )
        self.leavings = np.zeros(n)
        self.active = self.customers.join_week < 0
        self.back_day = np.full(n, -1)
        self.back_event = np.full(n, "", dtype=object)
        self.departures = 0
        self.past_hazard = live_past(
            self.customers,
            self.state,
            self.ledger,
            self.bills,
            self.complaints,
            world,
            self.rng["past"],
        )
        k = world.frailty_shape
        self.frailty = self.rng["past"].gamma(k, size=n) / (k + self.past_hazard)
        self.truth = Truth(folder / "truth", self.customers.ids, self.frailty)

    def live(self, progress: Progress) -> None:
        for number in range(self.weeks + 1):
            week = week_of(self.world.first_day, number)
            if self.world.oracle_paths and number >= FIRST_PANEL_WEEK:
                self._ask_oracle(week)
            if number < self.weeks:
                self._live_week(week)
            if number % 4 == 3:
                self.ledger.flush("usage")
            progress("simulating weeks", number, self.weeks)

    def _ask_oracle(self, week: Week) -> None:
        who = np.flatnonzero(self.active)
        observable, full = oracle.probabilities(
            self.state,
            who,
            week.number,
            self.past_hazard[who],
            self.leavings[who],
            self.frailty[who],
            self.world,
            np.random.default_rng(self.oracle_seeds[week.number]),
        )
        self.truth.add_oracle(week, who, observable, full)

    def _live_week(self, week: Week) -> None:
        world, n = self.world, len(self.customers)
        at_risk = self.active.copy()
        first = self._arrive(week)
        last = np.where(self.active, 6, -1)
        signals = hazard.signals(self.state, week, world)
        hazards = signals * hazard.strengths(world)
        gone = draw_departures(
            at_risk, self.customers.prepaid, self.frailty, hazards, world, self.rng["leaving"]
        )
        self.truth.add_hazards(week, hazards, at_risk)
        self.past_hazard += hazards.sum(axis=0) * at_risk
        last[gone.who] = gone.day
        self._depart(gone, week)
        present = (np.maximum(last - first + 1, 0) / 7).astype(np.float32)
        plan = self.state.plan.copy()
        happened = behaviour.step(self.state, week, signals, present, world, self.rng["behaviour"])
        silent_ones = np.zeros(n, dtype=bool)
        silent_ones[gone.who] = gone.kind == "silent"
        add_usage(
            self.ledger,
            self.customers,
            week,
            happened,
            first,
            last,
            silent_ones,
            world,
            self.rng["usage"],
        )
        self._add_facts(week, happened, plan, first, last)

    def _arrive(self, week: Week) -> Array:
        """Newcomers and those who come back; returns everybody's first day in the week."""
        rng, state = self.rng["contracts"], self.state
        n = len(self.customers)
        first = np.zeros(n, dtype=np.int64)
        new = np.flatnonzero(self.customers.join_week == week.number)
        back = np.flatnonzero(~self.active & (self.back_day // 7 == week.number))
        first[new] = rng.integers(0, 7, len(new))
        first[back] = self.back_day[back] % 7
        who = np.concatenate([new, back])
        event = np.concatenate([np.full(len(new), "started", dtype=object), self.back_event[back]])
        moment = contract_facts.office_hours(microseconds(week.monday) + first[who] * DAY, rng)
        self.complaints.settle(self.ledger, who, moment, rng)
        state.forget(who)
        begins = who[(event == "started") & self.customers.on_contract[who]]
        state.tenure[who[event == "started"]] = 0
        state.contract_end[begins] = week.number + self.world.people.contract_weeks
        contract_facts.add_profiles(
            self.ledger, self.customers, new, moment[: len(new)], self.world, rng
        )
        contract_facts.add_contracts(
            self.ledger,
            who,
            event,
            moment,
            state.plan[who],
            state.contract_end[who],
            self.world,
            rng,
        )
        paid = (event == "restored") & ~self.customers.prepaid[who] & (state.bills[0, who] > 0)
        debt = state.bills[0, who[paid]].astype(np.int64)
        self.bills.add_payments(self.ledger, who[paid], moment[paid] - HOUR, debt, rng)
        self.active[who] = True
        self.back_day[who] = -1
        return first

    def _depart(self, gone: Departures, week: Week) -> None:
        back = 7 * week.number + gone.day + gone.back_days
        # Nobody is back in the week of leaving: a week has one stretch of presence.
        back = np.where(gone.back_days < 0, -1, np.maximum(back, 7 * (week.number + 1)))
        self.active[gone.who] = False
        self.back_day[gone.who] = back
        self.back_event[gone.who] = gone.back_event
        left = ~np.isin(gone.kind, COMPETING)
        self.leavings[gone.who] += left
        self.departures += int(left.sum())
        contract_facts.add_departures(
            self.ledger, gone, week, self.state.plan, self.world, self.rng["contracts"]
        )
        self.truth.add_departures(gone, week, back)

    def _add_facts(
        self, week: Week, happened: behaviour.Happened, plan: Array, first: Array, last: Array
    ) -> None:
        world, state = self.world, self.state
        rng = self.rng["contracts"]
        self.complaints.add_week(
            self.ledger,
            week,
            happened,
            state.severity,
            first,
            last,
            world,
            self.rng["complaints"],
        )
        if week.days_before_first is not None:
            self.bills.add_bills(
                self.ledger,
                week,
                happened.revenue_fen,
                self.customers.prepaid,
                plan,
                world,
                self.rng["bills"],
            )
        self.bills.add_top_ups(
            self.ledger,
            week,
            self.customers.prepaid,
            first,
            last,
            state.plan,
            world,
            self.rng["bills"],
        )
        day = rng.integers(0, 7, len(first))
        there = (day >= first) & (day <= last)
        moment = contract_facts.office_hours(microseconds(week.monday) + day * DAY, rng)
        who = np.flatnonzero(happened.renewed & there)
        contract_facts.add_contracts(
            self.ledger,
            who,
            "plan_changed",
            moment[who],
            state.plan[who],
            state.contract_end[who],
            world,
            rng,
        )
        changes = rng.random(len(first)) < world.people.consent_changes
        who = np.flatnonzero(changes & there & (first == 0))
        self.customers.consent[who] ^= True
        contract_facts.add_profiles(self.ledger, self.customers, who, moment[who], world, rng)
