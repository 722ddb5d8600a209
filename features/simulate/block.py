"""One block of customers, week after week: who arrives, who goes, what the others do, what is
recorded.

Blocks share the cities and nothing else, so that they can be lived apart. Within one, every
purpose has a random stream of its own: leaving one out (the oracle) changes nothing in the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.settings import HoldoutSettings
from features.simulate import behaviour, contract_facts, futures, hazard, oracle, traits
from features.simulate.beliefs import Beliefs, active_share, first_beliefs
from features.simulate.bill_facts import BillBook
from features.simulate.calls import CallBook, friends_of
from features.simulate.campaigns import CampaignBook
from features.simulate.circles import Circles, open_rates
from features.simulate.cities import CityPast
from features.simulate.complaint_facts import ComplaintBook
from features.simulate.customers import draw_customers
from features.simulate.hazard import CAUSES, UNMEASURED
from features.simulate.leaving import COMPETING, Departures, draw_departures
from features.simulate.ledger import DAY, HOUR, Ledger
from features.simulate.offers import GROUPS, Targets, effects, effects_table
from features.simulate.past import first_contracts, live_past
from features.simulate.state import fade_levels, first_state
from features.simulate.surveys import SurveyBook
from features.simulate.tariff import tariff_of
from features.simulate.truth import Truth
from features.simulate.usage_days import active_days, add_usage
from features.simulate.weeks import Week, microseconds, week_of
from features.simulate.world import World

Array = NDArray[Any]

FIRST_PANEL_WEEK = 12
NUMBERS_A_BLOCK = 10_000_000  # payments, complaints and contacts, kept apart by block
STREAMS = (
    "people",
    "past",
    "traits",
    "behaviour",
    "leaving",
    "contracts",
    "bills",
    "complaints",
    "usage",
    "friends",
    "calls",
    "surveys",
    "effects",
    "campaigns",
    "future",
)


@dataclass(frozen=True)
class Task:
    """A block to live: its number, its customers of the first day and where their ids begin.

    `watched`: of so many of the first day's customers, and of the newcomers in proportion, the
    oracle is asked. `seed` is the block's own, `luck` the simulation's.
    """

    number: int
    customers: int
    first_id: int
    first_group: int
    watched: int
    weeks: int
    seed: np.random.SeedSequence
    luck: int

    @property
    def part(self) -> str:
        return f"{self.number:04d}"


@dataclass(frozen=True)
class Lived:
    """What became of a block."""

    customers: int
    departures: int
    rows: dict[str, int]


def live(
    folder: Path,
    task: Task,
    cities: CityPast,
    holdout: HoldoutSettings,
    world: World,
    tell: Callable[[], None],
) -> Lived:
    """Writes the block's part of every feed and of the truth; `tell` is called after each week."""
    block = Block(folder, task, cities, holdout, world)
    try:
        block.live(tell)
    finally:
        block.ledger.close()
    block.truth.write()
    return Lived(len(block.customers), block.departures, block.ledger.rows)


class Block:
    """One block under way. `back_day` counts from the first day, -1 for nobody's return."""

    def __init__(
        self, folder: Path, task: Task, cities: CityPast, holdout: HoldoutSettings, world: World
    ) -> None:
        streams = task.seed.spawn(len(STREAMS) + 1)
        self.rng = {
            name: np.random.default_rng(stream)
            for name, stream in zip(STREAMS, streams, strict=False)
        }
        self.oracle_seeds = streams[-1].spawn(task.weeks + 1)
        self.world, self.task, self.cities = world, task, cities
        self.customers = draw_customers(
            task.customers, task.weeks, task.first_id, task.first_group, world, self.rng["people"]
        )
        n, number = len(self.customers), task.number * NUMBERS_A_BLOCK + 1
        end = microseconds(world.first_day + timedelta(weeks=task.weeks))
        self.ledger = Ledger(folder, task.part, self.customers.ids, end)
        self.bills, self.complaints = BillBook(number), ComplaintBook(n, number)
        self.surveys = SurveyBook(f"V{task.part}")
        self.state = first_state(
            self.customers, first_contracts(self.customers, world, self.rng["past"]), len(GROUPS)
        )
        self.leavings = np.zeros((len(GROUPS), n))
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
            cities,
            world,
            self.rng["past"],
        )
        self.traits = traits.draw_traits(self.past_hazard, world, self.rng["traits"])
        self.trait_of_cause = traits.by_cause(self.traits)
        self.truth = Truth(folder / "truth", task.part, self.customers.ids, self.traits)
        self.beliefs = self._watch()
        friends = friends_of(n, self.customers.city, self.rng["friends"])
        self.circles = Circles(*friends)
        nobody = np.zeros(0, dtype=np.int64)
        self.circles.part(self.state, -1, nobody, nobody, self.active)
        self.calls = CallBook(self.customers.ids, *friends, self.rng["calls"])
        self.campaigns = self._plan_campaigns(holdout, number)

    def live(self, tell: Callable[[], None]) -> None:
        weeks = self.task.weeks
        for number in range(weeks + 1):
            week = week_of(self.world.first_day, number)
            if len(self.beliefs.rows) and number >= FIRST_PANEL_WEEK:
                self._ask_oracle(week)
            if number < weeks:
                self._live_week(week)
                tell()
            if number % 4 == 3:
                self.ledger.flush("usage", "calls")
        self._add_futures()

    def _watch(self) -> Beliefs:
        """The beliefs about those whom the oracle is asked about: an even share of the block."""
        asked = self.task.watched if self.world.oracle_paths else 0
        place = np.arange(len(self.customers)) * asked // self.task.customers
        chosen = np.diff(place, append=len(self.customers) * asked // self.task.customers) > 0
        return first_beliefs(np.flatnonzero(chosen), self.customers.prepaid, self.world)

    def _plan_campaigns(self, holdout: HoldoutSettings, number: int) -> CampaignBook:
        fee = np.array([plan.fee_fen for plan in self.world.plans])[self.customers.plan]
        groups = dict(zip(GROUPS, self.traits, strict=True))
        prepaid, tenure = self.customers.prepaid, self.customers.tenure_days
        targets = Targets(prepaid=prepaid, tenure_days=tenure, fee_fen=fee, **groups)
        found = effects(self.world.offers, targets, self.rng["effects"])
        ids = self.customers.ids
        self.truth.add_table("effects", effects_table(ids, self.world.offers, found))
        return CampaignBook(ids, found, holdout, number)

    def _ask_oracle(self, week: Week) -> None:
        places = np.flatnonzero(self.active[self.beliefs.rows])
        if not len(places):
            return
        asked = oracle.Asked(
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
        observable, full = oracle.probabilities(asked, self.world, rng)
        self.truth.add_oracle(week, asked.rows, observable, full)

    def _friends_rate(self, week: Week) -> Array:
        """Friends of each who are expected to leave openly in a week, by what the feeds tell."""
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
        self.beliefs.stayed(np.where(at_risk, self._unmeasured_hazard(), 0))
        last[gone.who] = gone.day
        self._depart(gone, week)
        present = (np.maximum(last - first + 1, 0) / 7).astype(np.float32)
        cities = self.cities.at(week.number)
        happened = behaviour.step(
            state, week, (signals, hazards), present, cities, world, self.rng["behaviour"]
        )
        days = self._use(week, happened, gone, first, last)
        self.beliefs.see(state, week, happened.use, days, happened.money, present, cities, world)
        self._add_facts(week, happened, signals, first, last)

    def _unmeasured_hazard(self) -> Array:
        """What the unmeasured cause adds in a week where its flag is set."""
        strength, state = self.world.strength.unmeasured, self.state
        push = state.push[hazard.PUSHED_BY[UNMEASURED]]
        return strength * np.where(state.push_weeks > 0, push, 1)

    def _arrive(self, week: Week) -> Array:
        """Newcomers and those who come back; returns everybody's first day in the week."""
        rng, state = self.rng["contracts"], self.state
        first = np.zeros(len(self.customers), dtype=np.int64)
        new = np.flatnonzero(self.customers.join_week == week.number)
        back = np.flatnonzero(~self.active & (self.back_day // 7 == week.number))
        first[new] = rng.integers(0, 7, len(new))
        first[back] = self.back_day[back] % 7
        who = np.concatenate([new, back])
        event = np.concatenate([np.full(len(new), "started", dtype=object), self.back_event[back]])
        moment = contract_facts.office_hours(microseconds(week.monday) + first[who] * DAY, rng)
        self.complaints.settle(self.ledger, who, moment, rng)
        debtor = (event == "restored") & (state.debt[who] > 0)
        debt = state.debt[who[debtor]]
        self.bills.add_payments(self.ledger, who[debtor], moment[debtor] - HOUR, debt, rng)
        state.forget(who)
        self.beliefs.forget(who)
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
        for rows, group in zip(hazard.ROWS_OF, range(len(GROUPS)), strict=True):
            causes = [CAUSES[row] for row in rows]
            self.leavings[group, gone.who[np.isin(gone.cause, causes)]] += 1
        self.departures += int((~np.isin(gone.kind, COMPETING)).sum())
        self.circles.part(self.state, week.number, gone.who, gone.kind, self.active)
        contract_facts.add_departures(
            self.ledger, gone, week, self.state.plan, self.world, self.rng["contracts"]
        )
        self.truth.add_departures(gone, week, back)

    def _use(
        self, week: Week, happened: behaviour.Happened, gone: Departures, first: Array, last: Array
    ) -> Array:
        """Writes use and calls; returns how many days of the week had use."""
        silent_ones = np.zeros(len(first), dtype=bool)
        silent_ones[gone.who] = gone.kind == "silent"
        share = active_share(fade_levels(self.world)[self.state.faded], self.world)
        active = active_days(share, first, last, silent_ones, self.rng["usage"])
        add_usage(self.ledger, week, happened.use, active, self.world, self.rng["usage"])
        # Who calls less than usual calls friends less; of that, the week's seconds tell all.
        usual = np.exp(self.state.log_voice) * 7
        level = np.clip(happened.use.voice_s / usual, 0, 1.5)
        self.calls.add_week(self.ledger, week, first, last, level, self.rng["calls"])
        return np.asarray(active.sum(axis=1))

    def _add_facts(
        self, week: Week, happened: behaviour.Happened, signals: Array, first: Array, last: Array
    ) -> None:
        world, state, ledger = self.world, self.state, self.ledger
        self.complaints.add_week(
            ledger, week, happened, state.severity, first, last, world, self.rng["complaints"]
        )
        bills = self.rng["bills"]
        self.bills.add_bills(ledger, week, happened.money, world, bills)
        self.bills.add_paid(ledger, week, happened.money, last, bills)
        self.bills.add_top_ups(ledger, week, happened.money, first, last, bills)
        named = {
            cause: signals[CAUSES.index(cause)]
            for cause in ("complaint", "network_trouble", "bill_shock")
        }
        self.surveys.add_week(
            ledger, week, **named, first=first, last=last, rng=self.rng["surveys"]
        )
        self.campaigns.add_week(
            ledger, week, state, self.customers, first, last, world, self.rng["campaigns"]
        )
        self._add_changes(week, happened, first, last)

    def _add_changes(
        self, week: Week, happened: behaviour.Happened, first: Array, last: Array
    ) -> None:
        """Renewals, moves to another plan, and consent given or withdrawn."""
        rng, state, world = self.rng["contracts"], self.state, self.world
        day = rng.integers(0, 7, len(first))
        moved = happened.money.moved & ~happened.renewed
        if week.days_before_first is not None:
            day = np.where(moved, week.days_before_first, day)
        there = (day >= first) & (day <= last)
        moment = contract_facts.office_hours(microseconds(week.monday) + day * DAY, rng)
        who = np.flatnonzero((happened.renewed | moved) & there)
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

    def _add_futures(self) -> None:
        rows = np.flatnonzero(self.active)
        cities = self.cities.at(self.task.weeks - 1)
        hazards = futures.monthly_hazards(
            self.state, rows, self.traits, cities, self.task.weeks, self.world, self.rng["future"]
        )
        revenue = self.state.bills[:3, rows]
        bills = np.maximum(np.minimum(self.state.bill_count[rows], 3), 1)
        plan, tariff = self.state.plan[rows], tariff_of(self.world)
        mean = revenue.sum(axis=0) / bills
        margin = mean * (1 - tariff.cost_share[plan]) - tariff.cost_fen[plan]
        self.truth.add_table(
            "future",
            futures.future_table(self.customers.ids[rows], self.task.luck, hazards, margin),
        )
