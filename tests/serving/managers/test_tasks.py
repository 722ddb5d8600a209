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
from serving.managers.following import cancel, finish
from serving.managers.tasks import (
    DONE,
    LIVE,
    REMINDERS,
    STATES,
    Order,
    Task,
    Wanted,
    check_state,
    due_within,
    find_task,
    listed,
    live_tasks,
    new_task,
    reminders_of,
)
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


def test_tasks_are_listed_page_by_page_the_first_due_first(store: Engine) -> None:
    days = [5, 3, 3, 9, 3, 0]
    with store.begin() as connection:
        for place, day in enumerate(days):
            about = {"customer_id": f"C{place % 2}", "due": TODAY + timedelta(days=day)}
            issued(connection, "M1" if place < 5 else "M2", **about)
        whole = listed(connection, Wanted(), 100)
        assert whole.next is None
        assert [own.due for own in whole.tasks] == sorted(own.due for own in whole.tasks)
        found: list[Task] = []
        mark: str | None = None
        for count in (2, 2, 2):
            page = listed(connection, Wanted(after=mark), count)
            found, mark = [*found, *page.tasks], page.next
        assert (found, mark) == (whole.tasks, None)
        assert len(live_tasks(connection, "M1")) == 5

        def count_of(**wanted: Any) -> int:
            return len(listed(connection, Wanted(**wanted), 100).tasks)

        assert count_of(managers=["M1"]) == 5
        assert count_of(managers=[]) == 0
        assert count_of(customer_id="C1") == 3
        assert count_of(due_by=TODAY + timedelta(days=3)) == 4
        assert count_of(state="open") == 6
        assert count_of(state="done") == 0
        both = ("overdue", "due_today")
        for today, counts in {0: (0, 1), 3: (1, 3), 9: (5, 1)}.items():
            moment = {"today": TODAY + timedelta(days=today)}
            assert tuple(count_of(reminders=[name], **moment) for name in both) == counts
            assert count_of(reminders=both, **moment) == sum(counts)
        later = (TODAY + timedelta(days=3), TODAY + timedelta(days=9))
        assert [own.due.day for own in due_within(connection, "M1", *later)] == [5, 5, 5, 7]


@pytest.mark.parametrize("mark", ["", "x", f"2026-02-31.{'f' * 24}", f"2026-03-02.{'f' * 23}"])
def test_a_mark_of_nothing_is_refused(store: Engine, mark: str) -> None:
    with store.connect() as connection, pytest.raises(RequestRefused, match="not a mark"):
        listed(connection, Wanted(after=mark), 1)


def test_what_has_ended_is_among_no_reminders(store: Engine) -> None:
    with store.begin() as connection:
        done, cancelled = (issued(connection, customer_id="C1", due=TODAY) for _ in "ab")
        finish(connection, done.id, "saved", None, ISSUER, SETTINGS, NOW)
        cancel(connection, cancelled.id, "No need", ISSUER, NOW)
        waiting = issued(connection, customer_id="C1", due=TODAY)
        wanted = Wanted(reminders=REMINDERS, today=TODAY + timedelta(days=1))
        assert listed(connection, wanted, 9).tasks == [waiting]


def test_a_reminder_that_is_none_is_refused() -> None:
    assert reminders_of(None) is None
    for text in ("", "soon", "overdue,", "overdue due_today"):
        with pytest.raises(RequestRefused, match="expected overdue or due_today, or both"):
            reminders_of(text)


def test_a_state_that_no_task_has_is_refused() -> None:
    check_state(None)
    check_state("done")
    with pytest.raises(RequestRefused, match="expected one of open, in_progress, done, cancelled"):
        check_state("lost")
