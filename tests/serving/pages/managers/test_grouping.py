"""Tasks in the order of a work list."""

from __future__ import annotations

from typing import Any

from serving.http.contract.forms.managers.tasks import TASK_ANSWER, TaskAnswer
from serving.pages.managers.grouping import grouped


def task(own: str, **changed: Any) -> TaskAnswer:
    return TaskAnswer.model_validate(TASK_ANSWER | {"task_id": own} | changed)


def test_what_is_late_comes_first_and_what_ended_last() -> None:
    found = grouped(
        [
            task("ended", state="done", ended_at="2026-03-06T16:00:00"),
            task("later"),
            task("late", reminder="overdue"),
            task("later still"),
        ]
    )
    assert [(name, [own.task_id for own in group]) for name, group in found] == [
        ("overdue", ["late"]), ("later", ["later", "later still"]), ("ended", ["ended"]),
    ]  # fmt: skip
