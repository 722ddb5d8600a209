"""What the business did: analyses by period and dimension, warnings, arrears."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from features.errors import SettingsError
from features.words import say
from serving.command.options import (
    DEFAULT_HOME,
    Force,
    HomeFolder,
    Json,
    Language,
    Size,
    existing,
    spoken,
)
from serving.console import refusals, show

app = typer.Typer()


@app.command()
def analyse(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The analysis; without, all are listed.")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first day."),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="The day after the last."),
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="DIMENSION", help="Such as city or value_tier; all: together."),
    ] = None,
    every: Annotated[str, typer.Option(help="month, week, or whole: one period.")] = "month",
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="As known then; default: --to."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A .csv or .png to write.")] = None,
    size: Size = 20,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show the declared indicators of an analysis by period and dimension."""
    from features.disk.outputs import check_out
    from serving.analyses import analyse as analysed
    from serving.analyses import request_of
    from serving.analyses.files import ENDINGS, write
    from serving.analyses.table import in_words, listed
    from training.indicators.analyses import ANALYSES

    with refusals(as_json=as_json):
        language = spoken(home, language)
        if name is None:
            show({"analyses": list(ANALYSES)}, listed(language), as_json=as_json)
            return
        if since is None or until is None:
            raise SettingsError("--from and --to are missing; name the first day and the day after")
        request = request_of(name, by, since, until, every, as_of)
        if out is not None:
            check_out(out, ENDINGS, force=force)
        result = analysed(existing(home), request)
        text = in_words(result, size, language)
        if out is not None:
            write(out, result, language)
            result["path"] = str(out)
            text += "\n\n" + say("analyses", "written", language, path=out)
    show(result, text, as_json=as_json)
