"""A manager's performance in a period, by declared indicators: each with one way to compute it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import fmean

from sqlalchemy import Connection

from features.settings import home_settings
from serving.managers.performance.care import Care, care_of
from serving.managers.tasks import DONE, OVERDUE, Task
from training.fit_settings import TrainingSettings
from training.indicators import archive
from training.indicators.indicator import Indicator

Computed = Callable[[Care], float | None]


def _customers(care: Care) -> float | None:
    return None if care.closing is None else len(care.closing.customers)


def _revenue(care: Care) -> float | None:
    return None if care.closing is None else care.closing.revenue


def _of_customers(count: Computed) -> Computed:
    """What is counted of customers; null where no night says who they were."""
    return lambda care: None if care.closing is None else count(care)


def _due(care: Care) -> list[Task]:
    """Those that count: done, or with their due day past. One of tomorrow is not late yet."""
    return [own for own in care.tasks if own.state == DONE or own.reminder(care.today) == OVERDUE]


def _in_time(care: Care) -> float | None:
    return fmean(task.in_time for task in _due(care)) if _due(care) else None


def _grade(care: Care) -> float | None:
    grades = [task.grade for task in _due(care) if task.grade is not None]
    return fmean(grades) if grades else None


COMPUTED: Mapping[Indicator, Computed] = {
    archive.CUSTOMERS_IN_CARE: _customers,
    archive.REVENUE_IN_CARE: _revenue,
    archive.CHURNED_IN_CARE: _of_customers(lambda care: len(care.churned)),
    archive.SAVED_IN_CARE: _of_customers(lambda care: len(care.saved)),
    archive.CONTACTS_IN_CARE: _of_customers(lambda care: care.contacts),
    archive.TASKS_DUE: lambda care: len(_due(care)),
    archive.TASKS_IN_TIME: _in_time,
    archive.TASK_GRADE: _grade,
}
BY_NAME: Mapping[str, Indicator] = {own.name: own for own in COMPUTED}


@dataclass(frozen=True)
class Performance:
    """The figures by indicator, null where nothing says; the nights whose customers counted."""

    manager_id: str
    since: date
    until: date
    opening: date | None
    closing: date | None
    values: Mapping[str, float | None]


def performance(
    home: Path, connection: Connection, manager_id: str, since: date, until: date, today: date
) -> Performance:
    """The manager's figures of [since, until), as things stand `today`.

    Raises LakeError where a night cannot be read.
    """
    competing = home_settings(home, "training", TrainingSettings).label.competing_reasons
    care = care_of(home, connection, manager_id, since, until, today, competing)
    values = {own.name: compute(care) for own, compute in COMPUTED.items()}
    days = [None if own is None else own.as_of for own in (care.opening, care.closing)]
    return Performance(manager_id, since, until, days[0], days[1], values)
