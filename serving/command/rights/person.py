"""What a person may demand: no automated decision, a copy of everything, erasure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from features.words import say
from serving.command.options import (
    DEFAULT_HOME,
    HomeFolder,
    Json,
    Language,
    database,
    now,
    spoken,
)
from serving.console import refusals, show

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
