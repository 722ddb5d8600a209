"""Listing tasks: in which order, page by page, and what waits for today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from features.errors import RequestRefused
from serving.managers.following import cancel, finish
from serving.managers.listing import (
    Wanted,
    check_state,
    due_within,
    listed,
    live_tasks,
    reminders_of,
)
from serving.managers.tasks import REMINDERS, Task
from tests.serving.managers.desks import ISSUER, NOW, SETTINGS, TODAY, issued


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
