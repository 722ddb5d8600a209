"""The fields of forms about managers and their tasks."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from serving.http.contract.forms.decide import Name
from serving.http.contract.forms.managers.days import Day
from serving.http.contract.forms.managers.tasks import Id, State
from serving.http.contract.forms.outcomes import Key
from serving.managers.archive import LONGEST_NOTE
from serving.managers.manager_settings import MAX_GRADE
from serving.managers.tasks import LONGEST_TEXT

Written = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)
]
Mark = Annotated[str, StringConstraints(max_length=64)]


class WorkQuery(BaseModel):
    """Which tasks."""

    model_config = ConfigDict(extra="forbid")

    manager: Id | None = None
    state: State | None = None
    due: Literal["now"] | None = None
    after: Mark | None = None


class TaskFields(BaseModel):
    """A new task: for whom, of which kind, about whom, until when."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    manager_id: Id
    kind: Name
    about: Literal["customer", "group"] = "customer"
    about_id: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
    text: Written
    due: Day | None = None


class StepFields(BaseModel):
    """The step that is taken on a task, with what it takes; one that notes something has a key."""

    model_config = ConfigDict(extra="forbid")

    step: Literal["take", "remind", "note", "finish", "cancel", "evaluate"]
    key: Key | None = None
    text: Written | None = None
    outcome: Name | None = None
    grade: Annotated[int, Field(ge=0, le=MAX_GRADE)] | None = None


class ManagerFields(BaseModel):
    """What is kept of a manager, and one target of the plan."""

    model_config = ConfigDict(extra="forbid")

    manager_id: Id | None = None
    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] | None = None
    city: Annotated[str, StringConstraints(strip_whitespace=True, max_length=64)] | None = None
    since: Day | None = None
    until: Day | None = None
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] | None = None
    indicator: Name | None = None
    target: float | None = None
    target_since: Day | None = None
    target_until: Day | None = None
