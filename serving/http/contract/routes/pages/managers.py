"""The work list of account managers, and their archive."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.pages.managers import (
    ManagerFields,
    StepFields,
    TaskFields,
    WorkQuery,
)
from serving.http.contract.routes.pages.kinds import ACT, PAGE
from serving.http.contract.table import Route


def work() -> Iterable[Route]:
    """Tasks, and who does them."""
    yield PAGE(
        "/worklist", purpose="What is to be done.", operation="workPage", rights_of="tasks",
        query=WorkQuery,
    )  # fmt: skip
    yield ACT(
        "/worklist", purpose="Issue a task.", operation="workIssue", rights_of="issueTask",
        form=TaskFields,
    )  # fmt: skip
    yield PAGE(
        "/worklist/beside", purpose="Whose customers need a look.", operation="workBeside",
        rights_of="warnings", query=WorkQuery,
    )  # fmt: skip
    yield ACT(
        "/worklist/tasks/{task_id}", purpose="Take a step on a task.", operation="workStep",
        rights_of="noteTask", form=StepFields,
    )  # fmt: skip
    yield PAGE(
        "/worklist/managers", purpose="The account managers.", operation="managersPage",
        rights_of="managers",
    )  # fmt: skip
    yield ACT(
        "/worklist/managers", purpose="Keep an account manager.", operation="managerSave",
        rights_of="saveManager", form=ManagerFields,
    )  # fmt: skip
    yield PAGE(
        "/worklist/managers/{manager_id}", purpose="An account manager.", operation="managerPage",
        rights_of="manager",
    )  # fmt: skip
