"""One block of customers, week after week: who arrives, who goes, what the others do.

Blocks share the cities and nothing else, so that they can be lived apart. Within one, every
purpose has a random stream of its own: without one of them (the oracle) the others are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.home import Home
from features.settings import HoldoutSettings
from features.simulate import behaviour
from features.simulate.behaviour import hazard, traits
from features.simulate.behaviour.circles import Circles, open_rates
from features.simulate.behaviour.hazard import CAUSES, UNMEASURED
from features.simulate.behaviour.leaving import COMPETING, Departures, draw_departures
from features.simulate.books import Books
from features.simulate.events import contract_facts
from features.simulate.events.calls import friends_of
from features.simulate.events.ledger import DAY, HOUR, Ledger
from features.simulate.past import first_contracts, live_past
from features.simulate.people.customers import draw_customers
from features.simulate.people.money import small_top_ups
from features.simulate.people.state import first_state
from features.simulate.task import Lived, Task
from features.simulate.truth import Truth, futures, oracle
from features.simulate.truth.beliefs import Beliefs, first_beliefs
from features.simulate.world import World
from features.simulate.world.cities import CityPast
from features.simulate.world.offers import (
    GROUPS,
    Effects,
    Targets,
    draw_tastes,
    effects,
    effects_table,
)
from features.simulate.world.weeks import Week, microseconds, week_of

Array = NDArray[Any]

FIRST_PANEL_WEEK = 12
STREAMS = (
    "people",
    "past",
    "traits",
    "behaviour",
    "top_ups",
    "leaving",
    "contracts",
    "friends",
    "effects",
    "future",
)


def live(
    folder: Path,
    task: Task,
    cities: CityPast,
    holdout: HoldoutSettings,
    world: World,
    report: Callable[[], None],
) -> Lived:
    """Writes the block's part of every feed and of the truth; calls `report` after each week."""
    block = Block(folder, task, cities, holdout, world)
    try:
        block.live(report)
    finally:
        block.ledger.close()
    block.truth.write()
    return Lived(len(block.customers), block.departures, block.ledger.rows)


class Block:
    """One block under way. `back_day` counts from the first day, -1 for no return."""

    def __init__(
        self, folder: Path, task: Task, cities: CityPast, holdout: HoldoutSettings, world: World
    ) -> None:
        *streams, books, oracle_seed = task.seed.spawn(len(STREAMS) + 2)
        self.rng = {
            name: np.random.default_rng(stream)
            for name, stream in zip(STREAMS, streams, strict=True)
        }
        self.oracle_seeds = oracle_seed.spawn(task.weeks + 1)
        self.world, self.task, self.cities = world, task, cities
        self.customers = draw_customers(
            task.customers, task.weeks, task.first_id, task.first_group, world, self.rng["people"]
        )
        n = len(self.customers)
        end = microseconds(world.first_day + timedelta(weeks=task.weeks))
        self.ledger = Ledger(folder, task.part, self.customers.ids, end)
        self.books = Books(self.ledger, self.customers, task.number, books)
        contract_end = first_contracts(self.customers, world, self.rng["past"])
        self.state = first_state(self.customers, contract_end, len(GROUPS))
        self.leavings = np.zeros((len(GROUPS), n))
        self.active = self.customers.join_week < 0
        self.back_day = np.full(n, -1)
        self.back_event = np.full(n, "", dtype=object)
        self.departures = 0
        self.past_hazard = live_past(
            self.customers, self.state, self.books, cities, world, self.rng["past"]
        )
        self.traits = traits.draw_traits(self.past_hazard, world, self.rng["traits"])
        self.trait_of_cause = traits.by_cause(self.traits)
        self.tastes = draw_tastes(n, self.rng["effects"])
        hidden = self.traits, self.tastes
        self.truth = Truth(Home(folder).truth, task.part, self.customers.ids, *hidden)
        self.beliefs = self._watch()
        friends = friends_of(n, self.customers.city, self.rng["friends"])
        self.circles = Circles(*friends)
        no_customers = np.zeros(0, dtype=np.int64)
        self.circles.part(self.state, -1, no_customers, no_customers, self.active)
        self.books.open_later(friends, self._effects(), holdout)

    def live(self, report: Callable[[], None]) -> None:
        weeks = self.task.weeks
        first_oracle = max(FIRST_PANEL_WEEK, weeks + 1 - self.world.oracle_weeks)
        for number in range(weeks + 1):
            week = week_of(self.world.first_day, number)
            if len(self.beliefs.rows) and number >= first_oracle:
                self._add_oracle(week)
            if number < weeks:
                self._live_week(week)
                report()
            if number % 4 == 3:
                self.ledger.flush("usage", "calls")
        self.truth.add_table("future", self._futures())

    def _watch(self) -> Beliefs:
        """The beliefs about those for whom the oracle is computed: an even share of the block."""
        watched = self.task.watched if self.world.oracle_paths else 0
        place = np.arange(len(self.customers) + 1) * watched // self.task.customers
        return first_beliefs(np.flatnonzero(np.diff(place)), self.customers.prepaid, self.world)

    def _effects(self) -> Effects:
        fee = np.array([plan.fee_fen for plan in self.world.plans])[self.customers.plan]
        prepaid, tenure = self.customers.prepaid, self.customers.tenure_days
        targets = Targets(prepaid=prepaid, tenure_days=tenure, fee_fen=fee, tastes=self.tastes)
        found = effects(self.world.offers, targets, self.rng["effects"])
        table = effects_table(self.customers.ids, self.world.offers, found)
        self.truth.add_table("effects", table)
        return found

    def _add_oracle(self, week: Week) -> None:
        places = np.flatnonzero(self.active[self.beliefs.rows])
        if not len(places):
            return
        request = oracle.OracleRequest(
            state=self.state,
            beliefs=self.beliefs,
            places=places,
            past_hazard=self.past_hazard,
            leavings=self.leavings,
            friends_rate=self._friends_rate(week),
            traits=self.traits,
            cities=self.cities.at(week.number - 1),
            number=week.number,
        )
        rng = np.random.default_rng(self.oracle_seeds[week.number])
        observable, full = oracle.probabilities(request, self.world, rng)
        self.truth.add_oracle(week, request.rows, observable, full)

    def _friends_rate(self, week: Week) -> Array:
        """Friends of each who are expected to leave openly in a week, by what the feeds show."""
        signals = hazard.signals(self.state, week, self.world)
        signals[UNMEASURED] = 0
        groups = hazard.by_group(hazard.hazards(self.state, signals, self.world))
        likely = traits.expected(self.past_hazard, self.leavings, self.world)
        rates = open_rates(
            (groups * likely).sum(axis=0), self.customers.prepaid, self.active, self.world
        )
        return self.circles.total(rates)

    def _live_week(self, week: Week) -> None:
        world, state = self.world, self.state
        at_risk = self.active.copy()
        first = self._arrive(week)
        last = np.where(self.active, 6, -1)
        signals = hazard.signals(state, week, world)
        hazards = hazard.hazards(state, signals, world)
        own = hazards * self.trait_of_cause
        gone = draw_departures(
            at_risk, self.customers.prepaid, state.overdue, own, world, self.rng["leaving"]
        )
        self.truth.add_hazards(week, own, at_risk)
        self.past_hazard += hazard.by_group(hazards) * at_risk
        self.beliefs.stayed(hazard.unmeasured_if_set(state, world) * at_risk)
        last[gone.who] = gone.day
        self._depart(gone, week)
        present = (np.maximum(last - first + 1, 0) / 7).astype(np.float32)
        cities = self.cities.at(week.number)
        happened = behaviour.step(
            state, week, (signals, hazards), present, cities, world, self.rng["behaviour"]
        )
        silent_ones = np.zeros(len(first), dtype=bool)
        silent_ones[gone.who] = gone.kind == "silent"
        stay, money = (first, last), happened.money
        days = self.books.add_use(week, state, happened, stay, silent_ones, world)
        small = small_top_ups(state, money.top_ups, world, self.rng["top_ups"])
        self.beliefs.see(state, week, happened.use, days, money, small, present, cities, world)
        self.books.add_facts(week, state, happened, small, signals, stay, world)

    def _arrive(self, week: Week) -> Array:
        """Newcomers and those who come back; returns each customer's first day in the week."""
        rng, state, customers = self.rng["contracts"], self.state, self.customers
        first = np.zeros(len(customers), dtype=np.int64)
        new = np.flatnonzero(customers.join_week == week.number)
        back = np.flatnonzero(~self.active & (self.back_day // 7 == week.number))
        first[new] = rng.integers(0, 7, len(new))
        first[back] = self.back_day[back] % 7
        who = np.concatenate([new, back])
        event = np.concatenate([np.full(len(new), "started", dtype=object), self.back_event[back]])
        moment = contract_facts.office_hours(microseconds(week.monday) + first[who] * DAY, rng)
        self.books.complaints.settle(self.ledger, who, moment, rng)
        # No customer comes back before having paid what the feeds say is owed.
        owed = state.settle(who)
        pays = owed > 0
        self.books.bills.add_payments(self.ledger, who[pays], moment[pays] - HOUR, owed[pays], rng)
        state.forget(who)
        self.beliefs.forget(who)
        begins = who[(event == "started") & customers.on_contract[who]]
        state.tenure[who[event == "started"]] = 0
        state.contract_end[begins] = week.number + self.world.people.contract_weeks
        contract_facts.add_profiles(
            self.ledger, customers, new, moment[: len(new)], self.world, rng
        )
        plan, end = state.plan[who], state.contract_end[who]
        contract_facts.add_contracts(self.ledger, who, event, moment, plan, end, self.world, rng)
        self.active[who] = True
        self.back_day[who] = -1
        return first

    def _depart(self, gone: Departures, week: Week) -> None:
        back = 7 * week.number + gone.day + gone.back_days
        # No customer is back in the week of leaving: a week has one stretch of presence.
        back = np.where(gone.back_days < 0, -1, np.maximum(back, 7 * (week.number + 1)))
        self.active[gone.who] = False
        self.back_day[gone.who] = back
        self.back_event[gone.who] = gone.back_event
        for group, rows in enumerate(hazard.ROWS_OF):
            causes = [CAUSES[row] for row in rows]
            self.leavings[group, gone.who[np.isin(gone.cause, causes)]] += 1
        self.departures += int((~np.isin(gone.kind, COMPETING)).sum())
        self.circles.part(self.state, week.number, gone.who, gone.kind, self.active)
        contract_facts.add_departures(
            self.ledger, gone, week, self.state.plan, self.world, self.rng["contracts"]
        )
        self.truth.add_departures(gone, week, back)

    def _futures(self) -> Any:
        rows, weeks = np.flatnonzero(self.active), self.task.weeks
        hazards = futures.monthly_hazards(
            self.state,
            rows,
            self.traits,
            self.cities.at(weeks - 1),
            weeks,
            self.world,
            self.rng["future"],
        )
        margin = futures.monthly_margin(self.state, rows, self.world)
        return futures.future_table(self.customers.ids[rows], self.task.luck, hazards, margin)
