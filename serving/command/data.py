"""The operator's data: make an operator, import extracts, look after them, build features."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.words import say
from features.words.remarks import remark, remarks
from serving.command.options import (
    DEFAULT_HOME,
    AsOf,
    HomeFolder,
    Json,
    Language,
    Seed,
    World,
    existing,
    not_the_demo,
    now,
    plain,
    spoken,
)
from serving.console import refusals, reporting, show, width

if TYPE_CHECKING:
    from features.imports.quarantine import BadRows
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
    language: Language = None,
    as_json: Json = False,
) -> None:
    """Simulate an operator with known causes of leaving: raw feeds, a mapping, the truth."""
    from features.simulate import read_world
    from features.simulate import simulate as run

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(out, language)
        made = run(out, customers, months, seed, read_world(world), progress)
    result = asdict(made) | {"out": str(made.out), "as_of": f"{made.as_of:%F}"}
    text = say(
        "command", "simulated", language,
        customers=made.customers, weeks=made.weeks, as_of=f"{made.as_of:%F}",
        departures=made.departures,
        next=f"liuke import {made.out / 'mapping.toml'} --from {made.out}",
    )  # fmt: skip
    show(result, text, as_json=as_json)


@app.command(name="import")
def import_(
    mapping: Annotated[Path, typer.Argument(help="The mapping file (TOML).")],
    source: Annotated[Path, typer.Option("--from", help="The folder of the extracts.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Check an operator's extracts and add what is new to the lake."""
    from features.imports.sources import import_feeds

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        not_the_demo(home)
        report = import_feeds(home, mapping, source, datetime.now(UTC), progress)
    lines = [
        say(
            "command", "imported", language,
            feed=feed.feed, read=feed.read, new=feed.new, versions=feed.versions,
            ignored=feed.ignored, bad=feed.bad,
            clock=say("command", f"clock_{feed.clock}", language),
        )
        for feed in report.feeds
    ]  # fmt: skip
    lines += [
        "  " + say("command", "known_by_day", language, feed=feed.feed, rows=feed.known_by_day)
        for feed in report.feeds
        if feed.known_by_day
    ]
    lines += [f"  {bad_words(bad, language)}" for feed in report.feeds for bad in feed.quarantined]
    lines += _files(report, language)
    lines.append(say("command", "grown" if report.changed else "as_it_was", language))
    show(report.to_json(), "\n".join(lines), as_json=as_json)


def bad_words(bad: BadRows, language: str) -> str:
    """The rows quarantined for one reason, as `str` of them in English."""
    return say(
        "command", "bad_row" if bad.rows == 1 else "bad_rows", language,
        rows=bad.rows, first=remark(bad.first, language),
        reason=remark(bad.reason, language), hint=remark(bad.hint, language),
    ).rstrip()  # fmt: skip


def _files(report: ImportReport, language: str) -> list[str]:
    """What was read, a line a file; many files alike, such as parts of a table, are added up."""
    files = list({file.file: file for feed in report.feeds for file in feed.files}.values())
    lines = [
        say(
            "command",
            "file",
            language,
            file=file.file,
            rows=file.rows_in_file,
            read=file.rows_read,
            read_as=remarks(file.read_as, language),
        )
        for file in files[:MAX_LISTED_FILES]
    ]
    more = files[MAX_LISTED_FILES:]
    if more:
        rows, read = (
            sum(getattr(one, name) for one in more) for name in ("rows_in_file", "rows_read")
        )
        counts = {"count": len(more), "rows": rows, "read": read}
        lines.append(say("command", "more_files", language, **counts))
    return lines


@app.command()
def build(
    as_of: AsOf,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Bring the histories up to date and build the base's features at a date."""
    from features.builder.base import build_base

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        built = build_base(existing(home), as_of, progress)
    text = say("command", "built", language, **plain(built))
    show(plain(built), text, as_json=as_json)


@app.command()
def doctor(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Look at the data: what is there, what is missing or late, is it enough, what to do."""
    from serving.doctor.diagnosis import diagnose, to_json
    from serving.doctor.page import in_words

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        found = diagnose(existing(home), now(home), progress)
    text = in_words(found, width(), language)
    show(to_json(found, language), text, as_json=as_json)
