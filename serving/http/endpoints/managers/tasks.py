"""`/tasks`: issued, listed, followed, done, evaluated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial

from anyio import to_thread
from sqlalchemy import Connection

from features.errors import RequestRefused
from serving.http.call import Call
from serving.http.contract.forms.managers.tasks import (
    CancelRequest,
    DoneRequest,
    EvaluationRequest,
    NoteRequest,
    TaskAnswer,
    TaskRequest,
    TasksAnswer,
    TasksQuery,
)
from serving.http.endpoints.decision.decide import Desk
from serving.http.endpoints.managers.shared import Managing, audited
from serving.http.native import Handler
from serving.http.running.once import own_id
from serving.managers.archive import Manager, find_manager
from serving.managers.following import cancel, evaluate, finish, note
from serving.managers.listing import Wanted, check_state, listed, reminders_of
from serving.managers.reach import check_group, check_reach, managers_within, without_others
from serving.managers.tasks import (
    Actor,
    Note,
    Order,
    Task,
    find_task,
    kept_task,
    new_task,
    notes_of,
    write_task,
)

ID_DIGITS = 24
ONCE_DIGITS = 32  # of a note
Step = Callable[..., Task]  # of serving.managers.following


class TaskDesk:
    """The handlers of one server."""

    def __init__(self, desk: Callable[[], Desk], managing: Managing) -> None:
        self._desk, self._own = desk, managing

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "tasks": self.tasks,
            "issueTask": self.issue,
            "noteTask": self.note,
            "finishTask": self.finish,
            "cancelTask": self.cancel,
            "evaluateTask": self.evaluate,
        }

    async def tasks(self, call: Call) -> TasksAnswer:
        """A page of the tasks of the managers whom the caller reaches."""
        form = call.form
        assert isinstance(form, TasksQuery)
        check_state(form.state)
        found, mark = await to_thread.run_sync(self._page, call, form)
        call.subjects = tuple(sorted({own.customer_id for own, _ in found if own.customer_id}))
        call.detail = {"count": len(found)}
        return TasksAnswer(tasks=[self._shown(*own) for own in found], next=mark)

    def _page(
        self, call: Call, form: TasksQuery
    ) -> tuple[list[tuple[Task, list[Note]]], str | None]:
        scope = call.caller.scope
        with self._own.context.reading.connect() as connection:
            managers = managers_within(connection, scope)
            if form.manager_id is not None:
                known = managers is None or form.manager_id in managers
                managers = [form.manager_id] if known else []
            wanted = Wanted(
                managers, form.state, form.customer_id, form.due_by, form.after,
                reminders_of(form.reminder), self._own.now().date(),
            )  # fmt: skip
            page = listed(connection, wanted, form.limit)
            own = without_others(self._own.context.home, page.tasks, scope)
            return [(task, notes_of(connection, task.id)) for task in own], page.next

    async def issue(self, call: Call) -> TaskAnswer:
        """A new task for a manager whom the caller reaches, about a customer they may know."""
        form = call.form
        assert isinstance(form, TaskRequest)
        call.subjects = () if form.customer_id is None else (form.customer_id,)
        scope = call.caller.scope
        manager = await to_thread.run_sync(self._manager, form.manager_id, call)
        if form.customer_id is not None:
            await self._desk().check_known(form.customer_id, scope)
        if form.group_id is not None:
            home = self._own.context.home
            await to_thread.run_sync(check_group, home, form.group_id, scope)
        order = Order(form.kind, form.text, form.customer_id, form.group_id, form.due)
        task = new_task(manager, order, self._own.actor(call), self._own.settings, self._own.now())
        task = replace(task, id=own_id(call.caller, form.key, ID_DIGITS))
        call.detail = {"task": task.id, "kind": task.kind, **audited(task.manager_id)}

        def work(connection: Connection) -> tuple[Task, list[Note]]:
            kept = kept_task(connection, task.id) or write_task(connection, task)
            return kept, notes_of(connection, task.id)

        return self._shown(*await call.commit(work))

    async def note(self, call: Call) -> TaskAnswer:
        """Write a note; the manager's own first one sets the task in progress."""
        form = call.form
        assert isinstance(form, NoteRequest)
        about = call.place["task_id"]
        own = form.key and own_id(call.caller, f"{about}\0{form.key}", ONCE_DIGITS)
        return await self._follow(call, partial(note, text=form.note, once=own))

    async def finish(self, call: Call) -> TaskAnswer:
        """The task is done, with its outcome."""
        form = call.form
        assert isinstance(form, DoneRequest)
        ended = partial(finish, outcome=form.outcome, text=form.note, settings=self._own.settings)
        return await self._follow(call, ended)

    async def cancel(self, call: Call) -> TaskAnswer:
        """The task is not to be done any more."""
        form = call.form
        assert isinstance(form, CancelRequest)
        return await self._follow(call, partial(_cancelled, why=form.why))

    async def evaluate(self, call: Call) -> TaskAnswer:
        """Grade a task that is done, as who issued it."""
        form = call.form
        assert isinstance(form, EvaluationRequest)
        graded = partial(
            evaluate, grade=form.grade, reason=form.reason, settings=self._own.settings
        )
        return await self._follow(call, graded)

    async def _follow(self, call: Call, step: Step) -> TaskAnswer:
        """Take the step on the task of the address, if the caller reaches it."""
        task = await to_thread.run_sync(self._reached, call)
        call.detail = {"task": task.id, "kind": task.kind, **audited(task.manager_id)}
        actor, now = self._own.actor(call), self._own.now()

        def work(connection: Connection) -> tuple[Task, list[Note]]:
            changed = step(connection, task.id, actor=actor, now=now)
            return changed, notes_of(connection, task.id)

        return self._shown(*await call.commit(work))

    def _reached(self, call: Call) -> Task:
        context = self._own.context
        with context.reading.connect() as connection:
            task = find_task(connection, call.place["task_id"])
            call.subjects = () if task.customer_id is None else (task.customer_id,)
            check_reach(connection, context.home, task, call.caller.scope)
        return task

    def _manager(self, manager_id: str, call: Call) -> Manager:
        with self._own.context.reading.connect() as connection:
            return find_manager(connection, manager_id, call.caller.scope)

    def _shown(self, task: Task, notes: list[Note]) -> TaskAnswer:
        return TaskAnswer.model_validate(self._own.wording().task(task, notes))


def _cancelled(connection: Connection, task_id: str, why: str, actor: Actor, now: datetime) -> Task:
    """Cancel, but not as a desk what others issued to it: it could drop any task it dislikes."""
    if actor.manager_id is not None and find_task(connection, task_id).issuer != actor.name:
        raise RequestRefused(
            "forbidden", "a manager's desk cancels what it issued itself, and no other task"
        )
    return cancel(connection, task_id, why, actor, now)
