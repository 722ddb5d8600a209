"""`/managers`: a manager with plan and tasks, and the figures of a period."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection

from features.errors import RequestRefused
from serving.http.call import Call
from serving.http.contract.forms.managers.archive import (
    ManagerAnswer,
    ManagerRequest,
    ManagersAnswer,
    PerformanceAnswer,
    PerformanceQuery,
)
from serving.http.endpoints.managers.shared import Managing, audited
from serving.http.native import Handler
from serving.managers.archive import (
    GIVEN,
    Manager,
    changes_of,
    find_manager,
    known_managers,
    save_manager,
)
from serving.managers.listing import live_tasks
from serving.managers.performance import performance
from serving.managers.performance.plan import Target, check_period, set_target, targets_of
from serving.managers.wording import aimed, archived, load, plain

THREADS = 1  # periods computed at once: each reads two nights


class ManagerDesk:
    """The handlers of one server."""

    def __init__(self, managing: Managing) -> None:
        self._own, self._some = managing, CapacityLimiter(THREADS)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "managers": self.managers,
            "manager": self.manager,
            "saveManager": self.save,
            "managerPerformance": self.performance,
        }

    async def managers(self, call: Call) -> ManagersAnswer:
        """The desks that the caller reaches."""
        found = await to_thread.run_sync(self._managers, call)
        call.detail = {"count": len(found)}
        return ManagersAnswer.model_validate({"managers": [archived(one) for one in found]})

    def _managers(self, call: Call) -> list[Manager]:
        with self._own.context.reading.connect() as connection:
            return known_managers(connection, call.caller.scope)

    async def manager(self, call: Call) -> ManagerAnswer:
        """The manager as they are now, every change, the plan, and how many tasks wait."""
        return ManagerAnswer.model_validate(await to_thread.run_sync(self._manager, call))

    def _manager(self, call: Call) -> dict[str, Any]:
        manager_id = call.place["manager_id"]
        with self._own.context.reading.connect() as connection:
            manager = find_manager(connection, manager_id, call.caller.scope)
            call.detail = audited(manager_id)
            return self._shown(connection, manager)

    def _shown(self, connection: Connection, manager: Manager) -> dict[str, Any]:
        own, today = manager.manager_id, self._own.now().date()
        return archived(manager) | {
            "changes": [archived(one) for one in changes_of(connection, own)],
            "plan": [aimed(one) for one in targets_of(connection, own)],
            "tasks": load(live_tasks(connection, own), today),
        }

    async def save(self, call: Call) -> ManagerAnswer:
        """Keep the manager and the targets, all or nothing."""
        form, manager_id, caller = call.form, call.place["manager_id"], call.caller
        assert isinstance(form, ManagerRequest)
        now = self._own.now()
        given = {name: getattr(form, name) for name in GIVEN}
        aims = [
            Target(manager_id, own.indicator, own.since, own.until, own.target, now, caller.id)
            for own in form.targets
        ]

        def work(connection: Connection) -> dict[str, Any]:
            if caller.scope.limits:
                find_manager(connection, manager_id, caller.scope)
            saved = save_manager(connection, manager_id, given, caller.id, now)
            if not caller.scope.allows(saved.place):
                raise RequestRefused("forbidden", "the manager would not be of your city any more")
            for aim in aims:
                set_target(connection, aim)
            return self._shown(connection, saved)

        call.detail = {**audited(manager_id), "targets": len(aims)}
        return ManagerAnswer.model_validate(await call.commit(work))

    async def performance(self, call: Call) -> PerformanceAnswer:
        """The manager's figures of the period, each with its target where the plan has one."""
        found = await to_thread.run_sync(self._performance, call, limiter=self._some)
        return PerformanceAnswer.model_validate(found)

    def _performance(self, call: Call) -> dict[str, Any]:
        form, manager_id = call.form, call.place["manager_id"]
        assert isinstance(form, PerformanceQuery)
        today = self._own.now().date()
        first, after = this_month(today)
        since, until = form.since or first, form.until or after
        check_period(since, until)
        with self._own.context.reading.connect() as connection:
            find_manager(connection, manager_id, call.caller.scope)
            call.detail = audited(manager_id)
            home = self._own.context.home
            found = performance(home, connection, manager_id, since, until, today)
            figures = self._own.wording(form.language).figures(
                found, targets_of(connection, manager_id)
            )
        names = ("manager_id", "since", "until", "opening", "closing")
        return {name: plain(getattr(found, name)) for name in names} | {"figures": figures}


def this_month(today: date) -> tuple[date, date]:
    """The first day of the month, and that of the next one.

    >>> this_month(date(2026, 12, 9))
    (datetime.date(2026, 12, 1), datetime.date(2027, 1, 1))
    """
    first = today.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)
