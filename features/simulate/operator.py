"""What a simulation is asked for and what it hands over: one folder, there whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from features.atomic import replacing
from features.errors import OutputError, SettingsError
from features.feeds import FEEDS
from features.progress import Progress, silent
from features.simulate.run import Run
from features.simulate.weeks import weeks_of
from features.simulate.world import World

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
        run = Run(aside, customers, weeks_of(months), seed, world)
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


def _mapping() -> str:
    """`mapping.toml`: each file as it is."""
    tables = [
        f"\n[feed.{name}]\nsql = \"select * from '{name}.parquet'\"\n"
        f'event_time = "event_time"\nknown_at = "known_at"\n'
        for name in FEEDS
    ]
    return MAPPING + "".join(tables)
