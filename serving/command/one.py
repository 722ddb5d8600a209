"""One customer: profile, value, and how both came to be."""

from __future__ import annotations

from typing import Annotated

import typer

from serving.command.options import (
    DEFAULT_HOME,
    HomeFolder,
    Json,
    Language,
    Moment,
    Night,
    database,
    spoken,
)
from serving.console import refusals, show

app = typer.Typer()


@app.command()
def customer(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    as_of: Moment = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show who a customer is, every change of profile and contract, and managers' tasks."""
    from serving.command.managers.terms import worded
    from serving.command.rights.audited import record
    from serving.customers.archive import archive, in_words
    from serving.managers.listing import tasks_about
    from serving.managers.tasks import notes_of
    from serving.managers.wording import task_lines

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, looking=True) as engine:
            found, own = archive(home, customer_id, as_of), worded(home, language)
            with engine.connect() as connection:
                about = tasks_about(connection, customer_id)
                tasks = [own.task(one, notes_of(connection, one.id)) for one in about]
            record(home, engine, "customer", customer_id)
    lines = [line for task in tasks for line in task_lines(task, language)]
    text = "\n".join([in_words(found, language), *(["", *lines] if lines else [])])
    show(found | {"tasks": tasks}, text, as_json=as_json)


@app.command()
def tier(
    customer_id: Annotated[str, typer.Argument(metavar="CUSTOMER")],
    as_of: Night = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show a customer's value tier, every change of it with its cause, and the predicted one."""
    from serving.command.rights.audited import record
    from serving.customers.tier import customer_tier, in_words

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, looking=True) as engine:
            found = customer_tier(home, customer_id, as_of)
            record(home, engine, "tier", customer_id)
    show(found, in_words(found, language), as_json=as_json)
