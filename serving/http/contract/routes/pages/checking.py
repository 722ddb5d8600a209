"""For those who check: models and data, the audit, and settings that two persons change."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.pages.checking import (
    AuditLogQuery,
    ModelsPageQuery,
    ReplayFields,
    VerificationFields,
)
from serving.http.contract.forms.pages.settings import (
    ChangeStep,
    EntryFields,
    EntryQuery,
    SettingsPageQuery,
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


def settings_pages() -> Iterable[Route]:
    """Settings that people change."""
    own = "/settings-and-changes"
    yield PAGE(
        own, purpose="What is in force, and who changed it.", operation="settingsPage",
        rights_of="settings", query=SettingsPageQuery,
    )  # fmt: skip
    yield PAGE(
        f"{own}/{{entry}}", purpose="The form of an entry.", operation="settingPage",
        rights_of="proposeChange", query=EntryQuery,
    )  # fmt: skip
    yield ACT(
        f"{own}/{{entry}}", purpose="Propose a change.", operation="settingPropose",
        rights_of="proposeChange", form=EntryFields,
    )  # fmt: skip
    yield ACT(
        f"{own}/changes/{{change_id}}", purpose="Accept a change, or end it.",
        operation="settingStep", rights_of="declineChange", form=ChangeStep,
    )  # fmt: skip
