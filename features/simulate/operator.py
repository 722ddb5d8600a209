"""The arguments of a simulation and its result: one folder, written all or nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from features.cores import cores
from features.disk.atomic import replacing
from features.errors import OutputError, SettingsError
from features.feeds import FEEDS
from features.progress import Progress, silent
from features.settings import FeatureSettings, read_toml, shipped
from features.simulate.events.ledger import write_catalogue
from features.simulate.past import PAST_WEEKS
from features.simulate.people.customers import groups_of, most_customers
from features.simulate.task import Task
from features.simulate.truth import gather
from features.simulate.truth.noise import noise_of
from features.simulate.workers import live_all
from features.simulate.world import World
from features.simulate.world.cities import draw_cities
from features.simulate.world.offers import catalogue
from features.simulate.world.phones import write_phones
from features.simulate.world.tariff import price_list
from features.simulate.world.weeks import weeks_of

BLOCK_CUSTOMERS = 10_000
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
    """Writes feeds, `phones.csv`, `mapping.toml` and `truth/` into the folder `out`, in one step.

    `customers` are those of the first day; others join. The same arguments give the same data,
    on however many cores. Raises SettingsError for fewer than one customer or month or a negative
    seed, and OutputError where `out` is there and not an empty folder, or cannot be written.
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
    return write(out, blocks(customers, months, seed, world), seed, world, cores(), progress)


def blocks(
    customers: int, months: int, seed: int, world: World, most: int = BLOCK_CUSTOMERS
) -> list[Task]:
    """The blocks of at most `most` customers each that make up the operator.

    The oracle is computed for the first blocks: blocks are alike, and smoothing works within one.
    """
    weeks, count = weeks_of(months), -(-customers // most)
    seeds = np.random.SeedSequence(seed).spawn(count + 1)[1:]
    sizes = [len(part) for part in np.array_split(np.arange(customers), count)]
    tasks: list[Task] = []
    first_id, first_group, watched = 1, 0, world.oracle_customers
    for number, size in enumerate(sizes):
        own = min(size, watched)
        tasks.append(Task(number, size, first_id, first_group, own, weeks, seeds[number], seed))
        first_id += most_customers(size, weeks, world)
        first_group += groups_of(size)
        watched -= own
    return tasks


def write(
    out: Path, tasks: list[Task], seed: int, world: World, workers: int, progress: Progress
) -> Simulated:
    """Lives the blocks on so many workers and puts the folder in its place when all are done."""
    weeks = tasks[0].weeks
    as_of = world.first_day + timedelta(weeks=weeks)
    holdout = read_toml(shipped("features"), FeatureSettings).holdout
    city_seed = np.random.SeedSequence(seed).spawn(1)[0]
    cities = draw_cities(-PAST_WEEKS, weeks, world, city_seed)
    with replacing(out) as temporary:
        temporary.mkdir()
        lived = live_all(temporary, tasks, cities, holdout, world, workers, progress)
        since = world.first_day - timedelta(weeks=PAST_WEEKS)
        rows = {
            "plans": write_catalogue(temporary, "plans", price_list(world, since)),
            "offers": write_catalogue(temporary, "offers", catalogue(world.offers, since)),
        }
        truth = temporary / "truth"
        gather(truth)
        write_phones(temporary, seed)
        (truth / "noise.json").write_text(json.dumps(noise_of(truth), indent=2) + "\n", "utf-8")
        (temporary / "mapping.toml").write_text(_mapping(), "utf-8")
    for feed in lived[0].rows:
        rows[feed] = sum(block.rows[feed] for block in lived)
    return Simulated(
        out=out,
        as_of=as_of,
        weeks=weeks,
        customers=sum(block.customers for block in lived),
        departures=sum(block.departures for block in lived),
        rows=rows,
    )


def _mapping() -> str:
    """`mapping.toml`: each feed's files as they are."""
    tables = [
        f"\n[feed.{name}]\nsql = \"select * from '{name}/*.parquet'\"\n"
        f'event_time = "event_time"\nknown_at = "known_at"\n'
        for name in FEEDS
    ]
    return MAPPING + "".join(tables)
