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
    existing,
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
    from serving.customers.archive import archive, in_words

    with refusals(as_json=as_json):
        language = spoken(home, language)
        found = archive(existing(home), customer_id, as_of)
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
    from serving.customers.tier import customer_tier, in_words

    with refusals(as_json=as_json):
        language = spoken(home, language)
        found = customer_tier(existing(home), customer_id, as_of)
    show(found, in_words(found, language), as_json=as_json)
