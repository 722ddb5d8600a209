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
    """Show who a customer is, and every change of profile and contract, dated."""
    from serving.command.rights.audited import record
    from serving.customers.archive import archive, in_words

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, looking=True) as engine:
            found = archive(home, customer_id, as_of)
            record(home, engine, "customer", customer_id)
    show(found, in_words(found, language), as_json=as_json)


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
