"""Which tasks there are: page by page, of a manager, due in a period, waiting for today."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from features.errors import RequestRefused
from serving.database.tables import tasks
from serving.managers.tasks import DUE_TODAY, LIVE, OVERDUE, REMINDERS, STATES, Task, task_of

MARK = re.compile(r"(\d{4}-\d\d-\d\d)\.([0-9a-f]{24})")


@dataclass(frozen=True)
class Wanted:
    """Which tasks: those that are all of this. `managers`: of these desks, null for all.

    `reminders`: with one of these (`REMINDERS`) `today`; null for all tasks. `after` is the mark of
    the page before.
    """

    managers: Collection[str] | None = None
    state: str | None = None
    customer_id: str | None = None
    due_by: date | None = None
    after: str | None = None
    reminders: Collection[str] | None = None
    today: date | None = None


@dataclass(frozen=True)
class Page:
    """Tasks by their due days; `next` is the mark of the next page, null on the last one."""

    tasks: list[Task]
    next: str | None


def listed(connection: Connection, wanted: Wanted, limit: int) -> Page:
    """The tasks that are wanted, the first due first. Raises RequestRefused for a wrong mark."""
    own = tasks.c
    query = select(tasks).order_by(own.due, own.id).limit(limit + 1)
    for column, value in ((own.state, wanted.state), (own.customer_id, wanted.customer_id)):
        query = query if value is None else query.where(column == value)
    if wanted.managers is not None:
        query = query.where(own.manager_id.in_(list(wanted.managers)))
    if wanted.due_by is not None:
        query = query.where(own.due <= wanted.due_by)
    if wanted.reminders is not None:
        query = query.where(own.state.in_(LIVE), or_(*_reminding(wanted)))
    if wanted.after is not None:
        due, last = _marked(wanted.after)
        query = query.where(or_(own.due > due, and_(own.due == due, own.id > last)))
    found = [task_of(row) for row in connection.execute(query)]
    page = found[:limit]
    more = f"{page[-1].due:%Y-%m-%d}.{page[-1].id}" if len(found) > limit else None
    return Page(page, more)


def live_tasks(connection: Connection, manager_id: str) -> list[Task]:
    """The desk's tasks that have not ended."""
    own = tasks.c
    query = select(tasks).where(own.manager_id == manager_id, own.state.in_(LIVE))
    return [task_of(row) for row in connection.execute(query.order_by(own.due, own.id))]


def due_within(connection: Connection, manager_id: str, since: date, until: date) -> list[Task]:
    """The desk's tasks that are due in [since, until)."""
    own = tasks.c
    query = select(tasks).where(own.manager_id == manager_id, own.due >= since, own.due < until)
    return [task_of(row) for row in connection.execute(query.order_by(own.due, own.id))]


def tasks_about(connection: Connection, customer_id: str) -> list[Task]:
    """Every task about the customer, those that have not ended first, each by its due day."""
    own = tasks.c
    query = select(tasks).where(own.customer_id == customer_id).order_by(own.due, own.id)
    found = [task_of(row) for row in connection.execute(query)]
    return sorted(found, key=lambda task: task.state not in LIVE)


def check_state(state: str | None) -> None:
    """Raises RequestRefused (`invalid_request`) for a state that no task has."""
    if state is not None and state not in STATES:
        raise _invalid(f"state is {state[:64]!r}; expected one of {', '.join(STATES)}")


def reminders_of(text: str | None) -> tuple[str, ...] | None:
    """The reminders that a text names, separated by commas; null of none.

    >>> reminders_of("overdue,due_today")
    ('overdue', 'due_today')
    """
    if text is None:
        return None
    names = tuple(text.split(","))
    if not set(names) <= set(REMINDERS):
        raise _invalid(f"reminder is {text[:64]!r}; expected {' or '.join(REMINDERS)}, or both")
    return names


def _marked(mark: str) -> tuple[date, str]:
    found = MARK.fullmatch(mark)
    try:
        return date.fromisoformat(found[1] if found else ""), found[2] if found else ""
    except ValueError:
        raise _invalid("after: this is not a mark that the page before gave") from None


def _reminding(wanted: Wanted) -> list[ColumnElement[bool]]:
    days = {OVERDUE: tasks.c.due < wanted.today, DUE_TODAY: tasks.c.due == wanted.today}
    return [days[name] for name in wanted.reminders or ()]


def _invalid(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)
