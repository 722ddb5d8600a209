"""The run: a first day with a past, then week by week what customers do and who goes.

Every purpose has a random stream of its own, so that leaving one out (the oracle) changes
nothing in the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.atomic import replacing
from features.errors import OutputError, SettingsError
from features.feeds import FEEDS
from features.progress import Progress, silent
from features.simulate import behaviour, contract_facts, hazard, oracle
from features.simulate.bill_facts import BillBook
from features.simulate.complaint_facts import ComplaintBook
from features.simulate.customers import Customers, draw_customers
from features.simulate.leaving import COMPETING, Departures, draw_departures
from features.simulate.ledger import DAY, Ledger
from features.simulate.state import BILLS, NO_CONTRACT, first_state
from features.simulate.truth import Truth
from features.simulate.usage_days import add_usage
from features.simulate.weeks import Week, microseconds, week_of, weeks_of
from features.simulate.world import World

Array = NDArray[Any]

PAST_WEEKS = 52
FIRST_PANEL_WEEK = 12
STREAMS = ("people", "past", "behaviour", "leaving", "contracts", "bills", "complaints", "usage")
MAPPING = """\
# How the simulated operator's files become feeds: one SQL query per feed.

max_bad_share = 0.0
"""


@dataclass(frozen=True)
class Simulated:
    """What was written: `as_of` is the midnight after the last day; `rows` are per feed."""

    out: Path
    as_of: date
    weeks: int
    customers: int
    departures: int
    rows: dict[str, int]


def simulate(
    out: Path,
    customers: int,
    months: int,
    seed: int,
    world: World,
    progress: Progress = silent,
) -> Simulated:
    """Writes raw feeds, `mapping.toml` and `truth/` into the folder `out`, in one step.

    `customers` are those of the first day; others join. The same arguments give the same
    data. Raises SettingsError for fewer than one customer or month or a negative seed, and
    OutputError where `out` is there and not an empty folder, or cannot be written.
    """
    for name, value, least in (
        ("customers", customers, 1),
        ("months", months, 1),
        ("seed", seed, 0),
    ):
        if value < least:
            raise SettingsError(f"{name} is {value}; expected at least {least}")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise OutputError(f"{out} is there and not empty; choose another folder or remove it first")
    with replacing(out) as aside:
        aside.mkdir()
        run = _Run(aside, customers, weeks_of(months), seed, world)
        try:
            run.live(progress)
        finally:
            run.ledger.close()
        run.truth.write()
        (aside / "mapping.toml").write_text(_mapping(), "utf-8")
    return Simulated(
        out=out,
        as_of=world.first_day + timedelta(weeks=run.weeks),
        weeks=run.weeks,
        customers=len(run.customers),
        departures=run.departures,
        rows=run.ledger.rows,
    )


class _Run:
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
            _first_contracts(self.customers, world, self.rng["past"]),
            world,
            self.rng["past"],
        )
        self.past_hazard, self.leavings = np.zeros(n), np.zeros(n)
        self.active = self.customers.join_week < 0
        self.back_day = np.full(n, -1)
        self.back_event = np.full(n, "", dtype=object)
        self.departures = 0
        frailty = self._live_past()
        self.frailty = frailty
        self.truth = Truth(folder / "truth", self.customers.ids, frailty)

    def _live_past(self) -> Array:
        """The weeks before the first day, so that troubles are under way; returns the frailty.

        Who would leave in them begins anew instead: only those who stayed are customers now.
        """
        rng, world, state = self.rng["past"], self.world, self.state
        old = self.customers.join_week < 0
        typical: list[Array] = []
        state.tenure[:] = np.maximum(self.customers.tenure_days / 7 - PAST_WEEKS, 0)
        for number in range(-PAST_WEEKS, 0):
            week = week_of(world.first_day, number)
            signals = hazard.signals(state, week, world)
            total = (signals * hazard.strengths(world)).sum(axis=0)
            typical.append(total)
            gone = np.flatnonzero(old & (rng.standard_exponential(len(old)) < total))
            state.forget(gone)
            bound = gone[state.contract_end[gone] != NO_CONTRACT]
            state.contract_end[bound] = number + world.people.contract_weeks
            there = old.astype(np.float32)
            happened = behaviour.step(state, week, signals, there, world, rng)
            self._add_past_bills(week, happened.revenue_fen)
        state.tenure[:] = self.customers.tenure_days / 7
        recent = np.mean(typical[PAST_WEEKS // 2 :], axis=0)
        for mode in (False, True):
            rows = old & (self.customers.prepaid == mode)
            if rows.any():
                weeks = self.customers.tenure_days[rows] / 7
                self.past_hazard[rows] = recent[rows].mean() * weeks
        contract_facts.add_past(
            self.ledger, self.customers, state.plan, state.contract_end, world, rng
        )
        k = world.frailty_shape
        return np.asarray(rng.gamma(k, size=len(old)) / (k + self.past_hazard))

    def _add_past_bills(self, week: Week, revenue: Array) -> None:
        """The last bills before the first day, of those who were customers in their month."""
        if week.days_before_first is None or week.number < -31 * BILLS // 7:
            return
        first = np.datetime64(self.world.first_day, "D")
        billed = first - self.customers.tenure_days < np.datetime64(week.next_month, "D")
        self.state.pending = np.where(billed, self.state.pending, -1).astype(np.float32)
        self.bills.add_bills(
            self.ledger,
            week,
            np.where(billed, revenue, -1),
            self.customers.prepaid,
            self.state.plan,
            self.world,
            self.rng["past"],
        )

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
        hour = np.timedelta64(3_600_000_000, "us")
        self.bills.add_payments(self.ledger, who[paid], moment[paid] - hour, debt, rng)
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


def _first_contracts(customers: Customers, world: World, rng: np.random.Generator) -> Array:
    """The week in which the contract ends of those who have one on the first day."""
    term = world.people.contract_weeks
    tenure = customers.tenure_days // 7
    since = np.where(tenure < term, tenure, rng.integers(0, int(1.25 * term) + 1, len(tenure)))
    has_one = customers.on_contract & (customers.join_week < 0)
    return np.where(has_one, term - since, NO_CONTRACT)


def _mapping() -> str:
    """`mapping.toml`: each file as it is."""
    tables = [
        f"\n[feed.{name}]\nsql = \"select * from '{name}.parquet'\"\n"
        f'event_time = "event_time"\nknown_at = "known_at"\n'
        for name in FEEDS
    ]
    return MAPPING + "".join(tables)
