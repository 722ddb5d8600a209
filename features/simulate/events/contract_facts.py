"""Profiles and contracts as facts: who joined, changed, renewed, left and came back."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from features.simulate.behaviour.leaving import Departures
from features.simulate.events.ledger import DAY, Ledger, named, numbered
from features.simulate.events.texts import REASONS
from features.simulate.people.customers import MANAGERS, STORES_A_CITY, Customers
from features.simulate.people.state import NO_CONTRACT
from features.simulate.world import World
from features.simulate.world.weeks import Week, microseconds

Array = NDArray[Any]

SECOND = np.timedelta64(1_000_000, "us")


def office_hours(days: Array, rng: np.random.Generator) -> Array:
    """A moment between 8:00 and 20:00 of each day (`days` as midnights)."""
    return np.asarray(days + rng.integers(8 * 3600, 20 * 3600, len(days)) * SECOND)


def add_profiles(
    ledger: Ledger,
    customers: Customers,
    who: Array,
    moment: Array,
    world: World,
    rng: np.random.Generator,
) -> None:
    """The whole profile of each, as it is now."""
    brands = [plan.brand for plan in world.plans]
    stores = [f"S{i:03d}" for i in range(STORES_A_CITY * len(world.cities))]
    managers = [f"M{i:02d}" for i in range(MANAGERS)]
    group = customers.group[who]
    ledger.add(
        "customers",
        who,
        moment + rng.integers(60, 3600, len(who)) * SECOND,
        event_time=moment,
        birth_year=customers.birth_year[who],
        city=named(list(world.cities), customers.city[who]),
        brand=named(brands, customers.plan[who]),
        payment_mode=named(["postpaid", "prepaid"], customers.prepaid[who] * 1),
        group_id=pc.if_else(pa.array(group >= 0), numbered("G", group, 5), None),
        manager_id=named(managers, customers.manager[who]),
        store_id=named(stores, customers.store[who]),
        consent=customers.consent[who],
    )


def add_contracts(
    ledger: Ledger,
    who: Array,
    event: str | Array,
    moment: Array,
    plan: Array,
    contract_end: Array,
    world: World,
    rng: np.random.Generator,
) -> None:
    """Contract events that begin or go on; `plan` and `contract_end` (a week) are of `who`."""
    ledger.add(
        "contracts",
        who,
        moment + rng.integers(60, 7200, len(who)) * SECOND,
        event_time=moment,
        event=event,
        plan=named([plan.name for plan in world.plans], plan),
        contract_end=end_dates(contract_end, world.first_day),
        reason=None,
        rival=None,
    )


def add_past(
    ledger: Ledger,
    customers: Customers,
    plan: Array,
    contract_end: Array,
    world: World,
    rng: np.random.Generator,
) -> None:
    """Start, profile and last renewal of the customers of the first day, known long since."""
    who = np.flatnonzero(customers.join_week < 0)
    first = microseconds(world.first_day)
    started = first - customers.tenure_days[who] * DAY
    moment = office_hours(started, rng)
    add_profiles(ledger, customers, who, moment, world, rng)
    term, end = world.people.contract_weeks, contract_end[who]
    start_week = -(customers.tenure_days[who] // 7)
    renewed = (end != NO_CONTRACT) & (end - term > start_week + 1)
    first_end = np.where(end == NO_CONTRACT, end, np.where(renewed, start_week + term, end))
    add_contracts(ledger, who, "started", moment, plan[who], first_end, world, rng)
    day = first + np.minimum((end[renewed] - term) * 7, -1) * DAY
    moment = office_hours(day, rng)
    again = who[renewed]
    add_contracts(ledger, again, "plan_changed", moment, plan[again], end[renewed], world, rng)


def add_departures(
    ledger: Ledger,
    gone: Departures,
    week: Week,
    plan: Array,
    world: World,
    rng: np.random.Generator,
) -> None:
    """What the operator records of those who go; of the silent nothing until much later."""
    day = microseconds(week.monday) + gone.day * DAY
    moment = office_hours(day, rng)
    rival = np.array(world.rivals, dtype=object)[rng.integers(0, len(world.rivals), len(gone.who))]
    ported, cancelled = gone.kind == "ported", gone.kind == "pre_cancelled"
    died, changed = gone.kind == "death", gone.kind == "brand_change"
    event = np.where(died | changed, "cancelled", gone.kind).astype(object)
    reason = np.array([REASONS.get(cause, cause) for cause in gone.cause], dtype=object)
    reason[ported | (gone.kind == "transferred")] = None
    reason[gone.kind == "suspended"] = "arrears"
    delay = rng.integers(60, 86400, len(day)) + np.where(died, rng.integers(3, 40, len(day)), 0) * (
        86400
    )
    names = np.array([option.name for option in world.plans], dtype=object)[plan[gone.who]]
    seen = gone.kind != "silent"
    ledger.add(
        "contracts",
        gone.who[seen],
        (moment + delay * SECOND)[seen],
        event_time=moment[seen],
        event=event[seen],
        plan=names[seen],
        contract_end=None,
        reason=reason[seen],
        rival=np.where(ported, rival, np.array(None))[seen],
    )
    formal = gone.cancelled_days >= 0
    reason = np.where(cancelled, reason, np.where(gone.kind == "silent", "silent", "arrears"))
    later = office_hours(day + gone.cancelled_days * DAY, rng)
    ledger.add(
        "contracts",
        gone.who[formal],
        (later + 600 * SECOND)[formal],
        event_time=later[formal],
        event="cancelled",
        plan=names[formal],
        contract_end=None,
        reason=reason[formal],
        rival=None,
    )


def end_dates(contract_end: Array, first_day: date) -> Array:
    """Contract ends as dates, NaT where there is none."""
    days = microseconds(first_day) + np.asarray(contract_end, dtype=np.int64) * 7 * DAY
    return np.where(contract_end == NO_CONTRACT, np.datetime64("NaT"), days)
