"""Who the simulated customers are: what is drawn once and stays (consent apart)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.simulate.world import World
from features.simulate.world.tariff import KB_PER_GB

Array = NDArray[Any]

LONGEST_TENURE_DAYS = 15 * 365
STORES_A_CITY = 5
MANAGERS = 40
GROUP_SIZE = 120  # first-day customers of a block per group of companies


@dataclass(frozen=True)
class Customers:
    """Arrays of one element per customer, those who join later included, in order of joining.

    `join_week`: -1 for customers of the first day; `tenure_days`: before it; `log_kb`, `log_voice`:
    usual log of KB and of outgoing seconds a day; both swing slowly with the sine and the cosine
    of the calendar by `swing` (2 x customers). `consent` changes as the weeks pass.
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
    log_kb: Array
    log_voice: Array
    swing: Array
    drop_rate: Array

    def __len__(self) -> int:
        return len(self.ids)


def most_customers(customers: int, weeks: int, world: World) -> int:
    """More than a block of so many first-day customers will ever have, newcomers included."""
    people = world.people
    expected = customers * (1 + weeks * max(people.joining_postpaid, people.joining_prepaid))
    return int(expected + 10 * expected**0.5) + 100


def draw_customers(
    customers: int,
    weeks: int,
    first_id: int,
    first_group: int,
    world: World,
    rng: np.random.Generator,
) -> Customers:
    """`customers` of the first day and those who join in each of the `weeks`."""
    people, usage = world.people, world.usage
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
    group = first_group + rng.integers(0, groups_of(customers), n)
    manager = np.where(grouped, group % MANAGERS, -1)
    managed = rng.random(n) < people.manager_share
    manager = np.where(managed & ~grouped, rng.integers(0, MANAGERS, n), manager)
    use_kb = np.array([plan.use_gb for plan in world.plans]) * KB_PER_GB / 30
    use_s = np.array([plan.use_min for plan in world.plans]) * 60 / 30
    return Customers(
        ids=np.array([f"C{first_id + i:07d}" for i in range(n)], dtype=object),
        prepaid=prepaid,
        join_week=join_week,
        tenure_days=np.where(join_week < 0, tenure, 0),
        plan=plan,
        city=city,
        store=city * STORES_A_CITY + rng.integers(0, STORES_A_CITY, n),
        group=np.where(grouped, group, -1),
        manager=manager,
        birth_year=np.clip(rng.normal(1986, 13, n), 1935, 2006).astype(np.int64),
        consent=rng.random(n) < people.consent_share,
        on_contract=~prepaid & (rng.random(n) < people.contract_share),
        log_kb=np.log(use_kb[plan]) + usage.spread * rng.normal(size=n),
        log_voice=np.log(use_s[plan]) + usage.spread_voice * rng.normal(size=n),
        swing=usage.swing * np.clip(rng.normal(size=(2, n)), -2, 2),
        drop_rate=np.exp(0.3 * rng.normal(size=n)),
    )


def groups_of(customers: int) -> int:
    """How many groups a block of so many first-day customers has."""
    return max(1, customers // GROUP_SIZE)


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
