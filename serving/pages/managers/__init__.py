"""Work lists of account managers: what is to be done, whose customers changed, and the archive."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from features.errors import LiukeError
from features.words import say
from serving.http.call import Call
from serving.http.contract.forms.business.care import ArrearsAnswer, WarningsAnswer
from serving.http.contract.forms.managers.archive import (
    ManagerAnswer,
    ManagersAnswer,
    PerformanceAnswer,
)
from serving.http.contract.forms.managers.tasks import TaskAnswer, TasksAnswer
from serving.http.contract.forms.pages.managers import (
    ManagerFields,
    StepFields,
    TaskFields,
    WorkQuery,
)
from serving.http.native import Handler
from serving.managers.manager_settings import ManagerSettings, manager_settings
from serving.managers.performance import BY_NAME
from serving.managers.tasks import LIVE
from serving.pages.managers.grouping import grouped
from serving.pages.rendering import Pages, again, go_to

WORDS = "pages_managers"
MAX_LISTED = 8  # customers beside the tasks
MOST = 200  # tasks of a state
# What cannot be read now leaves its part of the page empty, and says so.
UNREADABLE = ("lake", "not_ready", "no_champion", "settings")
NOTED = {"take": "note_taken", "remind": "note_reminded"}  # the note of a step that has no text


class WorkPages:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @cached_property
    def _settings(self) -> ManagerSettings:
        return manager_settings(self._pages.context.home)

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "workPage": self.work,
            "workIssue": self.issue,
            "workStep": self.step,
            "managersPage": self.managers,
            "workBeside": self.beside,
            "managerSave": self.save,
            "managerPage": self.manager,
        }

    async def work(self, call: Call) -> Response:
        """The tasks that wait, and which customers need a look."""
        form = call.form
        assert isinstance(form, WorkQuery)
        found, following = await self._tasks(call, form)
        managers: ManagersAnswer = await self._run(call, "managers")
        page = self._pages.shown(call, "/worklist")
        return self._html(
            call, "work.html", form=form, groups=grouped(found), following=following,
            managers=managers.managers, key=secrets.token_urlsafe(12),
            own_desk=call.caller.scope.manager_id, today=f"{self._pages.context.now():%F}",
            kinds={name: own.of(page.language) for name, own in self._settings.kinds.items()},
            outcomes={k: v.of(page.language) for k, v in self._settings.outcomes.items()},
            grades=range(self._settings.grades[0], self._settings.grades[1] + 1),
        )  # fmt: skip

    async def beside(self, call: Call) -> Response:
        """Whose customers changed sharply and who owes: read while the page is open."""
        form = call.form
        assert isinstance(form, WorkQuery)
        wanted = {"manager_id": form.manager, "limit": MAX_LISTED}
        language = {"language": self._pages.language(call)}
        warned: WarningsAnswer | None = await self._known(call, "warnings", wanted | language)
        owing: ArrearsAnswer | None = await self._known(call, "arrears", wanted)
        return self._html(call, "work_beside.html", warned=warned, owing=owing)

    async def issue(self, call: Call) -> Response:
        """Issue a task; sent twice it is issued once."""
        form = call.form
        assert isinstance(form, TaskFields)
        values = form.model_dump(exclude={"about", "about_id"}, exclude_none=True)
        await self._run(call, "issueTask", values | {f"{form.about}_id": form.about_id})
        return again()

    async def step(self, call: Call) -> Response:
        """Take a step on a task; the page shows it again."""
        form, own = call.form, call.place["task_id"]
        assert isinstance(form, StepFields)
        text = form.text
        if form.step in NOTED:
            text = say(WORDS, NOTED[form.step], self._pages.language(call))
        noted = {"note": text, "key": form.key}
        steps: dict[str, tuple[str, dict[str, Any]]] = {
            "take": ("noteTask", noted),
            "remind": ("noteTask", noted),
            "note": ("noteTask", noted),
            "finish": ("finishTask", {"outcome": form.outcome, "note": text}),
            "cancel": ("cancelTask", {"why": text}),
            "evaluate": ("evaluateTask", {"grade": form.grade, "reason": text}),
        }
        operation, values = steps[form.step]
        await self._run(call, operation, values, task_id=own)
        return again()

    async def managers(self, call: Call) -> Response:
        """The account managers whom the reader reaches."""
        found: ManagersAnswer = await self._run(call, "managers")
        today = f"{self._pages.context.now():%F}"
        return self._html(call, "managers.html", managers=found.managers, today=today)

    async def save(self, call: Call) -> Response:
        """Keep a manager, or a target of the plan."""
        form = call.form
        assert isinstance(form, ManagerFields)
        own = form.manager_id or ""
        values = form.model_dump(include={"name", "city", "since", "until", "note"})
        target = (form.indicator, form.target, form.target_since, form.target_until)
        if all(one is not None for one in target):
            names = ("indicator", "target", "since", "until")
            values["targets"] = [dict(zip(names, target, strict=True))]
        await self._run(call, "saveManager", values, manager_id=own)
        return go_to(call, f"/worklist/managers/{quote(own, safe='')}")

    async def manager(self, call: Call) -> Response:
        """A manager: what is kept of them, their plan and figures, and every change."""
        own, language = call.place["manager_id"], self._pages.language(call)
        found: ManagerAnswer = await self._run(call, "manager", manager_id=own)
        figures: PerformanceAnswer | None = await self._known(
            call, "managerPerformance", {"language": language}, manager_id=own
        )
        now = self._pages.context.now()
        return self._html(
            call, "manager.html", found=found, figures=figures, today=f"{now:%F}",
            indicators={name: one.words(language) for name, one in BY_NAME.items()},
        )  # fmt: skip

    async def _tasks(self, call: Call, form: WorkQuery) -> tuple[list[TaskAnswer], str | None]:
        """The tasks that are wanted, the first due first; without a state those that wait."""
        wanted: dict[str, Any] = {"manager_id": form.manager, "limit": MOST}
        if form.state is not None:
            wanted |= {"state": form.state, "after": form.after}
            page: TasksAnswer = await self._run(call, "tasks", wanted)
            return page.tasks, page.next
        if form.due == "now":
            wanted["reminder"] = "overdue,due_today"
        found: list[TaskAnswer] = []
        for state in LIVE:
            part: TasksAnswer = await self._run(call, "tasks", wanted | {"state": state})
            found += part.tasks
        return sorted(found, key=lambda own: (own.due, own.task_id)), None

    async def _known(
        self, call: Call, operation: str, values: Mapping[str, Any], **place: str
    ) -> Any:
        """What the operation answers; null where the reader may not ask or it cannot be read."""
        if not self._pages.shown(call, "/worklist").may(operation):
            return None
        try:
            given = {name: own for name, own in values.items() if own is not None}
            return await self._run(call, operation, given, **place)
        except LiukeError as refusal:
            if refusal.code not in UNREADABLE:
                raise
            return None

    async def _run(
        self, call: Call, operation: str, values: Mapping[str, Any] | None = None, **place: str
    ) -> Any:
        """As `Call.run`, for the purpose that the reader chose, else their role's first."""
        purpose = self._pages.shown(call, "/worklist").purpose
        return await call.run(operation, values, purpose=purpose, **place)

    def _html(self, call: Call, template: str, **values: Any) -> Response:
        return self._pages.html(call, template, WORDS, **values)
