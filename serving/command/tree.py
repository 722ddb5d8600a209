"""The subcommands of `liuke` in one tree."""

from __future__ import annotations

import gc
import os
from typing import Annotated

import typer

from serving.command import audit, base, counter, data, models, one, searches, service, table, watch
from serving.command.access import alarms, keys, users
from serving.command.business import analyses, standing
from serving.command.managers import archive as managers
from serving.command.managers import tasks
from serving.command.options import DEFAULT_HOME, HomeFolder, Json, Language, Seed, World, spoken
from serving.command.retention import campaigns, experiment, lists, plan
from serving.command.rights import backup, exports, person
from serving.command.rights import phones as rights_phones
from serving.console import refusals, reporting, show

app = typer.Typer(
    name="liuke",
    help="Who is about to leave, why, and whom to call. 留客.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
for subject in (
    data,
    models,
    base,
    analyses,
    standing,
    one,
    searches,
    table,
    experiment,
    service,
    audit,
    counter,
    watch,
):
    app.add_typer(subject.app)
app.add_typer(keys.app, name="key")
app.add_typer(alarms.app, name="alarms")
app.add_typer(users.app, name="user")
app.add_typer(lists.app, name="list")
campaigns.app.add_typer(plan.app)
app.add_typer(campaigns.app, name="campaign")
app.add_typer(managers.app, name="manager")
app.add_typer(tasks.app, name="task")
for of_persons in (rights_phones, person, backup, exports):
    app.add_typer(of_persons.app)


@app.command()
def demo(
    customers: Annotated[int, typer.Option(min=1, help="On the first day; others join.")] = 20_000,
    seed: Seed = 1,
    world: World = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Simulate an operator and do the whole job on it, in a folder of its own."""
    from serving.demo import run
    from serving.demo.story import story

    with refusals(as_json=as_json), reporting() as progress:
        language = spoken(home, language)
        result = run(home, customers, seed, world, progress, language)
    show(result, story(home, result, language), as_json=as_json)


def run() -> None:
    """Run the subcommand that the command line names; does not return."""
    # LightGBM's threads then wait for each other without keeping a busy machine's cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # The features' expressions are millions of small objects that all live until they are compiled:
    # to look for unused ones every 700 of them costs seconds.
    gc.set_threshold(20_000)
    app()
