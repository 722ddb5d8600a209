"""What becomes of a task: it is followed by notes, done, evaluated, or cancelled.

Each step changes the row where it still stands as it must, so that of two at one moment one is
refused (`conflict`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from features.errors import RequestRefused
from serving.database.tables import task_notes, tasks
from serving.managers.manager_settings import ManagerSettings
from serving.managers.tasks import (
    CANCELLED,
    DONE,
    IN_PROGRESS,
    LIVE,
    OPEN,
    Actor,
    Task,
    check_text,
    find_task,
)


def note(
    connection: Connection,
    task_id: str,
    text: str,
    actor: Actor,
    now: datetime,
    once: str | None = None,
) -> Task:
    """Write the note; the first one of the task's own desk sets the task in progress.

    `once` is of the request that writes it: a note that has it already is not written again, also
    after the task's end. Without it every note is a new one.

    Raises RequestRefused: `unknown_task`; `conflict` after its end, and where the note that has
    `once` has other words; `invalid_request`.
    """
    check_text("text", text)
    task = find_task(connection, task_id)
    if once is not None and _is_written(connection, once, text):
        return task
    begins = task.state == OPEN and actor.manager_id == task.manager_id
    state = IN_PROGRESS if begins else tasks.c.state  # as it is by now, which another may have set
    changed = _change(connection, task, LIVE, {"state": state})  # of two at one moment one waits
    _write(connection, task, text, actor, now, once)
    return changed


def finish(
    connection: Connection,
    task_id: str,
    outcome: str,
    text: str | None,
    actor: Actor,
    settings: ManagerSettings,
    now: datetime,
) -> Task:
    """The task as done, with its outcome and, if given, a last note.

    Raises RequestRefused: `unknown_task`, `conflict`, `invalid_request`.
    """
    if outcome not in settings.outcomes:
        raise _invalid(
            f"outcome is {outcome[:64]!r}; expected one of {', '.join(settings.outcomes)}"
        )
    return _end(connection, task_id, {"state": DONE, "outcome": outcome}, text, actor, now)


def cancel(connection: Connection, task_id: str, why: str, actor: Actor, now: datetime) -> Task:
    """The task as cancelled, with why as its last note. Raises as `finish` does."""
    return _end(connection, task_id, {"state": CANCELLED}, why, actor, now)


def evaluate(
    connection: Connection,
    task_id: str,
    grade: int,
    reason: str,
    actor: Actor,
    settings: ManagerSettings,
    now: datetime,
) -> Task:
    """The task with a grade and its reason, given once by who issued it.

    Raises RequestRefused: `unknown_task`; `forbidden` of another, of who did it, and of the
    manager whose task it is; `conflict` before it is done and the second time; `invalid_request`.
    """
    check_text("reason", reason)
    lowest, highest = settings.grades
    if not lowest <= grade <= highest:
        raise _invalid(f"grade is {grade}; expected {lowest} to {highest}")
    task = find_task(connection, task_id)
    if actor.name in (task.manager_id, task.ended_by):
        raise RequestRefused(
            "forbidden", "a manager evaluates no task of their own, nor does who did it"
        )
    if actor.name != task.issuer:
        raise RequestRefused("forbidden", "who issued a task evaluates it, and no other")
    if task.evaluated_at is not None:
        raise RequestRefused("conflict", "the task is evaluated already")
    values = {"grade": grade, "reason": reason, "evaluated_at": now}
    return _change(connection, task, (DONE,), values)


def _end(
    connection: Connection,
    task_id: str,
    values: dict[str, Any],
    text: str | None,
    actor: Actor,
    now: datetime,
) -> Task:
    if text is not None:
        check_text("text", text)
    task = find_task(connection, task_id)
    ended = values | {"ended_at": now, "ended_by": actor.name}
    changed = _change(connection, task, LIVE, ended)
    if text is not None:
        _write(connection, task, text, actor, now)
    return changed


def _change(
    connection: Connection, task: Task, states: Collection[str], values: dict[str, Any]
) -> Task:
    """The task with these values, where it is in one of the states. Raises `conflict`."""
    own = (tasks.c.id == task.id) & tasks.c.state.in_(states) & tasks.c.evaluated_at.is_(None)
    if connection.execute(update(tasks).where(own).values(values)).rowcount == 0:
        raise RequestRefused(
            "conflict", f"the task is {task.state}; expected {' or '.join(states)}"
        )
    return find_task(connection, task.id)


def _is_written(connection: Connection, once: str, text: str) -> bool:
    """Raises RequestRefused (`conflict`) where it is written with other words."""
    query = select(task_notes.c.text).where(task_notes.c.once == once)
    written = connection.execute(query).scalar_one_or_none()
    if written not in (None, text):
        raise RequestRefused(
            "conflict", "a note with this key and other words is written; use a new key"
        )
    return written is not None


def _write(
    connection: Connection,
    task: Task,
    text: str,
    actor: Actor,
    now: datetime,
    once: str | None = None,
) -> None:
    row = {"task_id": task.id, "customer_id": task.customer_id, "at": now, "text": text}
    connection.execute(insert(task_notes).values(**row, author=actor.name, once=once))


def _invalid(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)
