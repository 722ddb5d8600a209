"""The forms of managers and their performance, with examples for the contract."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from features.words import Language
from serving.http.contract.forms.managers.days import Day


class ManagerQuery(BaseModel):
    """Why the manager is looked at."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the manager is looked at.")


class ManagerChange(BaseModel):
    """A desk as it was from `changed_at` on; `until` is its last day, null while it has none."""

    manager_id: str
    name: str
    city: str | None
    since: str
    until: str | None
    note: str
    changed_at: str
    caller: str


class ManagerTarget(BaseModel):
    """What an indicator is to reach from `since` on and before `until`."""

    indicator: str
    since: str
    until: str
    target: float
    set_at: str
    caller: str


class ManagerLoad(BaseModel):
    """How many of the manager's tasks have not ended, and how many of these are due."""

    open: int
    in_progress: int
    overdue: int
    due_today: int


class ManagerAnswer(ManagerChange):
    """A desk as it is now, every change of it, the oldest first, its plan and its tasks."""

    changes: list[ManagerChange]
    plan: list[ManagerTarget]
    tasks: ManagerLoad


class PerformanceQuery(BaseModel):
    """The period, by default this month; the day `to` itself does not belong to it."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the figures are looked at.")
    since: Day | None = Field(None, alias="from", description="The first day.")
    until: Day | None = Field(None, alias="to", description="The day after the last.")
    language: Language | None = Field(None, description="Of the words; without it the service's.")


class Figure(BaseModel):
    """An indicator: docs/indicators.md defines it. `target` of the plan of this very period."""

    name: str
    text: str
    unit: str
    value: float | None
    target: float | None


class PerformanceAnswer(BaseModel):
    """A manager's figures of a period, null where nothing says.

    `opening` and `closing`: the kept nights whose customers count.
    """

    manager_id: str
    since: str
    until: str
    opening: str | None
    closing: str | None
    figures: list[Figure]


MANAGER: dict[str, Any] = {
    "manager_id": "M0012",
    "name": "Large customers, east",
    "city": "Suzhou",
    "since": "2025-01-01",
    "until": None,
    "note": "",
    "changed_at": "2025-01-01T09:00:00",
    "caller": "li.na",
}
TARGET = {
    "indicator": "customers_in_care",
    "since": "2026-03-01",
    "until": "2026-04-01",
    "target": 120,
    "set_at": "2026-02-25T10:00:00",
    "caller": "li.na",
}
FIGURE = {
    "name": "customers_in_care",
    "text": "customers in care",
    "unit": "count",
    "value": 118,
    "target": 120,
}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "manager": (
        None,
        MANAGER
        | {
            "changes": [MANAGER],
            "plan": [TARGET],
            "tasks": {"open": 3, "in_progress": 2, "overdue": 1, "due_today": 0},
        },
    ),
    "managerPerformance": (
        None,
        {
            "manager_id": "M0012",
            "since": "2026-03-01",
            "until": "2026-04-01",
            "opening": "2026-02-23",
            "closing": "2026-03-30",
            "figures": [FIGURE],
        },
    ),
}
