"""Tasks of account managers: issued by whom, to whom, about whom, until when.

    open -> in_progress -> done          in_progress: the manager's desk has noted something
      |          |
      +----------+-------> cancelled     done and cancelled are ends

Reminders are computed: a task that has not ended is due today, or overdue.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from features.errors import RequestRefused
from serving.database.tables import LONGEST_ID, task_notes, tasks
from serving.managers.archive import Manager
from serving.managers.manager_settings import ManagerSettings

OPEN, IN_PROGRESS, DONE, CANCELLED = STATES = ("open", "in_progress", "done", "cancelled")
LIVE = (OPEN, IN_PROGRESS)
OVERDUE, DUE_TODAY = REMINDERS = ("overdue", "due_today")
LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Actor:
    """Who acts: a caller, and where they sit at a manager's desk, which."""

    caller: str
    manager_id: str | None = None

    @property
    def name(self) -> str:
        """Under which the act is kept: the desk's, not the person's; the audit has the caller."""
        return self.manager_id or self.caller


@dataclass(frozen=True)
class Order:
    """What is to be done, about a customer or a group; `due` is null for the kind's own day."""

    kind: str
    text: str
    customer_id: str | None = None
    group_id: str | None = None
    due: date | None = None


@dataclass(frozen=True)
class Task:
    """One task. `ended_at` and `ended_by` of one done or cancelled, `outcome` of one done."""

    id: str
    manager_id: str
    kind: str
    customer_id: str | None
    group_id: str | None
    text: str
    due: date
    issuer: str
    issued_at: datetime
    state: str
    ended_at: datetime | None = None
    ended_by: str | None = None
    outcome: str | None = None
    grade: int | None = None
    reason: str | None = None
    evaluated_at: datetime | None = None

    def reminder(self, today: date) -> str | None:
        """`overdue` or `due_today` of a task that has not ended; else null."""
        if self.state not in LIVE or self.due > today:
            return None
        return DUE_TODAY if self.due == today else OVERDUE

    @property
    def in_time(self) -> bool:
        """Whether it is done, on its due day at the latest."""
        return self.state == DONE and self.ended_at is not None and self.ended_at.date() <= self.due


@dataclass(frozen=True)
class Note:
    """What was noted while the task was followed."""

    at: datetime
    author: str
    text: str


def write_task(connection: Connection, task: Task) -> Task:
    """Write a new task."""
    connection.execute(insert(tasks).values(**vars(task)))
    return task


def new_task(
    manager: Manager, order: Order, actor: Actor, settings: ManagerSettings, now: datetime
) -> Task:
    """A task for this manager, open. Raises RequestRefused (`invalid_request`)."""
    today = now.date()
    if order.kind not in settings.kinds:
        raise _invalid(f"kind is {order.kind[:64]!r}; expected one of {', '.join(settings.kinds)}")
    if (order.customer_id is None) == (order.group_id is None):
        raise _invalid("a task is about a customer or about a group; name one of the two")
    for name in ("customer_id", "group_id"):
        _check_text(name, getattr(order, name), LONGEST_ID)
    _check_text("text", order.text, LONGEST_TEXT)
    if not manager.serves(today):
        raise _invalid(f"the manager {manager.manager_id} does not serve on {today:%F}")
    due = order.due or today + timedelta(days=settings.kinds[order.kind].days)
    latest = today + timedelta(days=settings.max_days)
    if not today <= due <= latest:
        raise _invalid(f"due is {due:%F}; expected {today:%F}, today, to {latest:%F}")
    return Task(
        secrets.token_hex(12), manager.manager_id, order.kind, order.customer_id, order.group_id,
        order.text, due, actor.name, now, OPEN,
    )  # fmt: skip


def kept_task(connection: Connection, task_id: str) -> Task | None:
    """The task of this id, null where there is none."""
    row = connection.execute(select(tasks).where(tasks.c.id == task_id)).first()
    return None if row is None else task_of(row)


def find_task(connection: Connection, task_id: str) -> Task:
    """Raises RequestRefused (`unknown_task`) where none has this id."""
    found = kept_task(connection, task_id)
    if found is None:
        raise unknown_task()
    return found


def unknown_task() -> RequestRefused:
    """The refusal of a task that is not there, or of another's."""
    return RequestRefused("unknown_task", "no task has this id; look it up again")


def notes_of(connection: Connection, task_id: str) -> list[Note]:
    """What was noted, the oldest first."""
    own = task_notes.c
    query = select(own.at, own.author, own.text).where(own.task_id == task_id).order_by(own.id)
    return [Note(*row) for row in connection.execute(query)]


def check_text(name: str, text: str) -> None:
    """Raises RequestRefused (`invalid_request`) where nothing, or too much, is written."""
    _check_text(name, text, LONGEST_TEXT)


def _check_text(name: str, text: str | None, longest: int) -> None:
    if text is not None and not (1 <= len(text) <= longest and text.strip()):
        raise _invalid(f"{name} has {len(text)} characters; expected 1 to {longest}, not blank")


def _invalid(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)


def task_of(row: Row[Any]) -> Task:
    """The task that stands in this row."""
    names = Task.__dataclass_fields__
    return Task(**{name: getattr(row, name) for name in names})
