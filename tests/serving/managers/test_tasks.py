"""Tasks: what can be issued, which are found in which order, and when they remind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.managers.archive import Manager
from serving.managers.tasks import DONE, LIVE, STATES, Order, Task, find_task, new_task
from tests.serving.managers.desks import ISSUER, NOW, SETTINGS, SINCE, TODAY, issued

DESK = Manager("M1", "East", "Suzhou", SINCE, None, "", NOW, "admin")


def ordered(**given: Any) -> Task:
    values = {"kind": "call", "text": "Call them", "customer_id": "C1"} | given
    return new_task(DESK, Order(**values), ISSUER, SETTINGS, NOW)


def test_a_task_is_kept_as_it_was_issued(store: Engine) -> None:
    with store.begin() as connection:
        task = issued(connection, customer_id="C1", text="Call them, 今天")
        assert find_task(connection, task.id) == task
        assert (task.state, task.issuer, task.due) == ("open", "li.na", date(2026, 3, 5))
        with pytest.raises(RequestRefused, match="no task has this id"):
            find_task(connection, "f" * 24)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "party"}, "kind is 'party'; expected one of call, visit"),
        ({"customer_id": None}, "name one of the two"),
        ({"group_id": "G1"}, "name one of the two"),
        ({"text": " \n"}, "text has 2 characters; expected 1 to 2000, not blank"),
        ({"text": "t" * 2001}, "text has 2001 characters"),
        ({"customer_id": "C" * 65}, "customer_id has 65 characters"),
        ({"customer_id": None, "group_id": ""}, "group_id has 0 characters"),
    ],
)
def test_what_cannot_be_issued_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestRefused, match=message) as refused:
        ordered(**given)
    assert refused.value.code == "invalid_request"


def test_a_desk_that_does_not_serve_gets_no_task() -> None:
    order = Order("call", "Call them", "C1")
    day = timedelta(days=1)
    for desk in (replace(DESK, until=TODAY - day), replace(DESK, since=TODAY + day)):
        with pytest.raises(RequestRefused, match="M1 does not serve on 2026-03-02"):
            new_task(desk, order, ISSUER, SETTINGS, NOW)


@given(st.dates())
def test_a_due_day_lies_between_today_and_the_latest(due: date) -> None:
    latest = TODAY + timedelta(days=SETTINGS.max_days)
    if TODAY <= due <= latest:
        assert ordered(due=due).due == due
        return
    with pytest.raises(RequestRefused, match="expected 2026-03-02, today, to 2027-03-03"):
        ordered(due=due)


@given(st.sampled_from(STATES), st.integers(-400, 400))
def test_what_has_not_ended_reminds_from_its_due_day_on(state: str, days: int) -> None:
    task = replace(ordered(), state=state, due=TODAY + timedelta(days=days))
    reminder = task.reminder(TODAY)
    assert (reminder == "due_today") == (state in LIVE and days == 0)
    assert (reminder == "overdue") == (state in LIVE and days < 0)


@given(st.sampled_from(STATES), st.integers(-3, 3))
def test_in_time_is_what_was_done_on_the_due_day_at_the_latest(state: str, days: int) -> None:
    task = replace(ordered(due=TODAY), state=state, ended_at=NOW + timedelta(days=days))
    assert task.in_time == (state == DONE and days <= 0)
