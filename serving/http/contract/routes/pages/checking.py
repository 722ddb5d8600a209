"""For those who check: models and data, and the audit."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.pages.checking import (
    AuditLogQuery,
    ModelsPageQuery,
    ReplayFields,
    VerificationFields,
)
from serving.http.contract.routes.pages.kinds import ACT, PAGE
from serving.http.contract.table import Route


def checking() -> Iterable[Route]:
    """Models and data, and the audit."""
    yield PAGE(
        "/models-and-data", purpose="Champion, challenger, data.", operation="modelsPage",
        rights_of="models", query=ModelsPageQuery,
    )  # fmt: skip
    yield PAGE(
        "/audit-log", purpose="Who did what.", operation="auditPage", rights_of="searchAudit",
        query=AuditLogQuery,
    )  # fmt: skip
    yield ACT(
        "/audit-log/verification", purpose="Verify the chain.", operation="auditVerify",
        rights_of="verifyAudit", form=VerificationFields,
    )  # fmt: skip
    yield ACT(
        "/audit-log/replay", purpose="Make a decision again.", operation="auditReplay",
        rights_of="replayDecision", form=ReplayFields,
    )  # fmt: skip
