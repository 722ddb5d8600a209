"""What is recorded of a block's weeks: one book a subject, all writing to one ledger."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.settings import HoldoutSettings
from features.simulate.behaviour import Happened
from features.simulate.behaviour.hazard import CAUSES
from features.simulate.events import contract_facts
from features.simulate.events.bill_facts import BillBook
from features.simulate.events.calls import CallBook
from features.simulate.events.campaigns import CampaignBook
from features.simulate.events.complaint_facts import ComplaintBook
from features.simulate.events.ledger import DAY, Ledger
from features.simulate.events.surveys import SurveyBook
from features.simulate.events.usage_days import active_days, add_usage
from features.simulate.people.customers import Customers
from features.simulate.people.state import State, fade_levels
from features.simulate.truth.beliefs import active_share
from features.simulate.world import World
from features.simulate.world.offers import Effects
from features.simulate.world.weeks import Week, microseconds

Array = NDArray[Any]

STREAMS = ("usage", "calls", "complaints", "bills", "surveys", "campaigns", "changes")
NUMBERS_A_BLOCK = 10_000_000  # payments, complaints and contacts of a block at most

SURVEYED = ("complaint", "network_trouble", "bill_shock")


class Books:
    """The books of one block. `rng`: a random stream each, by the names of STREAMS."""

    def __init__(
        self, ledger: Ledger, customers: Customers, block: int, seed: np.random.SeedSequence
    ) -> None:
        streams = zip(STREAMS, seed.spawn(len(STREAMS)), strict=True)
        self._rng = {name: np.random.default_rng(stream) for name, stream in streams}
        self._first_number = block * NUMBERS_A_BLOCK + 1
        self._customers, self.ledger = customers, ledger
        self.bills = BillBook(self._first_number)
        self.complaints = ComplaintBook(len(customers), self._first_number)
        self._surveys = SurveyBook(f"V{block:04d}")

    def open_later(
        self, friends: tuple[Array, Array], effects: Effects, holdout: HoldoutSettings
    ) -> None:
        """The books that begin on the first day only: calls between friends and campaigns."""
        ids = self._customers.ids
        self._calls = CallBook(ids, *friends, self._rng["calls"])
        self._campaigns = CampaignBook(ids, effects, holdout, self._first_number)

    def add_use(
        self,
        week: Week,
        state: State,
        happened: Happened,
        stay: tuple[Array, Array],
        silent_ones: Array,
        world: World,
    ) -> Array:
        """Writes use and calls; returns how many days of the week had use, per customer.

        `stay`: each customer's first and last day in the week; `silent_ones` go on their last.
        """
        share = active_share(fade_levels(world)[state.faded], world)
        active = active_days(share, *stay, silent_ones, self._rng["usage"])
        add_usage(self.ledger, week, happened.use, active, world, self._rng["usage"])
        # A customer who calls less than usual calls friends less, by the week's seconds alone.
        level = np.clip(happened.use.voice_s / (7 * np.exp(state.log_voice)), 0, 1.5)
        self._calls.add_week(self.ledger, week, *stay, level, self._rng["calls"])
        return np.asarray(active.sum(axis=1))

    def add_facts(
        self,
        week: Week,
        state: State,
        happened: Happened,
        small: Array,
        signals: Array,
        stay: tuple[Array, Array],
        world: World,
    ) -> None:
        """Writes all else; `small` are the small ones of the week's top-ups."""
        ledger, rng, money = self.ledger, self._rng, happened.money
        first, last = stay
        self.complaints.add_week(
            ledger, week, happened, state.severity, first, last, world, rng["complaints"]
        )
        self.bills.add_bills(ledger, week, money, world, rng["bills"])
        self.bills.add_paid(ledger, week, money, last, rng["bills"])
        self.bills.add_top_ups(ledger, week, money, small, first, last, rng["bills"])
        complaint, trouble, shock = (signals[CAUSES.index(cause)] for cause in SURVEYED)
        self._surveys.add_week(ledger, week, complaint, trouble, shock, first, last, rng["surveys"])
        self._campaigns.add_week(
            ledger, week, state, self._customers, first, last, world, rng["campaigns"]
        )
        self._add_changes(week, state, happened, stay, world)

    def _add_changes(
        self,
        week: Week,
        state: State,
        happened: Happened,
        stay: tuple[Array, Array],
        world: World,
    ) -> None:
        """Renewals, moves to another plan, and consent given or withdrawn."""
        rng, customers, (first, last) = self._rng["changes"], self._customers, stay
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
        customers.consent[who] ^= True
        contract_facts.add_profiles(self.ledger, customers, who, moment[who], world, rng)
