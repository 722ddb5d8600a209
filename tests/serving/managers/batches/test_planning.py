"""Whom a batch is about: each customer once, or under the first rule that excludes them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from features.errors import RequestRefused
from serving.access.principal import EVERYWHERE, Scope
from serving.managers.batches.planning import ISSUE, REMIND, Action, Chosen, Plan, planned
from serving.managers.following import cancel
from tests.serving.managers.desks import ISSUER, NOW, SETTINGS, TODAY, code_of, issued, kept

CALL = Action(ISSUE, "Call them", "call")
NUDGE = Action(REMIND, "Please see to this")


def chosen(**managers: str | None) -> Chosen:
    return Chosen("2026-03-01", managers)


def plan(
    connection: Connection, whom: Chosen, action: Action = CALL, scope: Scope = EVERYWHERE
) -> Plan:
    return planned(connection, whom, action, scope, ISSUER, SETTINGS, NOW)


def test_each_customer_gets_a_task_or_the_rule_that_excludes_them(store: Engine) -> None:
    with store.begin() as connection:
        kept(connection, "M1")
        kept(connection, "M2", until=TODAY - timedelta(days=1))
        issued(connection, customer_id="C4")
        whom = Chosen(
            "2026-03-01", {"C1": "M1", "C2": None, "C3": "M2", "C4": "M1", "C5": "M9", "C6": "M1"},
            ("C7",),
        )  # fmt: skip
        found = plan(connection, whom)
    assert [own.customer_id for own in found.tasks] == ["C1", "C6"]
    assert found.by_manager == {"M1": 2}
    assert found.excluded == {
        "unknown": ("C7",), "no_manager": ("C2",), "unknown_manager": ("C5",),
        "not_serving": ("C3",), "has_task": ("C4",),
    }  # fmt: skip


def test_a_task_of_another_kind_or_one_that_has_ended_excludes_no_customer(store: Engine) -> None:
    with store.begin() as connection:
        task = issued(connection, customer_id="C1", kind="visit")
        assert len(plan(connection, chosen(C1="M1")).tasks) == 1
        other = issued(connection, customer_id="C1")
        assert plan(connection, chosen(C1="M1")).excluded == {"has_task": ("C1",)}
        cancel(connection, other.id, "No need", ISSUER, NOW)
        assert len(plan(connection, chosen(C1="M1")).tasks) == 1
        assert task.state == "open"


def test_managers_out_of_reach_are_not_there(store: Engine) -> None:
    with store.begin() as connection:
        kept(connection, "M1", "Wuxi")
        found = plan(connection, chosen(C1="M1"), scope=Scope(city="Suzhou"))
    assert (found.tasks, found.excluded) == ((), {"unknown_manager": ("C1",)})


def test_the_mark_stands_for_what_would_be_done(store: Engine) -> None:
    with store.begin() as connection:
        kept(connection, "M1")
        first = plan(connection, chosen(C1="M1", C2="M1"))
        assert plan(connection, chosen(C1="M1", C2="M1")).mark == first.mark
        others = [
            plan(connection, chosen(C1="M1")),
            plan(connection, chosen(C1="M1", C2="M1"), Action(ISSUE, "Other", "call")),
            plan(connection, chosen(C1="M1", C2="M1"), Action(ISSUE, "Call them", "visit")),
            plan(connection, chosen(C1="M1", C2=None)),
        ]
    assert len({first.mark, *(own.mark for own in others)}) == 5


def test_a_reminder_is_of_live_tasks_of_the_kind(store: Engine) -> None:
    with store.begin() as connection:
        call = issued(connection, customer_id="C1")
        visit = issued(connection, customer_id="C1", kind="visit")
        ended = issued(connection, customer_id="C2")
        cancel(connection, ended.id, "No need", ISSUER, NOW)
        found = plan(connection, chosen(C1="M1", C2="M1"), NUDGE)
        assert {own.id for own in found.tasks} == {call.id, visit.id}
        assert found.excluded == {"no_task": ("C2",)}
        of_kind = Action(REMIND, "Please", "visit")
        assert [own.id for own in plan(connection, chosen(C1="M1"), of_kind).tasks] == [visit.id]


@pytest.mark.parametrize(
    "action",
    [Action(ISSUE, "Do", "nothing"), Action(ISSUE, "Do"), Action(REMIND, " "),
     Action(ISSUE, "Do", "call", TODAY - timedelta(days=1))],
)  # fmt: skip
def test_what_no_task_may_be_is_refused_for_any_customer(store: Engine, action: Action) -> None:
    with store.connect() as connection, pytest.raises(RequestRefused) as refused:
        plan(connection, chosen(C1=None), action)
    assert code_of(refused) == "invalid_request"
