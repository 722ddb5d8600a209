"""Batches of tasks as they are kept: done in one transaction, and taken back in one.

Undo removes what the batch made and is untouched: a task that is still open and has no note,
a reminder that stands last on a live task. What was begun, ended or answered since stays, and is
named with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from features.errors import RequestRefused
from serving.database.tables import task_batches, task_notes, tasks
from serving.managers.batches.planning import ISSUE, Plan
from serving.managers.tasks import LIVE, OPEN, Actor, task_of

NOTED, ANSWERED = "noted", "answered"  # beside the states of tasks: why something stays
ID_DIGITS = 24


@dataclass(frozen=True)
class Batch:
    """One batch; `count`: its tasks or reminders. `undone`: how many were taken back."""

    id: str
    action: str
    kind: str | None
    text: str
    due: date | None
    search: Mapping[str, str]
    issuer: str
    caller: str
    at: datetime
    count: int
    excluded: Mapping[str, int]
    undone_at: datetime | None = None
    undone: int | None = None


@dataclass(frozen=True)
class Stayed:
    """What could not be taken back: about whom, which task, and why."""

    customer_id: str
    task_id: str
    why: str


def write_batch(
    connection: Connection, own: str, plan: Plan, search: Mapping[str, str], actor: Actor,
    now: datetime,
) -> Batch:  # fmt: skip
    """Do what was planned, and keep that it was done; sent twice it is done once."""
    kept = connection.execute(select(task_batches).where(task_batches.c.id == own)).first()
    if kept is not None:
        return _batch(kept)
    action = plan.action
    if not plan.tasks:
        raise RequestRefused("invalid_request", "no task comes of it: every customer is excluded")
    if action.action == ISSUE:
        rows = [
            vars(replace(task, id=_task_id(own, task.customer_id or ""))) | {"batch_id": own}
            for task in plan.tasks
        ]
        connection.execute(insert(tasks), rows)
    else:
        notes = [
            {
                "task_id": task.id, "customer_id": task.customer_id, "at": now,
                "author": actor.name, "text": action.text, "batch_id": own,
            }
            for task in plan.tasks
        ]  # fmt: skip
        connection.execute(insert(task_notes), notes)
    excluded = {rule: len(some) for rule, some in plan.excluded.items()}
    found = Batch(
        own, action.action, action.kind, action.text, action.due, dict(search), actor.name,
        actor.caller, now, len(plan.tasks), excluded,
    )  # fmt: skip
    values = vars(found) | {"search": _json(search), "excluded": _json(excluded)}
    connection.execute(insert(task_batches).values(values))
    return found


def undo_batch(
    connection: Connection, own: str, actor: Actor, now: datetime
) -> tuple[Batch, list[Stayed]]:
    """Take back what the batch made, as who made it.

    Raises RequestRefused: `unknown_batch`, also for another's; `conflict` for one undone already.
    """
    found = find_batch(connection, own, actor)
    if found.undone_at is not None:
        raise RequestRefused("conflict", "the batch was undone already")
    remove = _remove_tasks if found.action == ISSUE else _remove_notes
    removed, stayed = remove(connection, own)
    values = {"undone_at": now, "undone": removed}
    still = task_batches.c.id == own, task_batches.c.undone_at.is_(None)
    if connection.execute(update(task_batches).where(*still).values(values)).rowcount != 1:
        raise RequestRefused("conflict", "the batch was undone already")
    return replace(found, undone_at=now, undone=removed), stayed


def find_batch(connection: Connection, own: str, actor: Actor) -> Batch:
    """Raises RequestRefused (`unknown_batch`) where this issuer has none of this id."""
    row = connection.execute(select(task_batches).where(task_batches.c.id == own)).first()
    if row is None or row.issuer != actor.name:
        raise RequestRefused("unknown_batch", "no batch of yours has this id; GET /tasks/batches")
    return _batch(row)


def batches_of(connection: Connection, actor: Actor, most: int) -> list[Batch]:
    """The issuer's own batches, the latest first."""
    own = task_batches.c
    query = select(task_batches).where(own.issuer == actor.name).order_by(own.at.desc(), own.id)
    return [_batch(row) for row in connection.execute(query.limit(most))]


def standing_of(connection: Connection, batch: Batch) -> dict[str, int]:
    """How many of the batch's tasks stand in which state; of reminders on tasks of which state."""
    if batch.action == ISSUE:
        query = select(tasks.c.state).where(tasks.c.batch_id == batch.id)
    else:
        query = (
            select(tasks.c.state)
            .join(task_notes, task_notes.c.task_id == tasks.c.id)
            .where(task_notes.c.batch_id == batch.id)
        )
    found: dict[str, int] = {}
    for state in connection.execute(query).scalars():
        found[state] = found.get(state, 0) + 1
    return found


def customers_of(connection: Connection, own: str) -> list[str]:
    """About whom the batch's tasks and reminders are, as far as they stand."""
    issued = select(tasks.c.customer_id).where(tasks.c.batch_id == own)
    noted = select(task_notes.c.customer_id).where(task_notes.c.batch_id == own)
    found = connection.execute(issued.union(noted)).scalars()
    return sorted(one for one in found if one is not None)


def _remove_tasks(connection: Connection, own: str) -> tuple[int, list[Stayed]]:
    """Locked while they are looked at, so that no note comes between."""
    mine = select(tasks).where(tasks.c.batch_id == own).order_by(tasks.c.customer_id)
    found = [task_of(row) for row in connection.execute(mine.with_for_update())]
    ids = [task.id for task in found]
    notes = select(task_notes.c.task_id).where(task_notes.c.task_id.in_(ids))
    noted = set(connection.execute(notes).scalars())
    stayed = [
        Stayed(task.customer_id or "", task.id, NOTED if task.state == OPEN else task.state)
        for task in found
        if task.state != OPEN or task.id in noted
    ]
    staying = {one.task_id for one in stayed}
    gone = [task.id for task in found if task.id not in staying]
    connection.execute(delete(tasks).where(tasks.c.id.in_(gone)))
    return len(gone), stayed


def _remove_notes(connection: Connection, own: str) -> tuple[int, list[Stayed]]:
    note = task_notes.c
    query = (
        select(note.id, note.task_id, tasks.c.customer_id, tasks.c.state)
        .join(tasks, tasks.c.id == note.task_id)
        .where(note.batch_id == own)
        .order_by(tasks.c.customer_id, note.id)
    )
    found = connection.execute(query.with_for_update(of=tasks)).all()
    ids = [row.task_id for row in found]
    every = select(note.task_id, note.id).where(note.task_id.in_(ids)).order_by(note.id)
    last = {row.task_id: row.id for row in connection.execute(every)}
    stayed = [
        Stayed(row.customer_id or "", row.task_id, ANSWERED if row.state in LIVE else row.state)
        for row in found
        if row.state not in LIVE or last[row.task_id] != row.id
    ]
    staying = {one.task_id for one in stayed}
    gone = [row.id for row in found if row.task_id not in staying]
    connection.execute(delete(task_notes).where(note.id.in_(gone)))
    return len(gone), stayed


def _task_id(batch: str, customer_id: str) -> str:
    return sha256(f"{batch}\0{customer_id}".encode()).hexdigest()[:ID_DIGITS]


def _batch(row: Row[Any]) -> Batch:
    values = row._asdict()
    texts = {name: json.loads(values[name]) for name in ("search", "excluded")}
    return Batch(**values | texts)


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)
