"""Phone numbers: in from a file, and found again; and the keys that they are encrypted with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from features.errors import RequestRefused
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
from serving.console import refusals, reporting, show

app = typer.Typer()
phones = typer.Typer(help="Phone numbers, which only the database holds.", no_args_is_help=True)
secrets = typer.Typer(help="The keys that phone numbers are encrypted with.", no_args_is_help=True)
app.add_typer(phones, name="phones")
app.add_typer(secrets, name="secrets")


@phones.command(name="import")
def phones_import(
    file: Annotated[Path, typer.Argument(help="CSV with customer_id and phone.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Bring customers' phone numbers into the operational database, encrypted."""
    from serving.command.rights.audited import entry_of
    from serving.customers.phones.files import import_phones
    from serving.service_settings import serving_settings

    with refusals(as_json=as_json), reporting() as progress, database(home) as engine:
        language = spoken(home, language)
        settings = serving_settings(home).phones
        entry = entry_of("phones import")
        found = import_phones(home, engine, file, settings, now(home), progress, entry)
    show(asdict(found), say("people", "phones", language, **asdict(found)), as_json=as_json)


@phones.command(name="find")
def phones_find(
    number: Annotated[str, typer.Argument(help="With or without the country's code.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show which customer has a phone number."""
    from features.disk.secrets import made_secrets
    from serving.command.rights.audited import record
    from serving.customers.phones.numbers import masked, normalised
    from serving.customers.phones.phones import find
    from serving.service_settings import serving_settings

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        settings = serving_settings(home).phones
        whole = normalised(number, settings)
        if whole is None:
            raise RequestRefused(
                "invalid_request",
                "that is not a phone number; expected one such as 15400000001 or +447700900123",
            )
        with engine.connect() as connection:
            customer_id = find(connection, whole, made_secrets(home))
        record(home, engine, "phones find", *filter(None, [customer_id]))
    result = {"phone": masked(whole, settings), "customer_id": customer_id}
    key = "phone_found" if customer_id else "phone_not_found"
    show(result, say("people", key, language, **result), as_json=as_json)


@secrets.command(name="rotate")
def secrets_rotate(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Make a new key and encrypt every phone number with it; go on where one was cut short."""
    from serving.command.rights.audited import record
    from serving.customers.phones.rotation import rotate

    with refusals(as_json=as_json), reporting() as progress, database(home) as engine:
        language = spoken(home, language)
        record(home, engine, "secrets rotate")
        found = rotate(home, engine, progress)
    unused = ", ".join(map(str, found.unused)) or "–"
    text = say("people", "rotated", language, key=found.key, numbers=found.numbers, unused=unused)
    show(asdict(found), text, as_json=as_json)


@secrets.command(name="remove")
def secrets_remove(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Of a key that is not in use.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Remove an old key; backups made while it was in use cannot be read without a copy of it."""
    from serving.command.rights.audited import record
    from serving.customers.phones.rotation import remove_key

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        record(home, engine, "secrets remove", key=number)
        remove_key(home, engine, number)
    show(
        {"removed": number}, say("people", "key_removed", language, number=number), as_json=as_json
    )
