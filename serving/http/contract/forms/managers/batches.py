"""The forms of tasks for many customers at once, with examples for the contract."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from serving.http.contract.forms.decide import Name
from serving.http.contract.forms.managers.days import Day
from serving.http.contract.forms.managers.tasks import Written
from serving.http.contract.forms.outcomes import Key

Mark = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{24}$")]


class BatchRequest(BaseModel):
    """What is done for whom. Other fields are refused."""

    model_config = ConfigDict(extra="forbid")

    purpose: Name | None = None
    action: Literal["issue", "remind"] = Field(
        description="Issue a task to each customer's manager, or note a reminder on live tasks."
    )
    search: dict[str, str] = Field(
        max_length=100, description="As of GET /customers; `customer_id` names single customers."
    )
    kind: Name | None = Field(
        default=None, description="Of the tasks; a reminder without it is of all kinds."
    )
    text: Written = Field(description="What is to be done, or the reminder.")
    due: Day | None = Field(default=None, description="Without it by the kind.")


class BatchOrder(BatchRequest):
    """What a preview showed, with its mark: where another one came of it by now, it is refused."""

    mark: Mark
    key: Key | None = Field(
        default=None, description="The caller's own: sent twice it is done once."
    )


class ExcludedCustomers(BaseModel):
    """How many customers a rule excludes, with the first of them."""

    rule: str
    count: int
    customers: list[str]


class BatchPreview(BaseModel):
    """What would be done: how many tasks, whose, and who is excluded by which rule."""

    as_of: str
    mark: str
    count: int
    customers: list[str]
    by_manager: dict[str, int]
    excluded: list[ExcludedCustomers]


class BatchAnswer(BaseModel):
    """A batch; `states`: how many of its tasks stand where. `excluded`: by rule, when it was done.

    `undone`: how many tasks or reminders were taken back; null before.
    """

    batch_id: str
    action: str
    kind: str | None
    text: str
    due: str | None
    search: dict[str, str]
    issuer: str
    at: str
    count: int
    excluded: dict[str, int]
    states: dict[str, int]
    undone_at: str | None
    undone: int | None


class StayedTask(BaseModel):
    """What could not be taken back, and why: the state of the task, `noted`, or `answered`."""

    customer_id: str
    task_id: str
    why: str


class UndoneAnswer(BaseModel):
    """What was taken back, and what stays."""

    batch: BatchAnswer
    stayed: list[StayedTask]


class BatchesAnswer(BaseModel):
    """The caller's own batches, the latest first."""

    batches: list[BatchAnswer]


_REQUEST = {
    "action": "issue",
    "search": {"city": "Suzhou", "churn_risk_min": "0.3"},
    "kind": "call",
    "text": "Offer to look at the bill together",
}
_PREVIEW = {
    "as_of": "2026-03-02",
    "mark": "5f0c22a8d1b0e7c45f0c22a8",
    "count": 2,
    "customers": ["C0012345", "C0012346"],
    "by_manager": {"M0012": 2},
    "excluded": [{"rule": "has_task", "count": 1, "customers": ["C0012347"]}],
}
_BATCH: dict[str, Any] = {
    "batch_id": "0a1b2c3d4e5f0a1b2c3d4e5f",
    "action": "issue",
    "kind": "call",
    "text": "Offer to look at the bill together",
    "due": None,
    "search": {"city": "Suzhou", "churn_risk_min": "0.3"},
    "issuer": "lin",
    "at": "2026-03-02T09:00:00",
    "count": 2,
    "excluded": {"has_task": 1},
    "states": {"open": 2},
    "undone_at": None,
    "undone": None,
}
_UNDONE = _BATCH | {
    "states": {"in_progress": 1}, "undone_at": "2026-03-02T09:30:00", "undone": 1,
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "previewBatch": (_REQUEST, _PREVIEW),
    "doBatch": (_REQUEST | {"mark": "5f0c22a8d1b0e7c45f0c22a8"}, _BATCH),
    "batches": (None, {"batches": [_BATCH]}),
    "undoBatch": (
        None,
        {
            "batch": _UNDONE,
            "stayed": [
                {
                    "customer_id": "C0012346", "task_id": "5f0c22a8d1b0e7c45f0c22a8",
                    "why": "in_progress",
                }
            ],
        },
    ),
}  # fmt: skip
