"""The forms of tasks, with examples for the contract."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from serving.http.contract.forms.decide import Name
from serving.http.contract.forms.managers.days import Day
from serving.http.contract.forms.outcomes import Key
from serving.http.contract.schemas import CustomerId
from serving.managers.manager_settings import MAX_GRADE
from serving.managers.tasks import LONGEST_TEXT

Written = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
State = Literal["open", "in_progress", "done", "cancelled"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: Name | None = None


class TaskRequest(_Form):
    """A task for a manager, about a customer or a group. Other fields are refused."""

    manager_id: Id
    kind: Name = Field(description="One of the settings' kinds.", examples=["visit"])
    text: Written = Field(description="What is to be done.")
    customer_id: CustomerId | None = None
    group_id: Id | None = None
    due: Day | None = Field(default=None, description="Without it by the kind.")
    key: Key | None = Field(
        default=None, description="The caller's own: sent twice it is issued once."
    )


class NoteRequest(_Form):
    """What is noted while a task is followed. Other fields are refused."""

    note: Written
    key: Key | None = Field(
        default=None, description="The caller's own: sent twice it is written once."
    )


class DoneRequest(_Form):
    """How a task ended, and a last note. Other fields are refused."""

    outcome: Name = Field(description="One of the settings' outcomes.", examples=["saved"])
    note: Written | None = None


class CancelRequest(_Form):
    """Why a task is not to be done any more, its last note. Other fields are refused."""

    why: Written


class EvaluationRequest(_Form):
    """What is thought of a task that is done. Other fields are refused."""

    grade: Annotated[int, Field(strict=True, ge=0, le=MAX_GRADE)] = Field(
        description="Within the settings' grades.", examples=[4]
    )
    reason: Written


class TaskNote(BaseModel):
    """A note, and who wrote it: a manager's desk, or a caller."""

    at: str
    author: str
    text: str


class TaskAnswer(BaseModel):
    """A task. `reminder`: due today, or overdue; null where neither, and after its end.

    `issuer` and `ended_by`: a manager's desk, or a caller. `in_time`: null before it is done.
    """

    task_id: str
    manager_id: str
    kind: str
    kind_text: str
    customer_id: str | None
    group_id: str | None
    text: str
    due: str
    issuer: str
    issued_at: str
    state: State
    reminder: Literal["overdue", "due_today"] | None
    ended_at: str | None
    ended_by: str | None
    outcome: str | None
    outcome_text: str | None
    in_time: bool | None
    grade: int | None
    reason: str | None
    evaluated_at: str | None
    notes: list[TaskNote]


class TasksQuery(BaseModel):
    """Which tasks: those that are all of this."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the tasks are looked at.")
    manager_id: Id | None = Field(None, description="Of this manager.")
    state: str | None = Field(None, description="open, in_progress, done or cancelled.")
    customer_id: CustomerId | None = Field(None, description="About this customer.")
    due_by: Day | None = Field(None, description="Due on this day or before.")
    reminder: str | None = Field(
        None, description="Of these reminders, as overdue,due_today: what waits for today."
    )
    after: str | None = Field(None, description="The mark that the page before gave.")
    limit: Annotated[int, Field(ge=1, le=500)] = Field(100, description="Tasks a page.")


class TasksAnswer(BaseModel):
    """A page of tasks, the first due first; `next` is `after` of the next one, null at the end."""

    tasks: list[TaskAnswer]
    next: str | None


TASK_REQUEST = {
    "manager_id": "M0012",
    "kind": "visit",
    "text": "See how the new office is served",
    "customer_id": "C0012345",
}
TASK_ANSWER: dict[str, Any] = {
    "task_id": "5f0c22a8d1b0e7c45f0c22a8",
    "manager_id": "M0012",
    "kind": "visit",
    "kind_text": "Visit the customer",
    "customer_id": "C0012345",
    "group_id": None,
    "text": "See how the new office is served",
    "due": "2026-03-12",
    "issuer": "a1b2c3d4e5f6",
    "issued_at": "2026-03-02T09:00:00",
    "state": "open",
    "reminder": None,
    "ended_at": None,
    "ended_by": None,
    "outcome": None,
    "outcome_text": None,
    "in_time": None,
    "grade": None,
    "reason": None,
    "evaluated_at": None,
    "notes": [],
}
NOTED = TASK_ANSWER | {
    "state": "in_progress",
    "notes": [{"at": "2026-03-04T10:00:00", "author": "M0012", "text": "Visit agreed for Friday"}],
}
ENDED = NOTED | {
    "state": "done",
    "ended_at": "2026-03-06T16:00:00",
    "ended_by": "M0012",
    "outcome": "settled",
    "outcome_text": "what was open is settled",
    "in_time": True,
}
CANCELLED = NOTED | {
    "state": "cancelled", "ended_at": "2026-03-06T16:00:00", "ended_by": "a1b2c3d4e5f6",
}  # fmt: skip
EVALUATED = {"grade": 4, "reason": "Quick, and the customer is content"}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "tasks": (None, {"tasks": [NOTED], "next": None}),
    "issueTask": (TASK_REQUEST, TASK_ANSWER),
    "noteTask": ({"note": "Visit agreed for Friday", "key": "visits-2026-03-04-07"}, NOTED),
    "finishTask": ({"outcome": "settled"}, ENDED),
    "cancelTask": ({"why": "The office has moved away"}, CANCELLED),
    "evaluateTask": (EVALUATED, ENDED | EVALUATED | {"evaluated_at": "2026-03-09T09:00:00"}),
}
