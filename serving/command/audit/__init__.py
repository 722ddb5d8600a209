"""The audit: verify its chain, keep its head elsewhere, search it; replay and compare decisions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.words import say
from serving.command.options import DEFAULT_HOME, HomeFolder, Json, Language, database, spoken
from serving.console import EXIT_REFUSED, refusals, reporting, show

if TYPE_CHECKING:
    from sqlalchemy import Engine

app = typer.Typer()
audit = typer.Typer(help="Who read, changed or exported what, and why.", no_args_is_help=True)
app.add_typer(audit, name="audit")

FORMS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
From = Annotated[datetime | None, typer.Option("--from", formats=FORMS, help="Not before.")]
To = Annotated[datetime | None, typer.Option("--to", formats=FORMS, help="Before.")]


@audit.command()
def verify(
    head: Annotated[
        Path | None, typer.Option("--head", help="Heads that were kept elsewhere, one a line.")
    ] = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Read the whole chain, and name the first row that is not as it was written."""
    from serving.audit.heads import read_heads
    from serving.audit.verification import verify as run

    with refusals(as_json=as_json), _reading(home) as (_, engine), reporting() as progress:
        language = spoken(home, language)
        found = run(engine, read_heads(head) if head else (), progress)
    text = say("audit", found.fault or "whole", language, **asdict(found), last=found.head.number)
    result = asdict(found) | {"message": text}
    show(result, text, as_json=as_json)
    if found.fault:
        raise typer.Exit(EXIT_REFUSED)


@audit.command()
def head(home: HomeFolder = DEFAULT_HOME) -> None:
    """Write the head of the chain as one line, to be kept on another machine."""
    from serving.audit.heads import current_head, line_of

    with refusals(as_json=False), _reading(home) as (_, engine):
        found = current_head(engine)
    show({}, line_of(found), as_json=False)


@audit.command()
def search(
    customer: Annotated[str | None, typer.Option(help="Rows about this customer.")] = None,
    caller: Annotated[str | None, typer.Option(help="The id of a key or of a person.")] = None,
    route: Annotated[str | None, typer.Option(help="A path, such as /score.")] = None,
    purpose: Annotated[str | None, typer.Option(help="The purpose of the request.")] = None,
    since: From = None,
    until: To = None,
    code: Annotated[str | None, typer.Option(help="The code of a refusal.")] = None,
    size: Annotated[int, typer.Option("--size", min=1, help="How many at most.")] = 100,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show the rows that are all of this, the newest first."""
    from serving.audit.search import Wanted, in_words, named_by
    from serving.audit.search import search as run
    from serving.command.rights.audited import record

    with refusals(as_json=as_json), _reading(home) as (engine, reader):
        language = spoken(home, language)
        wanted = Wanted(customer, caller, route, purpose, code, since, until)
        page = run(reader, wanted, size)
        own = named_by(reader, wanted)
        record(home, engine, "audit search", *own, searched_by=wanted.names)
    rows = [row | {"at": row["at"].isoformat()} for row in page.rows]
    show({"rows": rows, "next": page.next}, in_words(page, language), as_json=as_json)


@audit.command()
def replay(
    decision_id: Annotated[str, typer.Argument(metavar="ID", help="As /decide answered it.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make a decision again, from its row on; say equal, or the first difference."""
    from serving.audit.replay import in_words, read_decision
    from serving.audit.replay import replay as run
    from serving.audit.replay.decided import DecidedAgain
    from serving.command.rights.audited import record

    with (
        refusals(as_json=as_json),
        _reading(home) as (engine, reader),
        reporting() as progress,
    ):
        language = spoken(home, language)
        decision = read_decision(reader, decision_id)
        found = run(home, decision, DecidedAgain(home, reader), progress)
        record(home, engine, "audit replay", decision.customer_id, decision=decision_id)
    result = {**asdict(found), "at": found.at.isoformat(), "as_of": found.as_of.isoformat()}
    show(result | {"equal": found.is_equal}, in_words(found, language), as_json=as_json)
    if not found.is_equal:
        raise typer.Exit(EXIT_REFUSED)


@audit.command()
def equality(
    since: From = None,
    until: To = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Find decisions on equal facts that offered something else, and the rule that says so."""
    from serving.decision.offers.equality import compared
    from serving.decision.record import stored_answers

    with refusals(as_json=as_json), _reading(home) as (_, reader):
        language = spoken(home, language)
        found = compared(stored_answers(reader, since, until))
    numbers = {"decisions": found.answers, "undeclared": found.undeclared}
    lines = [say("audit", "equality", language, **numbers, unequal=len(found.violations))]
    for own in found.violations:
        rules = ", ".join(own.rules) or say("audit", "no_rule", language)
        lines.append(say("audit", "unequal", language, one=own.one, other=own.other, rules=rules))
    result = {**numbers, "violations": [asdict(own) for own in found.violations]}
    show(result, "\n".join(lines), as_json=as_json)
    if found.undeclared:
        raise typer.Exit(EXIT_REFUSED)


@contextmanager
def _reading(home: Path) -> Iterator[tuple[Engine, Engine]]:
    """The operational database, its tables brought up to date; and the same, to read unlocked."""
    from serving.database import may_only_be_read, open_engine
    from serving.service_settings import serving_settings

    with database(home, looking=True, or_tables=True) as engine:
        if may_only_be_read(engine):
            yield engine, engine
            return
        reader = open_engine(home, serving_settings(home).database_url, reading=True)
        try:
            yield engine, reader
        finally:
            reader.dispose()
