"""Where every customer stands at the beginning of a week: all that the coming weeks depend on.

The state holds no hidden trait: how customers behave does not depend on those, only who is left
does. It holds five hidden flags, of which the feeds show the consequences alone.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.people.customers import Customers
from features.simulate.world import World

Array = NDArray[Any]

USE_WEEKS = 12
RECENT_WEEKS = 4
FRIEND_WEEKS = 8
BILLS = 4
NO_CONTRACT = 1_000_000
LONG_AGO = 1_000
MONTH = ("kb", "voice_s", "days", "roaming_s")  # rows of `month` and `closed`
HIDDEN = ("fading", "faded", "trouble", "interest", "short", "unmeasured")


@dataclass
class State:
    """Arrays whose last axis runs over customers.

    Hidden: `fading` and `faded` (steps down from usual use), `trouble` with the network,
    `interest` in a rival, `short` of money, `unmeasured`. Rings (`kb`, `drops`, `hotline`,
    `friends_left`) hold week w in row w modulo their length. `month` gathers the use that the
    next bill charges, `closed` what the bill not yet known will, on `closed_plan`. `bills` holds
    the latest known bill in row 0; `awaited` is one known and not yet due, -1 if none; `debt`
    is what the `overdue` ones add up to. `push` (groups of causes x customers) multiplies the
    hazards for `push_weeks`. `contract_end` is a week number, `tenure` is in weeks.
    """

    prepaid: Array
    city: Array
    log_kb: Array
    log_voice: Array
    swing: Array
    drop_rate: Array
    plan: Array
    fading: Array
    faded: Array
    trouble: Array
    interest: Array
    short: Array
    unmeasured: Array
    kb: Array
    drops: Array
    hotline: Array
    friends_left: Array
    circle: Array
    month: Array
    closed: Array
    closed_plan: Array
    expensive_months: Array
    idle_months: Array
    extra: Array
    bills: Array
    bill_count: Array
    bill_age: Array
    awaited: Array
    overdue: Array
    debt: Array
    dry_weeks: Array
    open: Array
    severity: Array
    open_age: Array
    closed_age: Array
    after: Array
    cancel_open: Array
    contract_end: Array
    tenure: Array
    push: Array
    push_weeks: Array

    def __len__(self) -> int:
        return len(self.prepaid)

    def fork(self, rows: Array) -> State:
        """A copy of those customers, to live a future of their own."""
        # `take` lays the rows out one after another; plain indexing does not, and costs time later.
        return State(
            **{f.name: np.take(getattr(self, f.name), rows, axis=-1) for f in fields(self)}
        )

    def forget(self, rows: Array) -> None:
        """Those customers as they begin, or begin again: no trouble, no use, no open matter.

        Bills stay: what someone paid before does not change by coming back. So does what is owed,
        which the feeds show, until it is paid (`settle`).
        """
        for flag in (self.fading, self.trouble, self.interest, self.short, self.unmeasured):
            flag[rows] = False
        for flag in (self.open, self.cancel_open):
            flag[rows] = False
        for numbers in (self.faded, self.after, self.extra):
            numbers[rows] = 0
        for numbers in (self.dry_weeks, self.expensive_months, self.idle_months, self.push_weeks):
            numbers[rows] = 0
        self.closed_age[rows] = LONG_AGO
        self.push[:, rows] = 1
        for ring in (self.kb, self.drops, self.hotline, self.month, self.closed):
            ring[:, rows] = 0

    def settle(self, rows: Array) -> Array:
        """Those customers owe nothing any more; what each owed in fen, due or not yet due."""
        awaited = np.where(self.prepaid[rows], 0, np.maximum(self.awaited[rows], 0))
        owed = self.debt[rows] + awaited
        self.debt[rows] = self.overdue[rows] = 0
        self.awaited[rows] = -1
        return np.asarray(owed)


def first_state(customers: Customers, contract_end: Array, groups: int) -> State:
    """All customers without a past; the weeks before the first day give them one.

    `groups`: how many groups of causes there are.
    """
    n = len(customers)

    def floats(value: float = 0, rows: int = 0) -> Array:
        return np.full((rows, n) if rows else n, value, dtype=np.float32)

    def no() -> Array:
        return np.zeros(n, dtype=bool)

    def counts() -> Array:
        return np.zeros(n, dtype=np.int32)

    return State(
        prepaid=customers.prepaid,
        city=customers.city,
        log_kb=customers.log_kb.astype(np.float32),
        log_voice=customers.log_voice.astype(np.float32),
        swing=customers.swing.astype(np.float32),
        drop_rate=customers.drop_rate.astype(np.float32),
        plan=customers.plan.copy(),
        fading=no(),
        faded=counts(),
        trouble=no(),
        interest=no(),
        short=no(),
        unmeasured=no(),
        kb=floats(rows=USE_WEEKS),
        drops=floats(rows=RECENT_WEEKS),
        hotline=floats(rows=RECENT_WEEKS),
        friends_left=floats(rows=FRIEND_WEEKS),
        circle=floats(1),
        month=floats(rows=len(MONTH)),
        closed=floats(rows=len(MONTH)),
        closed_plan=customers.plan.copy(),
        expensive_months=counts(),
        idle_months=counts(),
        extra=floats(),
        bills=floats(rows=BILLS),
        bill_count=counts(),
        bill_age=floats(LONG_AGO),
        awaited=floats(-1),
        overdue=counts(),
        debt=floats(),
        dry_weeks=floats(),
        open=no(),
        severity=np.ones(n, dtype=np.int32),
        open_age=floats(),
        closed_age=floats(LONG_AGO),
        after=floats(),
        cancel_open=no(),
        contract_end=contract_end.astype(np.int32),
        tenure=floats(),
        push=floats(1, rows=groups),
        push_weeks=counts(),
    )


def fade_levels(world: World) -> Array:
    """The share of usual use that is left after each number of steps, from none on."""
    steps = np.arange(world.fading.steps + 1)
    return np.asarray(world.fading.step**steps, dtype=np.float32)
