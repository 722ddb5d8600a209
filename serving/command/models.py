"""Models: train, promote, roll back."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from features.home import Home
from serving.command.options import DEFAULT_HOME, AsOf, HomeFolder, Json, existing, now
from serving.console import note, refusals, reporting, show

app = typer.Typer()


@app.command()
def train(as_of: AsOf, home: HomeFolder = DEFAULT_HOME, as_json: Json = False) -> None:
    """Train, judge out of time, and register a new version of the churn model."""
    from training.pipeline import train as run

    with refusals(as_json=as_json), reporting() as progress:
        trained = run(existing(home), as_of, progress)
    figures = trained.bundle.evaluation
    text = f"{trained.bundle.card}\nRegistered as version {trained.version}."
    show({"version": trained.version, **figures}, text, as_json=as_json)


@app.command()
def promote(
    version: Annotated[str | None, typer.Argument(help="Default: the newest.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overrule the gate.")] = False,
    reason: Annotated[str, typer.Option(help="Why it is overruled; recorded.")] = "",
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make a version champion if the gate lets it."""
    from training.models.promotion import promote as run

    with refusals(as_json=as_json):
        promoted, findings = run(home, version, now(home), force=force, reason=reason)
    _note_obstacle(home, promoted)
    lines = [f"{'passed' if one.passed else 'FAILED'}  {one}" for one in findings]
    forced = any(not one.passed for one in findings)
    lines.append(f"Version {promoted} is champion{' (forced: ' + reason + ')' if forced else ''}.")
    result = {"version": promoted, "forced": forced, "findings": [asdict(one) for one in findings]}
    show(result, "\n".join(lines), as_json=as_json)


@app.command()
def rollback(
    force: Annotated[
        bool, typer.Option("--force", help="Even if it cannot answer from last night's rows.")
    ] = False,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make the champion before this one champion again."""
    from training.models.promotion import rollback as run

    with refusals(as_json=as_json):
        version = run(home, now(home), force=force)
    _note_obstacle(home, version)
    show({"version": version}, f"Version {version} is champion again.", as_json=as_json)


def _note_obstacle(home: Path, version: str) -> None:
    """What to run where the new champion cannot answer yet."""
    from training.models.answering import obstacle
    from training.models.bundle import read_bundle

    with refusals(as_json=False):
        found = obstacle(home, read_bundle(Home(home).models / version))
    if found and found.needs_score:
        note(
            f"Version {version} cannot answer yet: {found.found}. "
            f"Run `liuke score --as-of DATE` now."
        )
