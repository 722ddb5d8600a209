"""Tasks behind the gateway: who issues, sees, follows, ends and grades which."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel
from sqlalchemy import Engine, select

from features.errors import RequestRefused, UnknownCustomers
from features.settings.in_force import InForce
from serving.access.principal import EVERYWHERE, Principal, Scope
from serving.audit.transactions import Transactions
from serving.database.tables import audit
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.routes import routes
from serving.http.contract.schemas import score_answer
from serving.http.endpoints.decision.decide import Desk
from serving.http.endpoints.managers.archive import ManagerDesk
from serving.http.endpoints.managers.shared import Managing
from serving.http.endpoints.managers.tasks import TaskDesk
from serving.http.gateway import checked_query
from serving.managers.archive import find_manager, save_manager
from serving.managers.manager_settings import manager_settings
from serving.managers.tasks import Actor, Order, new_task, write_task
from serving.scores import last_scores
from serving.service_settings import serving_settings

if TYPE_CHECKING:
    from tests.conftest import SmallHome

ROWS = {row.operation: row for row in routes(score_answer("CNY")).rows}
UNKNOWN = "f" * 24
MARKETING = Principal("li.na", "marketing", EVERYWHERE, "retention")


@dataclass
class Callers:
    """Two managers with their customers, and what answers them; all at one moment."""

    context: Context
    recorder: Transactions
    now: datetime
    own: dict[str, list[str]]  # by manager
    handlers: dict[str, Any]

    @property
    def first(self) -> str:
        return next(iter(self.own))

    @property
    def second(self) -> str:
        return list(self.own)[1]

    def call(
        self, operation: str, caller: Principal, query: str = "", task_id: str = "",
        manager_id_: str = "", batch_id: str = "", **body: Any,
    ) -> tuple[Call, Any]:  # fmt: skip
        """The call and its answer, as the gateway lets it through."""
        row = ROWS[operation]
        form: BaseModel | None = None
        if row.query is not None:
            form = checked_query(query.encode(), row.query)
        elif row.form is not None:
            form = row.form.model_validate_json(json.dumps(body))
        place = {
            "task_id": task_id,
            "batch_id": batch_id,
            "manager_id": manager_id_ or caller.scope.manager_id or self.first,
        }
        call = Call(
            "r1", row.path, row.method, caller, form, place, recorder=self.recorder,
        )  # fmt: skip
        return call, asyncio.run(self.handlers[operation](call))

    def issued(self, customer_id: str, manager_id: str = "", **more: Any) -> str:
        """The id of a new task for the first manager, if no other is named."""
        body = {"kind": "visit", "text": "See them", "customer_id": customer_id, **more}
        manager_id = manager_id or self.first
        _, found = self.call("issueTask", MARKETING, manager_id=manager_id, **body)
        return str(found.task_id)

    def listed(self, caller: Principal, query: str = "") -> list[str]:
        return [own.task_id for own in self.call("tasks", caller, query)[1].tasks]


def at_desk(manager_id: str) -> Principal:
    return Principal(f"key-{manager_id}", "manager", Scope(manager_id=manager_id), "account_care")


@pytest.fixture
def callers(small_home: SmallHome, store: Engine, database_url: str) -> Iterator[Callers]:
    settings = replace(serving_settings(small_home.home), database_url=database_url)
    context, now = Context(small_home.home, settings, "CNY"), small_home.as_of + timedelta(hours=9)
    context.__dict__ |= {"reading": store, "engine": store, "now": lambda: now}
    desk = Desk(context)
    patient = replace(desk.settings.fallback, live_seconds=60.0, night_seconds=60.0)
    settled = replace(desk.settings, fallback=patient)
    context.__dict__["decision"] = InForce(small_home.home, "decision", lambda _: settled)
    managing, recorder = Managing(context), Transactions(store)
    by_manager = last_scores(small_home.home).groupby("manager_id")["customer_id"]
    own = {str(name): sorted(ids) for name, ids in by_manager}
    with store.begin() as connection:
        for manager_id in own:
            given = {"name": "Desk", "city": "Suzhou", "since": now.date()}
            save_manager(connection, manager_id, given, "admin", now)
    handlers = {**TaskDesk(lambda: desk, managing).handlers, **ManagerDesk(managing).handlers}
    yield Callers(context, recorder, now, own, handlers)
    recorder.close()


def test_a_task_is_issued_followed_done_and_graded(callers: Callers, store: Engine) -> None:
    customer, manager = callers.own[callers.first][0], at_desk(callers.first)
    call, task = callers.call(
        "issueTask", MARKETING, manager_id=callers.first, kind="visit", text="See them",
        customer_id=customer, due=f"{callers.now:%F}",
    )  # fmt: skip
    assert (task.state, task.issuer, task.reminder) == ("open", "li.na", "due_today")
    assert (call.subjects, call.detail["task"]) == ((customer,), task.task_id)
    (shown,) = callers.call("tasks", manager)[1].tasks
    assert shown == task
    assert callers.listed(manager, "reminder=overdue,due_today") == [task.task_id]
    assert callers.listed(manager, "reminder=overdue") == []
    _, noted = callers.call("noteTask", manager, task_id=task.task_id, note="Friday")
    assert (noted.state, noted.notes[0].author) == ("in_progress", callers.first)
    _, done = callers.call("finishTask", manager, task_id=task.task_id, outcome="saved")
    assert (done.state, done.ended_by, done.in_time, done.reminder) == (
        "done", callers.first, True, None,
    )  # fmt: skip
    call, graded = callers.call(
        "evaluateTask", MARKETING, task_id=task.task_id, grade=4, reason="Quick"
    )
    assert (graded.grade, graded.reason, graded.outcome_text) == (4, "Quick", "the customer stays")
    assert callers.listed(MARKETING, "state=done") == [task.task_id]
    with store.connect() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.number)).all()
    assert [row.route for row in rows] == [
        "/tasks", "/tasks/{task_id}/notes", "/tasks/{task_id}/done", "/tasks/{task_id}/evaluation",
    ]  # fmt: skip
    assert {row.subjects for row in rows} == {1}
    assert not any(customer in row.detail for row in rows)


def test_a_key_is_of_one_caller_and_one_task(callers: Callers) -> None:
    first, second = (callers.issued(own) for own in callers.own[callers.first][:2])
    for caller, task_id, count in (
        (MARKETING, first, 1), (MARKETING, first, 1), (MARKETING, second, 1),
        (at_desk(callers.first), first, 2), (at_desk(callers.first), first, 2),
    ):  # fmt: skip
        _, task = callers.call("noteTask", caller, task_id=task_id, note="Friday", key="k1")
        assert len(task.notes) == count


def test_a_manager_sees_and_touches_their_own_tasks_alone(callers: Callers) -> None:
    own = callers.issued(callers.own[callers.first][0])
    others = callers.issued(callers.own[callers.second][0], callers.second)
    assert set(callers.listed(MARKETING)) == {own, others}
    assert callers.listed(at_desk(callers.first)) == [own]
    assert callers.listed(at_desk(callers.first), f"manager_id={callers.second}") == []
    assert set(callers.listed(Principal("k", "manager", Scope(city="Suzhou")))) <= {own, others}
    assert callers.listed(Principal("k", "manager", Scope(city="Elsewhere"))) == []
    steps: list[tuple[str, dict[str, Any]]] = [
        ("noteTask", {"note": "Seen"}), ("finishTask", {"outcome": "saved"}),
    ]  # fmt: skip
    for operation, body in steps:
        said = set()
        for task_id in (others, UNKNOWN):
            with pytest.raises(RequestRefused) as refused:
                callers.call(operation, at_desk(callers.first), task_id=task_id, **body)
            said.add((refused.value.code, refused.value.message))
        assert said == {("unknown_task", "no task has this id; look it up again")}


def test_a_manager_issues_to_themselves_alone_and_grades_nothing_of_it(callers: Callers) -> None:
    customer, manager = callers.own[callers.first][0], at_desk(callers.first)
    body = {"kind": "call", "text": "Ring them", "customer_id": customer}
    _, task = callers.call("issueTask", manager, manager_id=callers.first, **body)
    assert task.issuer == callers.first
    with pytest.raises(RequestRefused) as refused:
        callers.call("issueTask", manager, manager_id=callers.second, **body)
    assert refused.value.code == "unknown_manager"
    callers.call("finishTask", manager, task_id=task.task_id, outcome="saved")
    with pytest.raises(RequestRefused) as refused:
        callers.call("evaluateTask", manager, task_id=task.task_id, grade=5, reason="Good")
    assert refused.value.code == "forbidden"


def test_whom_a_task_is_about_must_be_known_to_the_caller(callers: Callers) -> None:
    theirs, manager = callers.own[callers.second][0], at_desk(callers.first)
    body = {"manager_id": callers.first, "kind": "call", "text": "Ring them"}
    for customer in (theirs, "C-unknown"):
        with pytest.raises(UnknownCustomers) as unknown:
            callers.call("issueTask", manager, customer_id=customer, **body)
        assert unknown.value.details == {"customer_ids": [customer]}
    with pytest.raises(UnknownCustomers, match="no customer is in this group"):
        callers.call("issueTask", manager, group_id="G-unknown", **body)
    with pytest.raises(RequestRefused, match="name one of the two"):
        callers.call("issueTask", manager, **body)
    # Marketing may send a manager to any customer; a manager sees no task about another's.
    task_id = callers.issued(theirs)
    assert callers.listed(manager) == []
    with pytest.raises(RequestRefused) as refused:
        callers.call("noteTask", manager, task_id=task_id, note="Who is it?")
    assert refused.value.code == "unknown_task"


def test_a_task_about_who_has_left_can_be_ended(callers: Callers, store: Engine) -> None:
    with store.begin() as connection:
        desk = find_manager(connection, callers.first)
        settings = manager_settings(callers.context.home)
        order = Order("call", "Win them back", "C-has-left")
        task = write_task(connection, new_task(desk, order, Actor("li.na"), settings, callers.now))
    manager = at_desk(callers.first)
    assert callers.listed(manager) == [task.id]
    _, done = callers.call("finishTask", manager, task_id=task.id, outcome="lost")
    assert (done.state, done.outcome) == ("done", "lost")


def test_a_page_goes_on_where_the_one_before_ended(callers: Callers) -> None:
    customers = callers.own[callers.first][:3]
    ids = {callers.issued(own) for own in customers}
    _, page = callers.call("tasks", MARKETING, "limit=2")
    _, rest = callers.call("tasks", MARKETING, f"limit=2&after={page.next}")
    assert [len(page.tasks), len(rest.tasks), rest.next] == [2, 1, None]
    assert {own.task_id for own in (*page.tasks, *rest.tasks)} == ids
    for query in (
        "state=lost",
        "reminder=soon",
        "after=x",
        "due_by=tomorrow",
        "due_by=0",
        "limit=0",
    ):
        with pytest.raises(RequestRefused) as refused:
            callers.call("tasks", MARKETING, query)
        assert refused.value.code == "invalid_request"


def test_a_manager_is_shown_with_changes_plan_and_tasks(callers: Callers, store: Engine) -> None:
    callers.issued(callers.own[callers.first][0], due=f"{callers.now:%F}")
    with store.begin() as connection:
        save_manager(connection, callers.first, {"note": "Moves in May"}, "li.na", callers.now)
    _, found = callers.call("manager", at_desk(callers.first))
    assert (found.manager_id, found.note) == (callers.first, "Moves in May")
    assert [own.note for own in found.changes] == ["", "Moves in May"]
    assert found.tasks.model_dump() == {"open": 1, "in_progress": 0, "overdue": 0, "due_today": 1}
    elsewhere = Principal("k", "manager", Scope(city="Elsewhere"), "account_care")
    for operation in ("manager", "managerPerformance"):
        with pytest.raises(RequestRefused) as refused:
            callers.call(operation, elsewhere)
        assert refused.value.code == "unknown_manager"


def test_the_figures_of_a_period_are_those_of_the_night(callers: Callers) -> None:
    day = f"{callers.now:%F}"
    query = f"from={callers.now - timedelta(days=30):%F}&to={day}&language=zh"
    _, found = callers.call("managerPerformance", at_desk(callers.first), query)
    figures = {own.name: own for own in found.figures}
    assert figures["customers_in_care"].value == len(callers.own[callers.first])
    assert (figures["customers_in_care"].text, found.closing) == ("在管客户数", day)
    assert figures["revenue_in_care"].unit == "CNY"
    with pytest.raises(RequestRefused, match="expected a later day"):
        callers.call("managerPerformance", at_desk(callers.first), f"from={day}&to={day}")


def test_a_task_is_cancelled_by_who_plans_and_by_the_desk_that_issued_it(
    callers: Callers, store: Engine
) -> None:
    customer, manager = callers.own[callers.first][0], at_desk(callers.first)
    theirs = callers.issued(customer)
    with pytest.raises(RequestRefused) as refused:
        callers.call("cancelTask", manager, task_id=theirs, why="No time")
    assert refused.value.code == "forbidden"
    with pytest.raises(RequestRefused) as refused:
        callers.call("cancelTask", at_desk(callers.second), task_id=theirs, why="Not mine")
    assert refused.value.code == "unknown_task"
    call, cancelled = callers.call("cancelTask", MARKETING, task_id=theirs, why="They moved")
    assert (cancelled.state, cancelled.ended_by) == ("cancelled", "li.na")
    assert [own.text for own in cancelled.notes] == ["They moved"]
    assert (call.subjects, call.detail["task"]) == ((customer,), theirs)
    with pytest.raises(RequestRefused) as refused:
        callers.call("cancelTask", MARKETING, task_id=theirs, why="Again")
    assert refused.value.code == "conflict"
    _, own = callers.call(
        "issueTask", manager, manager_id=callers.first, kind="visit", text="Ask",
        customer_id=customer,
    )  # fmt: skip
    _, ended = callers.call("cancelTask", manager, task_id=own.task_id, why="Done by phone")
    assert ended.state == "cancelled"
    with store.connect() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.number)).all()
    assert [row.route for row in rows].count("/tasks/{task_id}/cancellation") == 2
    assert {row.status for row in rows} == {200}


TARGET = {
    "indicator": "customers_in_care", "since": "2026-03-01", "until": "2026-04-01", "target": 12,
}  # fmt: skip
IN_SUZHOU = Principal("wei", "marketing", Scope(city="Suzhou"), "retention")
IN_WUXI = Principal("bo", "marketing", Scope(city="Wuxi"), "retention")


def test_a_manager_is_kept_with_a_plan_all_or_nothing(callers: Callers, store: Engine) -> None:
    def refused(caller: Principal, **body: Any) -> str:
        with pytest.raises(RequestRefused) as error:
            callers.call("saveManager", caller, **body)
        return error.value.code

    call, saved = callers.call("saveManager", MARKETING, note="Large ones", targets=[TARGET])
    assert (saved.note, saved.name, len(saved.changes)) == ("Large ones", "Desk", 2)
    assert [(own.indicator, own.target, own.caller) for own in saved.plan] == [
        ("customers_in_care", 12.0, "li.na")
    ]
    assert call.detail == {"manager": callers.first, "targets": 1}
    assert refused(MARKETING, note="Never", targets=[TARGET | {"indicator": "luck"}]) == (
        "invalid_request"
    )
    assert refused(MARKETING, until="2000-01-01") == "invalid_request"
    _, shown = callers.call("manager", MARKETING)
    assert (shown.note, len(shown.changes), len(shown.plan)) == ("Large ones", 2, 1)
    with store.connect() as connection:
        routes_ = connection.execute(select(audit.c.route, audit.c.status)).all()
    assert [tuple(row) for row in routes_] == [("/managers/{manager_id}", 200)]


def test_who_is_limited_to_a_city_changes_its_managers_alone(callers: Callers) -> None:
    _, saved = callers.call("saveManager", IN_SUZHOU, note="Ours")
    assert saved.note == "Ours"
    new = {"name": "New", "since": "2026-03-01"}
    for caller, manager_id, body, code in (
        (IN_WUXI, callers.first, {"note": "Theirs"}, "unknown_manager"),
        (IN_SUZHOU, "M9999", {**new, "city": "Suzhou"}, "unknown_manager"),
        (IN_SUZHOU, callers.first, {"city": "Wuxi"}, "forbidden"),
    ):
        with pytest.raises(RequestRefused) as refused:
            callers.call("saveManager", caller, manager_id_=manager_id, **body)
        assert refused.value.code == code
    _, shown = callers.call("manager", MARKETING)
    assert (shown.note, shown.city) == ("Ours", "Suzhou")
    _, added = callers.call("saveManager", MARKETING, manager_id_="M9999", **new)
    assert (added.manager_id, added.city) == ("M9999", None)
