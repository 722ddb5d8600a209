"""Tasks in the order of a work list: what is late first."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.managers.tasks import TaskAnswer

OVERDUE, TODAY, LATER, ENDED = "overdue", "due_today", "later", "ended"


def grouped(tasks: Iterable[TaskAnswer]) -> list[tuple[str, list[TaskAnswer]]]:
    """The tasks by what is late, due today, due later, or ended; groups without any are not there.

    In each the order is kept.
    """
    found: dict[str, list[TaskAnswer]] = {name: [] for name in (OVERDUE, TODAY, LATER, ENDED)}
    for own in tasks:
        found[ENDED if own.ended_at else own.reminder or LATER].append(own)
    return [(name, group) for name, group in found.items() if group]
