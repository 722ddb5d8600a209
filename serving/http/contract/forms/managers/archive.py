"""The forms of managers and their performance, with examples for the contract."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from features.words import Language
from serving.http.contract.forms.decide import Name
from serving.http.contract.forms.managers.days import Day
from serving.managers.archive import LONGEST_NOTE


class ManagerQuery(BaseModel):
    """Why the manager is looked at."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the manager is looked at.")


class TargetRequest(BaseModel):
    """What an indicator is to reach from `since` on and before `until`."""

    model_config = ConfigDict(extra="forbid")

    indicator: str = Field(max_length=64, examples=["customers_in_care"])
    since: Day
    until: Day
    target: float


class ManagerRequest(BaseModel):
    """What is to be kept of a manager; null leaves it as it was. Other fields are refused."""

    model_config = ConfigDict(extra="forbid")

    purpose: Name | None = None
    name: str | None = Field(None, max_length=64, description="Of the desk, not of a person.")
    city: str | None = Field(None, max_length=64, description="The city that the desk belongs to.")
    since: Day | None = Field(None, description="The first day on which they serve.")
    until: Day | None = Field(None, description="The last day.")
    note: str | None = Field(None, max_length=LONGEST_NOTE)
    targets: list[TargetRequest] = Field(default=[], max_length=100)


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


class ManagersAnswer(BaseModel):
    """The desks that the caller reaches, by their ids."""

    managers: list[ManagerChange]


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
WHOLE = MANAGER | {
    "changes": [MANAGER],
    "plan": [TARGET],
    "tasks": {"open": 3, "in_progress": 2, "overdue": 1, "due_today": 0},
}
SAVED = {
    "name": "Large customers, east",
    "city": "Suzhou",
    "since": "2025-01-01",
    "targets": [{name: TARGET[name] for name in ("indicator", "since", "until", "target")}],
}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "managers": (None, {"managers": [MANAGER]}),
    "manager": (None, WHOLE),
    "saveManager": (SAVED, WHOLE),
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
