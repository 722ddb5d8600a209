"""Tasks of account managers: issued, listed, followed, done, evaluated, cancelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from features.words import say
from serving.command.managers.terms import worded
from serving.command.options import (
    DEFAULT_HOME,
    HomeFolder,
    Json,
    Language,
    Size,
    database,
    existing,
    now,
    spoken,
)
from serving.console import refusals, show

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from serving.managers.tasks import Actor, Task

app = typer.Typer(help="Tasks of account managers.", no_args_is_help=True)

TaskId = Annotated[str, typer.Argument(metavar="TASK", help="As `liuke task new` said it.")]
Manager = Annotated[str | None, typer.Option(help="Only this account manager's.")]
Customer = Annotated[str | None, typer.Option(help="The customer whom it is about.")]
At = Annotated[
    str | None,
    typer.Option("--as", metavar="MANAGER", help="Whose desk it is done at; default: none."),
]
Work = Callable[["Connection", "Actor", datetime], "Task"]


@app.command(name="new")
def task_new(
    manager: Annotated[str, typer.Option(help="To whom it is issued.")],
    kind: Annotated[str, typer.Option(help="One of settings/managers.toml [kinds].")],
    text: Annotated[str, typer.Option(help="What is to be done.")],
    customer: Customer = None,
    group: Annotated[str | None, typer.Option(help="The group that it is about.")] = None,
    due: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Default: by the kind."),
    ] = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Issue a task to a manager, about a customer or a group."""
    from serving.managers.archive import find_manager
    from serving.managers.manager_settings import manager_settings
    from serving.managers.reach import check_customer, check_group
    from serving.managers.tasks import Order, new_task, write_task

    order = Order(kind, text, customer, group, None if due is None else due.date())

    def work(connection: Connection, actor: Actor, at: datetime) -> Task:
        own = find_manager(connection, manager)
        task = new_task(own, order, actor, manager_settings(home), at)
        return write_task(connection, task)

    def check() -> None:
        if customer is not None:
            check_customer(existing(home), customer)
        if group is not None:
            check_group(existing(home), group)

    subjects = () if customer is None else (customer,)
    _do("new", home, language, work, check=check, subjects=subjects, as_json=as_json)


@app.command(name="list")
def task_list(
    manager: Manager = None,
    state: Annotated[str | None, typer.Option(help="open, in_progress, done or cancelled.")] = None,
    customer: Customer = None,
    due_by: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Due on this day or before."),
    ] = None,
    reminder: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Only what is overdue, due_today, or both."),
    ] = None,
    size: Size = 50,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Show tasks, the first due first, with reminders of what is due today or overdue."""
    from serving.command.rights.audited import record
    from serving.managers.listing import Wanted, check_state, listed, reminders_of
    from serving.managers.tasks import notes_of
    from serving.managers.wording import task_lines

    with refusals(as_json=as_json), database(home, looking=True) as engine:
        language = spoken(home, language)
        check_state(state)
        day = None if due_by is None else due_by.date()
        own, desks = worded(home, language), None if manager is None else [manager]
        wanted = Wanted(
            desks, state, customer, day, reminders=reminders_of(reminder), today=own.today
        )
        with engine.connect() as connection:
            page = listed(connection, wanted, size)
            found = [own.task(one, notes_of(connection, one.id)) for one in page.tasks]
        about = {one.customer_id for one in page.tasks if one.customer_id is not None}
        record(home, engine, "task list", *sorted(about))
    lines = [line for task in found for line in task_lines(task, language)]
    text = "\n".join(lines) or say("managers", "no_tasks", language)
    if page.next is not None:
        text += "\n" + say("managers", "more_tasks", language, count=len(found))
    show({"tasks": found, "next": page.next}, text, as_json=as_json)


@app.command(name="note")
def task_note(
    task_id: TaskId,
    text: Annotated[str, typer.Option(help="What is to be kept.")],
    at_desk: At = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Note something of a task; the manager's own first note sets it in progress."""
    from serving.managers.following import note

    def work(connection: Connection, actor: Actor, at: datetime) -> Task:
        return note(connection, task_id, text, actor, at)

    _do("note", home, language, work, task_id, at_desk, as_json=as_json)


@app.command(name="done")
def task_done(
    task_id: TaskId,
    outcome: Annotated[str, typer.Option(help="One of settings/managers.toml [outcomes].")],
    text: Annotated[str | None, typer.Option(help="A last note.")] = None,
    at_desk: At = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """A task is done, with its outcome."""
    from serving.managers.following import finish
    from serving.managers.manager_settings import manager_settings

    def work(connection: Connection, actor: Actor, at: datetime) -> Task:
        return finish(connection, task_id, outcome, text, actor, manager_settings(home), at)

    _do("done", home, language, work, task_id, at_desk, as_json=as_json)


@app.command(name="evaluate")
def task_evaluate(
    task_id: TaskId,
    grade: Annotated[int, typer.Option(help="Of settings/managers.toml grades.")],
    reason: Annotated[str, typer.Option(help="Why this grade.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Evaluate a task that is done, as who issued it."""
    from serving.managers.following import evaluate
    from serving.managers.manager_settings import manager_settings

    def work(connection: Connection, actor: Actor, at: datetime) -> Task:
        return evaluate(connection, task_id, grade, reason, actor, manager_settings(home), at)

    _do("evaluate", home, language, work, task_id, as_json=as_json)


@app.command(name="cancel")
def task_cancel(
    task_id: TaskId,
    why: Annotated[str, typer.Option(help="Why it is not to be done any more.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """A task is not to be done any more."""
    from serving.managers.following import cancel

    def work(connection: Connection, actor: Actor, at: datetime) -> Task:
        return cancel(connection, task_id, why, actor, at)

    _do("cancel", home, language, work, task_id, as_json=as_json)


def _do(
    command: str,
    home: Path,
    language: str | None,
    work: Work,
    task_id: str | None = None,
    at_desk: str | None = None,
    *,
    check: Callable[[], None] = lambda: None,
    subjects: tuple[str, ...] = (),
    as_json: bool,
) -> None:
    """Do the work in one transaction with its row of the audit, and show the task."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of
    from serving.managers.archive import find_manager
    from serving.managers.tasks import Actor, Note, find_task, notes_of
    from serving.managers.wording import task_lines

    with refusals(as_json=as_json), database(home) as engine:
        language = spoken(home, language)
        check()
        if task_id is not None:
            with engine.connect() as connection:
                about = find_task(connection, task_id).customer_id
            subjects = () if about is None else (about,)
        detail = {} if task_id is None else {"task": task_id}
        entry, at = entry_of(f"task {command}", *subjects, **detail), now(home)

        def done(connection: Connection) -> tuple[Task, list[Note]]:
            if at_desk is not None:
                find_manager(connection, at_desk)
            task = work(connection, Actor(str(entry.caller), at_desk), at)
            return task, notes_of(connection, task.id)

        task, notes = record_now(engine, entry, at, done)
    found = worded(home, language).task(task, notes)
    show(found, "\n".join(task_lines(found, language)), as_json=as_json)
