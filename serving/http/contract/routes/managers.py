"""Account managers and their tasks."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.managers.archive import (
    ManagerAnswer,
    ManagerQuery,
    ManagerRequest,
    ManagersAnswer,
    PerformanceAnswer,
    PerformanceQuery,
)
from serving.http.contract.forms.managers.batches import (
    BatchAnswer,
    BatchesAnswer,
    BatchOrder,
    BatchPreview,
    BatchRequest,
    UndoneAnswer,
)
from serving.http.contract.forms.managers.tasks import (
    CancelRequest,
    DoneRequest,
    EvaluationRequest,
    NoteRequest,
    TaskAnswer,
    TaskRequest,
    TasksAnswer,
    TasksQuery,
)
from serving.http.contract.table import NOT_READY, ONE_LIMIT, Limit, Route, Who
from serving.managers.batches.planning import MAX_CUSTOMERS

MANY = Limit("body_limit_bytes", MAX_CUSTOMERS)


def managers() -> Iterable[Route]:
    """The archive, and tasks from issue to grade."""
    own = ("lake", "not_ready", "too_slow")
    following = (*own, "unknown_task", "conflict")
    yield Route(
        "/tasks", "GET", Who.KNOWN, "Tasks of account managers, the first due first.", TasksAnswer,
        "tasks", query=TasksQuery, audited=True, refusals=own,
        note="A manager sees their own, with what is due today or overdue in `reminder`. A page "
        "may have fewer than `limit`: a task about who is by now another's customer is not shown.",
    )  # fmt: skip
    yield Route(
        "/tasks", "POST", Who.KNOWN, "Issue a task to an account manager.", TaskAnswer, "issueTask",
        form=TaskRequest, limit=ONE_LIMIT, audited=True,
        refusals=(*NOT_READY, "unknown_customers", "unknown_manager"),
        note="About a customer or about a group, one of the two. A manager issues tasks to "
        "themselves alone.",
    )  # fmt: skip
    yield Route(
        "/tasks/{task_id}/notes", "POST", Who.KNOWN, "Note something of a task.", TaskAnswer,
        "noteTask", form=NoteRequest, limit=ONE_LIMIT, audited=True, refusals=following,
        note="The first note of the manager sets the task in progress.",
    )  # fmt: skip
    yield Route(
        "/tasks/{task_id}/done", "POST", Who.KNOWN, "A task is done.", TaskAnswer, "finishTask",
        form=DoneRequest, limit=ONE_LIMIT, audited=True, refusals=following,
    )  # fmt: skip
    yield Route(
        "/tasks/{task_id}/evaluation", "POST", Who.KNOWN, "Grade a task that is done.", TaskAnswer,
        "evaluateTask", form=EvaluationRequest, limit=ONE_LIMIT, audited=True, refusals=following,
        note="Once, by who issued it; 403 `forbidden` for others, and for who did it.",
    )  # fmt: skip
    yield Route(
        "/tasks/{task_id}/cancellation", "POST", Who.KNOWN, "A task is not to be done any more.",
        TaskAnswer, "cancelTask", form=CancelRequest, limit=ONE_LIMIT, audited=True,
        refusals=following,
        note="403 `forbidden` for a manager's desk, unless it issued the task itself.",
    )  # fmt: skip
    yield Route(
        "/managers", "GET", Who.KNOWN, "The account managers.", ManagersAnswer, "managers",
        query=ManagerQuery, audited=True, refusals=("not_ready",),
        note="Those whom the caller reaches, by their ids.",
    )  # fmt: skip
    yield Route(
        "/managers/{manager_id}", "PUT", Who.KNOWN, "Keep an account manager, or change them.",
        ManagerAnswer, "saveManager", form=ManagerRequest, limit=ONE_LIMIT, audited=True,
        refusals=(*own, "unknown_manager"),
        note="What is null stays as it was; a new one needs a name and a first day. Who is limited "
        "to a city changes its managers, and adds none. `targets` are of the plan.",
    )  # fmt: skip
    yield Route(
        "/managers/{manager_id}", "GET", Who.KNOWN, "An account manager, with plan and tasks.",
        ManagerAnswer, "manager", query=ManagerQuery, audited=True,
        refusals=(*own, "unknown_manager"),
    )  # fmt: skip
    yield Route(
        "/managers/{manager_id}/performance", "GET", Who.KNOWN,
        "An account manager's figures of a period.", PerformanceAnswer, "managerPerformance",
        query=PerformanceQuery, audited=True, refusals=(*own, "settings", "unknown_manager"),
        note="By default of this month. docs/indicators.md defines each figure.",
    )  # fmt: skip


def batches() -> Iterable[Route]:
    """Tasks for many customers at once."""
    own = ("lake", "not_ready", "settings", "too_slow")
    yield Route(
        "/tasks/batches/preview", "POST", Who.KNOWN,
        "What a batch of tasks would do, for whom, and who is excluded by which rule.",
        BatchPreview, "previewBatch", form=BatchRequest, limit=MANY, audited=True, refusals=own,
        note="Nothing is done. `mark` stands for what was shown.",
    )  # fmt: skip
    yield Route(
        "/tasks/batches", "POST", Who.KNOWN, "Issue tasks, or remind, for many customers at once.",
        BatchAnswer, "doBatch", form=BatchOrder, limit=MANY, audited=True,
        refusals=(*own, "conflict"),
        note="All or nothing, and what the preview of this `mark` showed: 409 `conflict` where "
        "another thing would come of it by now.",
    )  # fmt: skip
    yield Route(
        "/tasks/batches", "GET", Who.KNOWN, "The caller's own batches.", BatchesAnswer, "batches",
        audited=True, refusals=own,
    )  # fmt: skip
    yield Route(
        "/tasks/batches/{batch_id}/undo", "POST", Who.KNOWN, "Take a batch back.", UndoneAnswer,
        "undoBatch", audited=True, refusals=(*own, "unknown_batch", "conflict"),
        note="Its tasks that are open and without a note are gone, and so are reminders that "
        "were not answered. What stays is named, with the reason.",
    )  # fmt: skip
