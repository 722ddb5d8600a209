"""Who the simulated customers are: what is drawn once and stays (consent apart)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.world import World

Array = NDArray[Any]

KB_PER_GB = 1_000_000
LONGEST_TENURE_DAYS = 15 * 365


@dataclass(frozen=True)
class Customers:
    """Arrays of one element per customer, those who join later included, in order of joining.

    `join_week`: -1 for customers of the first day; `tenure_days`: before it; `log_level`: of
    data, KB a day; `voice_s`: outgoing seconds a day; `consent` changes as the weeks pass.
    """

    ids: Array
    prepaid: Array
    join_week: Array
    tenure_days: Array
    plan: Array
    city: Array
    store: Array
    group: Array
    manager: Array
    birth_year: Array
    consent: Array
    on_contract: Array
    log_level: Array
    voice_s: Array
    drop_rate: Array

    def __len__(self) -> int:
        return len(self.ids)


def draw_customers(customers: int, weeks: int, world: World, rng: np.random.Generator) -> Customers:
    """`customers` of the first day and those who join in each of the `weeks`."""
    people = world.people
    prepaid = rng.random(customers) < people.prepaid_share
    join_week = np.full(customers, -1)
    for is_prepaid, rate in ((False, people.joining_postpaid), (True, people.joining_prepaid)):
        base = customers * (people.prepaid_share if is_prepaid else 1 - people.prepaid_share)
        joining = rng.poisson(base * rate, weeks)
        prepaid = np.append(prepaid, np.full(joining.sum(), is_prepaid))
        join_week = np.append(join_week, np.repeat(np.arange(weeks), joining))
    order = np.argsort(join_week, kind="stable")
    prepaid, join_week = prepaid[order], join_week[order]
    n = len(prepaid)
    mean_tenure = np.where(prepaid, people.tenure_weeks_prepaid, people.tenure_weeks_postpaid) * 7
    tenure = np.clip(rng.exponential(mean_tenure), 7, LONGEST_TENURE_DAYS).astype(np.int64)
    plan = _draw_plans(prepaid, world, rng)
    city = (len(world.cities) * rng.random(n) ** 1.3).astype(np.int64)
    grouped = rng.random(n) < people.group_share
    group = np.where(grouped, rng.integers(0, max(1, customers // 120), n), -1)
    manager = np.where(grouped, group % 40, -1)
    managed = rng.random(n) < people.manager_share
    manager = np.where(managed & ~grouped, rng.integers(0, 40, n), manager)
    allowance_kb = np.array([plan.allowance_gb for plan in world.plans]) * KB_PER_GB
    return Customers(
        ids=np.array([f"C{i + 1:07d}" for i in range(n)], dtype=object),
        prepaid=prepaid,
        join_week=join_week,
        tenure_days=np.where(join_week < 0, tenure, 0),
        plan=plan,
        city=city,
        store=city * 5 + rng.integers(0, 5, n),
        group=group,
        manager=manager,
        birth_year=np.clip(rng.normal(1986, 13, n), 1935, 2006).astype(np.int64),
        consent=rng.random(n) < people.consent_share,
        on_contract=~prepaid & (rng.random(n) < people.contract_share),
        log_level=np.log(allowance_kb[plan] * 0.8 / 30) + world.usage.spread * rng.normal(size=n),
        voice_s=600 * np.exp(0.8 * rng.normal(size=n)),
        drop_rate=np.exp(0.3 * rng.normal(size=n)),
    )


def _draw_plans(prepaid: Array, world: World, rng: np.random.Generator) -> Array:
    plan = np.zeros(len(prepaid), dtype=np.int64)
    u = rng.random(len(prepaid))
    for is_prepaid in (False, True):
        options = [i for i, option in enumerate(world.plans) if option.prepaid is is_prepaid]
        shares = np.cumsum([world.plans[i].share for i in options])
        rows = prepaid == is_prepaid
        picked = np.searchsorted(shares / shares[-1], u[rows], side="right")
        plan[rows] = np.array(options)[np.minimum(picked, len(options) - 1)]
    return plan
