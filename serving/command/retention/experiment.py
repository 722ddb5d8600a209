"""Any table of a randomised test: checked, read out, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from features.errors import SettingsError
from features.words import say
from serving.command.options import DEFAULT_HOME, Force, HomeFolder, Json, Language, spoken
from serving.command.table import Encoding, File
from serving.console import refusals, reporting, show

app = typer.Typer()


@app.command()
def experiment(
    file: File,
    treatment: Annotated[
        str, typer.Option(metavar="COLUMN", help="Which arm each row was drawn into.")
    ],
    control: Annotated[str, typer.Option(metavar="VALUE", help="The value of the control's rows.")],
    outcome: Annotated[
        str, typer.Option(metavar="COLUMN", help="What came of it: an event or an amount.")
    ],
    positive: Annotated[
        str | None, typer.Option(metavar="VALUE", help="The outcome's value that is counted.")
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(
            metavar="AMOUNT|COLUMN",
            help="The money that one outcome brings; a column beside an amount is the money.",
        ),
    ] = None,
    cost: Annotated[
        str | None,
        typer.Option(metavar="AMOUNT|COLUMN", help="The money that treating one row costs."),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="A column to exclude. May be repeated."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The key of rows that were drawn together."),
    ] = None,
    received: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Which arm each row received in the end."),
    ] = None,
    planned: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ARM=WEIGHT", help="An arm's weight in the draw, such as B=2. For every arm."
        ),
    ] = None,
    wanted: Annotated[
        bool | None,
        typer.Option(
            "--wanted/--unwanted", help="Whether more of the outcome is better; default: by name."
        ),
    ] = None,
    segment: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN", help="To part customers by; default: all columns. May be repeated."
        ),
    ] = None,
    level: Annotated[float, typer.Option(help="Of intervals, such as 0.9.")] = 0.95,
    read: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COLUMN=FORM",
            help="How a column in doubt is written, as in `liuke table train`. May be repeated.",
        ),
    ] = None,
    encoding: Encoding = None,
    out: Annotated[Path | None, typer.Option(help="A report with pictures (.html).")] = None,
    language: Language = None,
    force: Force = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Read out a randomised test: did it work, for whom, and does it pay?"""
    from features.disk.atomic import replacing
    from features.disk.outputs import check_out
    from serving.command.table import choice_of, names_of
    from training.experiments.rows.reading import ExperimentRequest
    from training.readouts.page import as_text
    from training.readouts.readout import read_out
    from training.readouts.report import html
    from training.readouts.written import as_object
    from training.tables.files import read_table

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        if not 0.5 <= level < 1:
            raise SettingsError(f"--level is {level:g}; expected a share from 0.5 to below 1")
        if out is not None:
            check_out(out, (".html",), force=force)
        table = read_table(file, encoding)
        there = list(map(str, table.rows.columns))
        request = ExperimentRequest(
            treatment=treatment,
            control=control,
            outcome=outcome,
            positive=None if positive is None else positive.strip(),
            value=value,
            cost=cost,
            dropped=tuple(name for one in drop or () for name in names_of(one, there)),
            cluster=cluster,
            received=received,
            planned=tuple(_weight(one) for one in planned or ()),
            wanted=wanted,
            read=tuple(choice_of(one) for one in read or ()),
        )
        found = read_out(table.rows, request, level, segment or None, progress)
        text = as_text(found, language)
        if out is not None:
            with replacing(out) as temporary:
                temporary.write_text(html(found, language), "utf-8")
            text += "\n\n" + say("experiment", "page_written", language, path=out)
    result = {**as_object(found, language), "read_as": table.read_as}
    show(result, text, as_json=as_json)


def _weight(option: str) -> tuple[str, float]:
    """The arm and the weight of one --planned; an arm's name may hold = too."""
    arm, _, weight = option.rpartition("=")
    try:
        return arm.strip(), float(weight)
    except ValueError:
        raise SettingsError(f"--planned {option}: expected ARM=WEIGHT, such as control=1") from None
