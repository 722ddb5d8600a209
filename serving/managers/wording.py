"""Managers, tasks and performance as people read them, and as plain values for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from features.words import say
from serving.managers.archive import GIVEN, Manager
from serving.managers.manager_settings import ManagerSettings
from serving.managers.performance import BY_NAME, Performance
from serving.managers.performance.plan import Target
from serving.managers.tasks import IN_PROGRESS, OPEN, REMINDERS, Note, Task
from training.indicators.indicator import CURRENCY


@dataclass(frozen=True)
class Wording:
    """How things are said in one language, to whom it is `today`."""

    settings: ManagerSettings
    language: str
    today: date
    currency: str

    def task(self, task: Task, notes: Sequence[Note] = ()) -> dict[str, Any]:
        """The task's fields, its texts, its reminder (null without one) and its notes."""
        kind = self.settings.kinds.get(task.kind)
        outcome = self.settings.outcomes.get(task.outcome or "")
        return {
            "task_id": task.id,
            **{name: plain(getattr(task, name)) for name in TASK_FIELDS},
            "kind_text": task.kind if kind is None else kind.of(self.language),
            "outcome_text": task.outcome if outcome is None else outcome.of(self.language),
            "reminder": task.reminder(self.today),
            "in_time": task.in_time if task.outcome else None,
            "notes": [{name: plain(own) for name, own in vars(note).items()} for note in notes],
        }

    def figures(self, found: Performance, targets: Iterable[Target]) -> list[dict[str, Any]]:
        """Each indicator: name, words, unit, value, and the target of this very period or null."""
        period = (found.since, found.until)
        aims = {own.indicator: own.target for own in targets if (own.since, own.until) == period}
        return [
            {
                "name": name,
                "text": own.words(self.language),
                "unit": self.currency if own.unit == CURRENCY else own.unit,
                "value": found.values[name],
                "target": aims.get(name),
            }
            for name, own in BY_NAME.items()
        ]


TASK_FIELDS = (
    "manager_id", "kind", "customer_id", "group_id", "text", "due", "issuer", "issued_at", "state",
    "ended_at", "ended_by", "outcome", "grade", "reason", "evaluated_at",
)  # fmt: skip


def plain(value: Any) -> Any:
    """Days and moments as text.

    >>> plain(date(2026, 3, 2)), plain(datetime(2026, 3, 2, 9, 0, 0, 5)), plain(None)
    ('2026-03-02', '2026-03-02T09:00:00', None)
    """
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value.isoformat() if isinstance(value, date) else value


def archived(manager: Manager) -> dict[str, Any]:
    """The desk as it is since its last change."""
    names = ("manager_id", *GIVEN, "changed_at", "caller")
    return {name: plain(getattr(manager, name)) for name in names}


def aimed(target: Target) -> dict[str, Any]:
    """A target without the manager, which it stands below."""
    names = ("indicator", "since", "until", "target", "set_at", "caller")
    return {name: plain(getattr(target, name)) for name in names}


def load(tasks: Iterable[Task], today: date) -> dict[str, int]:
    """How many of the tasks are open, in progress, overdue and due today."""
    found = list(tasks)
    states = Counter(task.state for task in found)
    reminders = Counter(task.reminder(today) for task in found)
    return {name: states[name] for name in (OPEN, IN_PROGRESS)} | {
        name: reminders[name] for name in REMINDERS
    }


def manager_line(manager: Manager, language: str) -> str:
    about = {"manager": manager.manager_id, "name": manager.name}
    return say("managers", "manager", language, **about, **_where(manager, language)).rstrip()


def change_line(manager: Manager, language: str) -> str:
    about = {"at": f"{manager.changed_at:%F %H:%M}", "caller": manager.caller}
    where = _where(manager, language)
    return say("managers", "change", language, **about, name=manager.name, **where)


def target_line(target: Target, language: str) -> str:
    own = BY_NAME[target.indicator]
    values = {"indicator": own.words(language), "target": own.written(target.target)}
    return say("managers", "target", language, since=target.since, until=target.until, **values)


def figure_line(figure: Mapping[str, Any], language: str) -> str:
    """One of `Wording.figures`."""
    own = BY_NAME[figure["name"]]
    key = "figure" if figure["target"] is None else "figure_of_target"
    values = {name: own.written(figure[name]) for name in ("value", "target")}
    return say("managers", key, language, indicator=figure["text"], **values)


def task_lines(task: Mapping[str, Any], language: str) -> Iterator[str]:
    """One of `Wording.task`: what is to be done, what was noted, how it ended and was graded."""
    about = "customer" if task["customer_id"] else "group"
    yield say(
        "managers", "task", language,
        id=task["task_id"], due=task["due"], kind=task["kind_text"], text=task["text"],
        manager=task["manager_id"], state=say("managers", task["state"], language),
        reminder=say("managers", task["reminder"], language) if task["reminder"] else "",
        about=say("managers", f"about_{about}", language, **{about: task[f"{about}_id"]}),
    )  # fmt: skip
    for note in task["notes"]:
        yield say("managers", "note", language, **note)
    ended = {"at": task["ended_at"], "author": task["ended_by"]}
    if task["outcome"]:
        yield say("managers", "outcome", language, **ended, outcome=task["outcome_text"])
    if task["evaluated_at"]:
        given = {"at": task["evaluated_at"], "author": task["issuer"]}
        values = {name: task[name] for name in ("grade", "reason")}
        yield say("managers", "evaluation", language, **given, **values)


def _where(manager: Manager, language: str) -> dict[str, str]:
    key = "from_on" if manager.until is None else "from_to"
    days = say("managers", key, language, since=manager.since, until=manager.until)
    return {"place": manager.city or say("managers", "any_city", language), "days": days}
