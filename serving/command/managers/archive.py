"""Account managers: kept, shown, given targets, measured."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import RequestRefused
from features.words import say
from serving.command.managers.terms import worded
from serving.command.options import (
    DEFAULT_HOME,
    HomeFolder,
    Json,
    Language,
    database,
    existing,
    now,
    spoken,
)
from serving.console import refusals, show

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from serving.managers.archive import Manager
    from serving.managers.performance.plan import Target

app = typer.Typer(help="Account managers: archive, plan, performance.", no_args_is_help=True)

ManagerId = Annotated[str, typer.Argument(metavar="MANAGER", help="The id, as the feed has it.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="As 2026-03-02.")
]
From = Annotated[
    datetime | None,
    typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="The first day."),
]
To = Annotated[
    datetime | None,
    typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="The day after the last."),
]


@app.command(name="list")
def manager_list(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Show the managers as they are now."""
    from serving.command.rights.audited import record
    from serving.managers.archive import known_managers
    from serving.managers.wording import archived, manager_line

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        with engine.connect() as connection:
            found = known_managers(connection)
        record(home, engine, "manager list")
    lines = [manager_line(own, language) for own in found]
    text = "\n".join(lines) or say("managers", "no_managers", language)
    show({"managers": [archived(own) for own in found]}, text, as_json=as_json)


@app.command(name="show")
def manager_show(
    manager_id: ManagerId,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show a manager: every change, dated, the plan, and how many tasks are open or overdue."""
    from serving.command.rights.audited import record
    from serving.managers.archive import changes_of, find_manager
    from serving.managers.listing import live_tasks
    from serving.managers.performance.plan import targets_of
    from serving.managers.wording import (
        aimed,
        archived,
        change_line,
        load,
        manager_line,
        target_line,
    )

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language, today = spoken(home, language), now(home).date()
        with engine.connect() as connection:
            manager = find_manager(connection, manager_id)
            changes, plan = changes_of(connection, manager_id), targets_of(connection, manager_id)
            tasks = load(live_tasks(connection, manager_id), today)
        record(home, engine, "manager show", manager=manager_id)
    lines = [
        manager_line(manager, language),
        say("managers", "load", language, **tasks),
        say("managers", "changes", language),
        *(f"  {change_line(own, language)}" for own in changes),
        *([say("managers", "plan", language)] if plan else []),
        *(f"  {target_line(own, language)}" for own in plan),
    ]
    result = archived(manager) | {
        "changes": [archived(own) for own in changes],
        "plan": [aimed(own) for own in plan],
        "tasks": tasks,
    }
    show(result, "\n".join(lines), as_json=as_json)


@app.command(name="save")
def manager_save(
    manager_id: ManagerId,
    name: Annotated[str | None, typer.Option(help="Of the desk, not of a person.")] = None,
    city: Annotated[str | None, typer.Option(help="The city that the desk belongs to.")] = None,
    since: Day = None,
    until: Day = None,
    note: Annotated[str | None, typer.Option(help="What else is to be known.")] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="INDICATOR=NUMBER",
            help="As customers_in_care=500, of the period of --from and --to.",
        ),
    ] = None,
    first: From = None,
    end: To = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Keep a manager, or change what is given here; set targets of a period."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.managers.archive import save_manager
    from serving.managers.performance.plan import Target, set_target, targets_of
    from serving.managers.wording import aimed, archived

    with refusals(as_json=as_json), database(home) as engine:
        language, at = spoken(home, language), now(home)
        entry = entry_of("manager save", manager=manager_id)
        caller = str(entry.caller)
        given = {
            "name": name, "city": city, "since": _day(since), "until": _day(until), "note": note,
        }  # fmt: skip
        aims = [
            Target(manager_id, indicator, begins, ends, number, at, caller)
            for indicator, number, begins, ends in _targets(target or (), _day(first), _day(end))
        ]

        def work(connection: Connection) -> tuple[Manager, list[Target]]:
            saved = save_manager(connection, manager_id, given, caller, at)
            for aim in aims:
                set_target(connection, aim)
            return saved, targets_of(connection, manager_id)

        saved, plan = record_now(engine, entry, at, work)
    result = archived(saved) | {"plan": [aimed(own) for own in plan]}
    text = say("managers", "saved", language, manager=manager_id, name=saved.name)
    show(result, text, as_json=as_json)


@app.command(name="performance")
def manager_performance(
    manager_id: ManagerId,
    first: From,
    end: To,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show a manager's figures of a period, each with its target where the plan has one."""
    from serving.command.rights.audited import record
    from serving.managers.archive import find_manager
    from serving.managers.performance import performance
    from serving.managers.performance.plan import check_period, targets_of
    from serving.managers.wording import figure_line, plain

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        since, until = _day(first), _day(end)
        assert since is not None
        assert until is not None
        check_period(since, until)
        with engine.connect() as connection:
            find_manager(connection, manager_id)
            found = performance(
                existing(home), connection, manager_id, since, until, now(home).date()
            )
            aims = targets_of(connection, manager_id)
        record(home, engine, "manager performance", manager=manager_id)
    figures = worded(home, language).figures(found, aims)
    nights = {name: plain(getattr(found, name)) for name in ("opening", "closing")}
    about = {"manager": manager_id, "since": since, "until": until}
    named = {name: day or say("managers", "no_night", language) for name, day in nights.items()}
    lines = [
        say("managers", "performance", language, **about, **named),
        *(f"  {figure_line(own, language)}" for own in figures),
    ]
    result = {
        "manager_id": manager_id, "from": plain(since), "to": plain(until), **nights,
        "figures": figures,
    }  # fmt: skip
    show(result, "\n".join(lines), as_json=as_json)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _targets(
    given: Sequence[str], since: date | None, until: date | None
) -> list[tuple[str, float, date, date]]:
    """Indicator, number and period of each. Raises RequestRefused where one of them lacks."""
    if not given and since is None and until is None:
        return []
    if not given or since is None or until is None:
        raise RequestRefused(
            "invalid_request", "a target needs --from and --to, and these need a --target"
        )
    return [(*_target(one), since, until) for one in given]


def _target(text: str) -> tuple[str, float]:
    name, _, number = text.partition("=")
    try:
        return name.strip(), float(number)
    except ValueError:
        raise RequestRefused(
            "invalid_request", f"--target {text[:64]!r}; write INDICATOR=NUMBER"
        ) from None
