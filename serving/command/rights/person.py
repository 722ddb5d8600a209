"""What a person may demand: no automated decision, a copy of everything, erasure."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import RequestRefused
from features.words import say
from serving.command.options import (
    DEFAULT_HOME,
    Force,
    HomeFolder,
    Json,
    Language,
    database,
    now,
    spoken,
)
from serving.console import refusals, reporting, show

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer()
person = typer.Typer(help="What a person may demand.", no_args_is_help=True)
app.add_typer(person, name="person")

Customer = Annotated[str, typer.Argument(metavar="CUSTOMER")]


@person.command(name="object")
def person_object(
    customer_id: Customer,
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Take the objection back.")] = False,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Record that a customer objects to automated decisions; it holds from the next call on."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.customers.rights.objections import record_objection, withdraw_objection

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        at = now(home)
        entry = entry_of("person object", customer_id, withdrawn=withdraw)

        def work(connection: Connection) -> datetime | None:
            if withdraw:
                withdraw_objection(connection, customer_id, at)
                return None
            return record_objection(connection, customer_id, str(entry.caller), at)

        since = record_now(engine, entry, at, work)
    result = {
        "customer_id": customer_id,
        "objects": not withdraw,
        "since": since.isoformat(timespec="seconds") if since else None,
    }
    key = "objection_withdrawn" if withdraw else "objects"
    show(result, say("people", key, language, **result), as_json=as_json)


@person.command(name="erase")
def person_erase(
    customer_id: Customer,
    yes: Annotated[bool, typer.Option("--yes", help="Without this nothing is erased.")] = False,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Erase a customer from database, lake, scores and lists, for good."""
    from serving.command.rights.audited import entry_of
    from serving.customers.rights.erasure import erase

    with refusals(as_json=as_json), reporting() as progress, database(home) as engine:
        language = spoken(home, language)
        if not yes:
            raise RequestRefused(
                "not_confirmed", "what is erased does not come back; repeat the command with --yes"
            )
        found = erase(home, engine, customer_id, entry_of("person erase"), now(home), progress)
    models = ", ".join(found.models) or "–"
    text = say("people", "erased", language, **asdict(found) | {"models": models})
    show(asdict(found), text, as_json=as_json)


@person.command(name="explain")
def person_explain(
    decision_id: Annotated[str, typer.Argument(metavar="DECISION", help="As /decide answered it.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Say which data a decision used, and the smallest change that would have moved it."""
    from serving.command.rights.audited import record
    from serving.decision.decision_settings import decision_settings
    from serving.decision.explanation import Explainer
    from serving.decision.explanation.wording import in_words
    from serving.decision.record import read_decision
    from serving.scores.known import known_facts
    from serving.service_settings import serving_settings

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        days = serving_settings(home).events.max_age_days
        with engine.connect() as connection:
            decision = read_decision(connection, decision_id)
        explainer = Explainer(
            home,
            engine,
            lambda night: known_facts(home, night, None),
            partial(decision_settings, home),
            days,
        )
        found = explainer.explain(decision, language)
        record(home, engine, "person explain", decision.customer_id, decision=decision.id)
    show(found, in_words(found, language), as_json=as_json)


@person.command(name="export")
def person_export(
    customer_id: Customer,
    out: Annotated[Path, typer.Option(help="A .json to write; a .txt comes beside it.")],
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Write everything that is held about a customer, with its sources and who was shown it."""
    from features.disk.outputs import check_out
    from serving.command.rights.audited import record
    from serving.customers.rights.copies import copy_of, write_copy

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        check_out(out, (".json",), force=force, beside=[out.with_suffix(".txt")])
        held = copy_of(home, engine, customer_id, now(home))
        record(home, engine, "person export", customer_id)
        write_copy(out, held)
    result = {"customer_id": customer_id, "out": str(out), "parts": held["counts"]}
    rows = sum(held["counts"].values())
    show(
        result, say("people", "exported", language, customer_id=customer_id, rows=rows, out=out),
        as_json=as_json,
    )  # fmt: skip
