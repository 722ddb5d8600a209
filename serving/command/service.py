"""The service and its settings."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from serving.command.options import DEFAULT_HOME, HomeFolder, Json, Language, spoken
from serving.console import refusals, show

app = typer.Typer()


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
