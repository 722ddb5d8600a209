"""Models: train, judge at earlier dates, promote, roll back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.home import Home
from features.words import say
from features.words.remarks import remark
from serving.command.options import (
    DEFAULT_HOME,
    AsOfOrOther,
    Force,
    HomeFolder,
    Json,
    Language,
    existing,
    now,
    spoken,
)
from serving.console import note, refusals, reporting, show

if TYPE_CHECKING:
    from training.models.promotion import GateFinding

app = typer.Typer()


@app.command()
def train(
    as_of: AsOfOrOther = None,
    like: Annotated[
        str | None,
        typer.Option(
            "--like",
            metavar="VERSION",
            help="Make a version, or that of a run, again and compare; nothing is registered.",
        ),
    ] = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Train, judge out of time, and register a new version of the churn model."""
    if (as_of is None) == (like is None):
        wrong = "--as-of" if like is None else "--like"
        raise typer.BadParameter(
            "a training has a date, or a version to make again", param_hint=wrong
        )
    if like is not None:
        _train_like(home, like, language, as_json=as_json)
        return
    assert as_of is not None
    from training.models.card import card
    from training.pipeline import train as run

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        trained = run(existing(home), as_of, progress)
        model_card = card(trained.bundle, home, as_of, language)
    text = f"{model_card}\n{say('command', 'registered', language, version=trained.version)}"
    show({"version": trained.version, **trained.bundle.evaluation}, text, as_json=as_json)


def _train_like(home: Path, run: str, language: str | None, *, as_json: bool) -> None:
    from training.again import train_like

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        found = train_like(existing(home), run, progress)
    if found.equal:
        lines = [say("command", "made_again", language, run=run, files=", ".join(found.files))]
    else:
        differ = ", ".join(found.differ)
        lines = [say("command", "made_otherwise", language, run=run, differ=differ)]
    if found.other_program:
        lines.append(say("command", "other_program", language))
    for package, (then, now_) in found.other_packages.items():
        lines.append(
            say("command", "other_package", language, package=package, then=then, now=now_)
        )
    show({**asdict(found), "equal": found.equal}, "\n".join(lines), as_json=as_json)
    if not found.equal:
        raise typer.Exit(1)


@app.command()
def backtest(
    since: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first date."),
    ],
    until: Annotated[
        datetime,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="The last date."),
    ],
    every: Annotated[
        str, typer.Option(metavar="WEEKS", help="From one date to the next, as 4w.")
    ] = "4w",
    out: Annotated[Path | None, typer.Option(help="A .html or .png to write.")] = None,
    force: Force = False,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Train at earlier dates with what was known then, and judge by what followed."""
    from features.disk.outputs import check_out
    from training.backtest import backtest as run
    from training.backtest.dates import weeks_of
    from training.backtest.files import ENDINGS, write
    from training.backtest.page import as_text

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        weeks = weeks_of(every)
        if out is not None:
            check_out(out, ENDINGS, force=force)
        found = run(existing(home), since, until, weeks, progress, language)
        if out is not None:
            write(out, found, language)
    text = "\n".join(
        [
            as_text(found, language) + "\n",
            say("backtest", "kept", language, path=Home(home).backtest),
            *([say("backtest", "written", language, path=out)] if out else []),
        ]
    )
    show(found.to_json() | ({"path": str(out)} if out else {}), text, as_json=as_json)


@app.command()
def promote(
    version: Annotated[str | None, typer.Argument(help="Default: the newest.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overrule the gate.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is overruled; recorded.")] = "",
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make a version champion if the gate lets it."""
    from training.models.promotion import promote as run

    with refusals(as_json=as_json):
        language = spoken(home, language)
        promoted, findings = run(home, version, now(home), force=force, reason=reason)
    _note_obstacle(home, promoted, language)
    lines = [
        f"{say('command', _outcome(one), language)}  {remark(str(one), language)}"
        for one in findings
    ]
    forced = any(one.refuses for one in findings)
    why = say("command", "forced", language, reason=reason) if forced else ""
    lines.append(say("command", "champion", language, version=promoted, forced=why))
    result = {"version": promoted, "forced": forced, "findings": [asdict(one) for one in findings]}
    show(result, "\n".join(lines), as_json=as_json)


@app.command()
def rollback(
    force: Annotated[
        bool, typer.Option("--force", help="Even if it cannot answer from last night's rows.")
    ] = False,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make the champion before this one champion again."""
    from training.models.promotion import rollback as run

    with refusals(as_json=as_json):
        language = spoken(home, language)
        version = run(home, now(home), force=force)
    _note_obstacle(home, version, language)
    text = say("command", "champion_again", language, version=version)
    show({"version": version}, text, as_json=as_json)


def _outcome(finding: GateFinding) -> str:
    if finding.passed:
        return "passed"
    return "failed" if finding.refuses else "warned"


def _note_obstacle(home: Path, version: str, language: str) -> None:
    """What to run where the new champion cannot answer yet."""
    from training.models.answering import obstacle
    from training.models.bundle import read_bundle

    with refusals(as_json=False):
        found = obstacle(home, read_bundle(Home(home).models / version))
    if found and found.needs_score:
        why = remark(found.found, language)
        note(say("command", "cannot_answer", language, version=version, found=why))
