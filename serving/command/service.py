"""The service, the keys that open it, and the settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

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
from serving.console import note, refusals, show

app = typer.Typer()
keys = typer.Typer(help="Keys that open the service.", no_args_is_help=True)
app.add_typer(keys, name="key")


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Default: settings/serving.toml.")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Default: settings/serving.toml.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that answer, on one port.")
    ] = 1,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over",
            help="Replace the running server of this home and port; no connection is refused.",
        ),
    ] = False,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
) -> None:
    """Answer POST /score until Ctrl+C."""
    from serving.process.server import run
    from serving.service_settings import serving_settings

    with refusals(as_json=False):
        spoken(home, language)
        settings = serving_settings(home)
        run(home, host or settings.host, port or settings.port, workers, take_over=take_over)


@app.command()
def settings(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Show every setting: key, source (default or home) and value."""
    from serving.effective_settings import effective_settings, in_words

    with refusals(as_json=as_json):
        language = spoken(home, language)
        found = effective_settings(home)
    result = {"home": str(home), "settings": [asdict(one) for one in found]}
    show(result, in_words(found, language), as_json=as_json)


@keys.command(name="new")
def key_new(
    role: Annotated[
        str, typer.Option(help="Of the users of the key, such as store, hotline, marketing.")
    ],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make a key; it is shown once, alone on standard output."""
    from serving.access.keys import new_key

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, or_tables=True) as engine:
            key = new_key(engine, role, now(home, or_tables=True))
    show({"id": key.id, "role": key.role, "key": key.secret}, key.secret, as_json=as_json)
    note(say("command", "key_shown_once", language, id=key.id, role=key.role))


@keys.command(name="revoke")
def key_revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `liuke key new` said it.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """From now on the key opens nothing."""
    from serving.access.keys import revoke_key

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, or_tables=True) as engine:
            revoke_key(engine, key_id, now(home, or_tables=True))
    text = say("command", "key_revoked", language, id=key_id)
    show({"id": key_id, "revoked": True}, text, as_json=as_json)
