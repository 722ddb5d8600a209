"""Bills and payments as facts; prepaid customers top up, postpaid ones pay, late or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.events.ledger import DAY, Ledger, numbered
from features.simulate.people.money import LARGE_FEN, SMALL_FEN, Money
from features.simulate.world import World
from features.simulate.world.tariff import tariff_of
from features.simulate.world.weeks import BILL_DUE_DAY, BILL_KNOWN_DAY, Week, microseconds

Array = NDArray[Any]

SECOND = np.timedelta64(1_000_000, "us")
ISSUE_DAYS = 3  # bills are issued on the first days of the month
KNOWN_FROM_DAY = 4


class BillBook:
    """Writes bills and payments; payments are numbered from `first_number` on."""

    def __init__(self, first_number: int) -> None:
        self._number = first_number

    def add_bills(
        self, ledger: Ledger, week: Week, money: Money, world: World, rng: np.random.Generator
    ) -> None:
        """The bills that become known in the week."""
        if week.bill_day is None:
            return
        who = np.flatnonzero(money.revenue_fen >= 0)
        n, revenue = len(who), money.revenue_fen[who]
        first = microseconds(week.bill_issue_month)
        issued = first + rng.integers(0, ISSUE_DAYS * 86400 - 7200, n) * SECOND
        # Known within the week: before its Monday it is not known, not to the oracle either.
        earliest = max(KNOWN_FROM_DAY, BILL_KNOWN_DAY - week.bill_day)
        begin = first + (earliest - 1) * DAY
        delay = rng.integers(0, (BILL_KNOWN_DAY - earliest + 1) * 86400, n)
        late = rng.random(n) < world.bills.late_share
        delay = np.where(late, delay + rng.integers(4 * 86400, 21 * 86400, n), delay)
        tariff, plan = tariff_of(world), money.billed_plan[who]
        cost = tariff.cost_fen[plan] + revenue * tariff.cost_share[plan]
        # What the prepaid used is paid already; it never falls due.
        due = np.where(tariff.prepaid[plan], np.datetime64("NaT"), first + (BILL_DUE_DAY - 1) * DAY)
        ledger.add(
            "bills",
            who,
            begin + delay * SECOND,
            event_time=issued,
            period=np.full(n, microseconds(week.bill_month)),
            due=due,
            revenue_fen=revenue,
            cost_fen=np.rint(cost).astype(np.int64),
        )

    def add_paid(
        self, ledger: Ledger, week: Week, money: Money, last: Array, rng: np.random.Generator
    ) -> None:
        """Bills paid in the week of their due day, on or before it, and debts paid at last."""
        if week.due_day is not None:
            who = np.flatnonzero(money.paid_fen > 0)
            second = (rng.random(len(who)) * (week.due_day + 1) * 86400).astype(np.int64)
            self._add(ledger, week, who, second, money.paid_fen[who], rng)
        who = np.flatnonzero((money.cleared_fen > 0) & (last >= 0))
        # Customers in arrears who are gone before the day pay on their last one.
        second = (rng.random(len(who)) * (last[who] + 1) * 86400).astype(np.int64)
        self._add(ledger, week, who, second, money.cleared_fen[who], rng)

    def add_top_ups(
        self,
        ledger: Ledger,
        week: Week,
        money: Money,
        small: Array,
        first: Array,
        last: Array,
        rng: np.random.Generator,
    ) -> None:
        """Each top-up of the week, `small` of them small, on a day of the customer's stay in it."""
        who = np.repeat(np.arange(len(first)), money.top_ups)
        place = np.arange(len(who)) - np.repeat(
            np.cumsum(money.top_ups) - money.top_ups, money.top_ups
        )
        pick = rng.integers(0, 3, len(who))
        is_small = place < small[who]
        amount = np.where(is_small, np.array(SMALL_FEN)[pick], np.array(LARGE_FEN)[pick])
        days = last[who] - first[who] + 1
        second = first[who] * 86400 + (rng.random(len(who)) * days * 86400).astype(np.int64)
        self._add(ledger, week, who, second, amount, rng)

    def add_payments(
        self, ledger: Ledger, who: Array, moment: Array, amount_fen: Array, rng: np.random.Generator
    ) -> None:
        numbers = self._number + np.arange(len(who))
        self._number += len(who)
        ledger.add(
            "payments",
            who,
            moment + rng.integers(30, 7200, len(who)) * SECOND,
            event_time=moment,
            payment_id=numbered("P", numbers, 11),
            amount_fen=amount_fen.astype(np.int64),
        )

    def _add(
        self,
        ledger: Ledger,
        week: Week,
        who: Array,
        second: Array,
        amount_fen: Array,
        rng: np.random.Generator,
    ) -> None:
        moment = microseconds(week.monday) + second * SECOND
        self.add_payments(ledger, who, moment, amount_fen, rng)
