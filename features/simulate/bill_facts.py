"""Bills and payments as facts; prepaid customers top up, postpaid ones pay, late or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.ledger import DAY, Ledger
from features.simulate.weeks import Week, microseconds
from features.simulate.world import World

Array = NDArray[Any]

SECOND = np.timedelta64(1_000_000, "us")
DUE_DAYS = 20
TOP_UPS_FEN = np.array([1000, 2000, 3000, 5000])


class BillBook:
    """Writes bills and payments and numbers the payments."""

    def __init__(self) -> None:
        self._payments = 0

    def add_bills(
        self,
        ledger: Ledger,
        week: Week,
        revenue_fen: Array,
        prepaid: Array,
        plan: Array,
        world: World,
        rng: np.random.Generator,
    ) -> None:
        """Bills of the month that ended in the week, and what is paid of the postpaid ones."""
        who = np.flatnonzero(revenue_fen >= 0)
        n, revenue = len(who), revenue_fen[who]
        day = microseconds(week.next_month) + rng.integers(0, 3, n) * DAY
        issued = day + rng.integers(0, 6 * 3600, n) * SECOND
        delay = rng.integers(600, 3 * 86400, n)
        late = rng.random(n) < world.bills.late_share
        delay = np.where(late, rng.integers(4 * 86400, 21 * 86400, n), delay)
        due = day + DUE_DAYS * DAY
        cost_share = np.array([option.cost_share for option in world.plans])[plan[who]]
        ledger.add(
            "bills",
            who,
            issued + delay * SECOND,
            event_time=issued,
            period=np.full(n, microseconds(week.closed_month)),
            due=due,
            revenue_fen=revenue,
            cost_fen=np.rint(revenue * cost_share).astype(np.int64),
        )
        u = rng.random(n)
        days = np.where(
            u < world.bills.paid_late_share, rng.integers(1, 31, n), -rng.integers(0, 14, n)
        )
        pays = ~prepaid[who] & (u < 1 - world.bills.unpaid_share) & (revenue > 0)
        moment = due + days * DAY + rng.integers(7 * 3600, 23 * 3600, n) * SECOND
        self.add_payments(ledger, who[pays], moment[pays], revenue[pays], rng)

    def add_top_ups(
        self,
        ledger: Ledger,
        week: Week,
        prepaid: Array,
        first: Array,
        last: Array,
        plan: Array,
        world: World,
        rng: np.random.Generator,
    ) -> None:
        """Prepaid top-ups of the week, as many as the plan's fee needs on average."""
        fee = np.array([option.fee_fen for option in world.plans])[plan]
        weekly = fee * 12 / 52 / TOP_UPS_FEN.mean()
        day = first + (rng.random(len(fee)) * (7 - first)).astype(np.int64)
        tops_up = prepaid & (rng.random(len(fee)) < weekly) & (day <= last)
        who = np.flatnonzero(tops_up)
        second = day[who] * 86400 + rng.integers(7 * 3600, 23 * 3600, len(who))
        amount = TOP_UPS_FEN[rng.integers(0, len(TOP_UPS_FEN), len(who))]
        self.add_payments(ledger, who, microseconds(week.monday) + second * SECOND, amount, rng)

    def add_payments(
        self, ledger: Ledger, who: Array, moment: Array, amount_fen: Array, rng: np.random.Generator
    ) -> None:
        numbers = self._payments + 1 + np.arange(len(who))
        self._payments += len(who)
        ledger.add(
            "payments",
            who,
            moment + rng.integers(30, 86400, len(who)) * SECOND,
            event_time=moment,
            payment_id=np.array([f"P{number:09d}" for number in numbers], dtype=object),
            amount_fen=amount_fen,
        )
