"""Where every customer stands at the beginning of a week: all that the coming weeks depend on.

The state holds no frailty: how customers behave does not depend on it, only who is left does.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.customers import Customers
from features.simulate.world import World

Array = NDArray[Any]

USE_WEEKS = 12
RECENT_WEEKS = 4
BILLS = 4
NO_CONTRACT = 1_000_000
LONG_AGO = 1_000


@dataclass
class State:
    """Arrays whose last axis runs over customers; `outbreak` and `promotion` over cities.

    Rings (`kb`, `drops`, `hotline`) hold week w in row w modulo their length. `bills` holds
    the latest bill in row 0. `pending` is a bill closed but not yet known, -1 if none.
    `contract_end` is a week number, `tenure` is in weeks. A fork's cities are numbered per path.
    """

    prepaid: Array
    city: Array
    log_level: Array
    drop_rate: Array
    plan: Array
    wobble: Array
    fade: Array
    fading: Array
    trouble: Array
    interest: Array
    kb: Array
    drops: Array
    hotline: Array
    month_kb: Array
    month_days: Array
    extra: Array
    bills: Array
    bill_count: Array
    bill_age: Array
    pending: Array
    open: Array
    severity: Array
    open_age: Array
    closed_age: Array
    after: Array
    cancel_open: Array
    contract_end: Array
    tenure: Array
    outbreak: Array
    promotion: Array

    def __len__(self) -> int:
        return len(self.prepaid)

    def fork(self, rows: Array, paths: int) -> State:
        """`paths` copies of those customers side by side, each path with cities of its own."""
        cities = len(self.outbreak)
        copies = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("outbreak", "promotion"):
                copies[field.name] = np.tile(value, paths)
            else:
                copies[field.name] = np.tile(value[..., rows], paths)
        copies["city"] = copies["city"] + np.repeat(np.arange(paths) * cities, len(rows))
        return State(**copies)

    def forget(self, rows: Array) -> None:
        """Those customers as they begin, or begin again: no trouble, no use, no open matter.

        Bills stay: what someone paid before does not change by coming back.
        """
        self.fade[rows] = 1
        self.after[rows] = 0
        self.month_kb[rows] = 0
        self.month_days[rows] = 0
        self.extra[rows] = 0
        self.closed_age[rows] = LONG_AGO
        for flag in (self.fading, self.trouble, self.interest, self.open, self.cancel_open):
            flag[rows] = False
        for ring in (self.kb, self.drops, self.hotline):
            ring[:, rows] = 0


def first_state(
    customers: Customers, contract_end: Array, world: World, rng: np.random.Generator
) -> State:
    """Everybody without a past; the weeks before the first day give them one."""
    n, cities = len(customers), len(world.cities)

    def floats(value: float = 0) -> Array:
        return np.full(n, value, dtype=np.float32)

    def no() -> Array:
        return np.zeros(n, dtype=bool)

    return State(
        prepaid=customers.prepaid,
        city=customers.city,
        log_level=customers.log_level.astype(np.float32),
        drop_rate=customers.drop_rate.astype(np.float32),
        plan=customers.plan.copy(),
        wobble=(0.1 * rng.normal(size=n)).astype(np.float32),
        fade=floats(1),
        fading=no(),
        trouble=no(),
        interest=no(),
        kb=np.zeros((USE_WEEKS, n), dtype=np.float32),
        drops=np.zeros((RECENT_WEEKS, n), dtype=np.float32),
        hotline=np.zeros((RECENT_WEEKS, n), dtype=np.float32),
        month_kb=floats(),
        month_days=floats(),
        extra=floats(),
        bills=np.zeros((BILLS, n), dtype=np.float32),
        bill_count=np.zeros(n, dtype=np.int32),
        bill_age=floats(LONG_AGO),
        pending=floats(-1),
        open=no(),
        severity=np.ones(n, dtype=np.int32),
        open_age=floats(),
        closed_age=floats(LONG_AGO),
        after=floats(),
        cancel_open=no(),
        contract_end=contract_end.astype(np.int32),
        tenure=floats(),
        outbreak=np.zeros(cities, dtype=bool),
        promotion=np.zeros(cities, dtype=bool),
    )
