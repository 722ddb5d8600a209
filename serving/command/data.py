"""The operator's data: make an operator, import extracts, look after them, build features."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.command.options import (
    DEFAULT_HOME,
    AsOf,
    HomeFolder,
    Json,
    Seed,
    World,
    existing,
    not_the_demo,
    now,
    plain,
)
from serving.console import refusals, reporting, show, width

if TYPE_CHECKING:
    from features.imports.sources import ImportReport

app = typer.Typer()
MAX_LISTED_FILES = 10


@app.command()
def simulate(
    out: Annotated[Path, typer.Option("--out", help="A new folder for feeds and truth.")],
    customers: Annotated[int, typer.Option(min=1, help="On the first day; others join.")] = 20_000,
    months: Annotated[int, typer.Option(min=1, help="Of history.")] = 15,
    seed: Seed = 1,
    world: World = None,
    as_json: Json = False,
) -> None:
    """Make an operator with known causes of leaving: raw feeds, a mapping, the truth."""
    from features.simulate import read_world
    from features.simulate import simulate as run

    with refusals(as_json=as_json), reporting() as progress:
        made = run(out, customers, months, seed, read_world(world), progress)
    result = asdict(made) | {"out": str(made.out), "as_of": f"{made.as_of:%F}"}
    text = (
        f"{made.customers:,} customers over {made.weeks} weeks, up to {made.as_of:%F}; "
        f"{made.departures:,} left.\n"
        f"Next: liuke import {made.out / 'mapping.toml'} --from {made.out}"
    )
    show(result, text, as_json=as_json)


@app.command(name="import")
def import_(
    mapping: Annotated[Path, typer.Argument(help="The mapping file (TOML).")],
    source: Annotated[Path, typer.Option("--from", help="The folder of the extracts.")],
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Check an operator's extracts and add what is new to the lake."""
    from features.imports.sources import import_feeds

    with refusals(as_json=as_json), reporting() as progress:
        not_the_demo(home)
        report = import_feeds(home, mapping, source, datetime.now(UTC), progress)
    lines = [
        f"{feed.feed:<11}{feed.read:>12,} rows read, {feed.new:,} new, {feed.versions:,} "
        f"corrections, {feed.ignored:,} known already, {feed.bad:,} quarantined; "
        f"clocks {feed.clock}"
        for feed in report.feeds
    ]
    lines += [
        f"  {feed.feed}: known_at is a day without a time in {feed.known_by_day:,} rows; each "
        "counts as known from the end of that day"
        for feed in report.feeds
        if feed.known_by_day
    ]
    lines += [f"  {bad}" for feed in report.feeds for bad in feed.quarantined]
    lines += _files(report)
    lines.append("The lake has grown." if report.changed else "The lake is as it was.")
    show(report.to_json(), "\n".join(lines), as_json=as_json)


def _files(report: ImportReport) -> list[str]:
    """What was read, a line a file; many files alike, such as parts of a table, are added up."""
    files = list({file.file: file for feed in report.feeds for file in feed.files}.values())
    lines = [
        f"{file.file}: {file.rows_in_file:,} rows in the file, {file.rows_read:,} read; "
        f"{file.read_as}"
        for file in files[:MAX_LISTED_FILES]
    ]
    more = files[MAX_LISTED_FILES:]
    if more:
        rows, read = (
            sum(getattr(one, name) for one in more) for name in ("rows_in_file", "rows_read")
        )
        lines.append(f"{len(more):,} more files: {rows:,} rows in the files, {read:,} read")
    return lines


@app.command()
def build(as_of: AsOf, home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Bring the histories up to date and build the base's features at a date."""
    from serving.nightly import build_base

    with refusals(as_json=as_json), reporting() as progress:
        built = build_base(existing(home), as_of, progress)
    text = (
        f"{built.customers:,} customers in the network at {built.as_of}, "
        f"{built.features} features (fingerprint {built.fingerprint}): {built.path}"
    )
    show(plain(built), text, as_json=as_json)


@app.command()
def doctor(home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Look at the data: what is there, what is missing or late, is it enough, what to do."""
    from serving.doctor.diagnosis import diagnose, to_json
    from serving.doctor.page import in_words

    with refusals(as_json=as_json), reporting() as progress:
        found = diagnose(existing(home), now(home), progress)
    show(to_json(found), in_words(found, width()), as_json=as_json)
