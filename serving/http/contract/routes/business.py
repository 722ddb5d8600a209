"""The business as a whole: analyses, and which customers need a look."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.business.analyses import (
    AnalysesAnswer,
    AnalysesQuery,
    AnalysisAnswer,
    AnalysisFileQuery,
    AnalysisQuery,
)
from serving.http.contract.forms.business.archive import (
    ChurnedAnswer,
    ChurnedQuery,
    GroupsAnswer,
    GroupsQuery,
)
from serving.http.contract.forms.business.board import (
    OwnerAnswer,
    OwnerRequest,
    PromiseBoardAnswer,
    PromiseBoardQuery,
    SignsAnswer,
    SignsQuery,
)
from serving.http.contract.forms.business.care import (
    ArrearsAnswer,
    ArrearsQuery,
    StandingAnswer,
    StandingQuery,
    WarningsAnswer,
    WarningsQuery,
)
from serving.http.contract.forms.business.models import ModelsAnswer
from serving.http.contract.forms.business.settings import (
    ChangeAnswer,
    ChangeRequest,
    ChangesAnswer,
    ChangesQuery,
    DeclineRequest,
    SettingsAnswer,
)
from serving.http.contract.table import CSV, NOT_READY, ONE_LIMIT, PNG, Route, Who

OWN = ("lake", "not_ready", "settings", "too_slow")


def analyses() -> Iterable[Route]:
    """Declared indicators by period and dimension."""
    yield Route(
        "/analyses", "GET", Who.KNOWN, "Which analyses there are.", AnalysesAnswer, "analyses",
        query=AnalysesQuery, audited=True, refusals=("not_ready",),
    )  # fmt: skip
    yield Route(
        "/analyses/{name}", "GET", Who.KNOWN, "An analysis by period and dimension.",
        AnalysisAnswer, "analyse", query=AnalysisQuery, audited=True,
        refusals=(*OWN, "unknown_analysis"),
        note="Sums of the customers whom the caller may know of, each where their profile put them "
        "at the period's end. docs/business.md describes analyses and dimensions.",
    )  # fmt: skip
    yield Route(
        "/analyses/{name}/file", "GET", Who.KNOWN, "An analysis as a file.", f"{CSV}, {PNG}",
        "analysisFile", query=AnalysisFileQuery, audited=True,
        refusals=(*OWN, "unknown_analysis"),
        note="The header Liuke-SHA256 has the digest of the file.",
    )  # fmt: skip


def care() -> Iterable[Route]:
    """Who changed, who owes, and how a customer stands."""
    yield Route(
        "/warnings", "GET", Who.KNOWN, "Who changed sharply since the night before.",
        WarningsAnswer, "warnings", query=WarningsQuery, audited=True, refusals=OWN,
        note="The greatest value at stake first. Of who objects to automated decisions only facts "
        "can warn.",
    )  # fmt: skip
    yield Route(
        "/arrears", "GET", Who.KNOWN, "Who owes how much since when.", ArrearsAnswer, "arrears",
        query=ArrearsQuery, audited=True, refusals=OWN,
        note="The greatest debt first; no prediction is read. Who left and still owes is there.",
    )  # fmt: skip
    yield Route(
        "/customers/{customer_id}/standing", "GET", Who.KNOWN,
        "A customer's RFM, credit rating and points, with every change.", StandingAnswer,
        "standing", query=StandingQuery, audited=True,
        refusals=(*NOT_READY, "not_ready", "too_slow", "unknown_customers"),
        note="By declared rules, computed each night; no prediction is read.",
    )  # fmt: skip


def archive() -> Iterable[Route]:
    """Who left, and the groups."""
    yield Route(
        "/churned", "GET", Who.KNOWN, "Who churned in a period: why, where to, and who they were.",
        ChurnedAnswer, "churned", query=ChurnedQuery, audited=True, refusals=OWN,
        note="Departures as `liuke churned` counts them, of customers who are so by the query.",
    )  # fmt: skip
    yield Route(
        "/groups", "GET", Who.KNOWN, "The groups, their members and who of these may leave.",
        GroupsAnswer, "groups", query=GroupsQuery, audited=True, refusals=OWN,
        note="Of the members whom the caller may know of.",
    )  # fmt: skip


def board() -> Iterable[Route]:
    """What can be fixed, and what was promised."""
    yield Route(
        "/signs", "GET", Who.KNOWN, "What goes with leaving among those at risk, by city and plan.",
        SignsAnswer, "signs", query=SignsQuery, audited=True, refusals=OWN,
        note="Of the riskiest tenth at last night, without who objects to automated decisions. "
        "Signs go with leaving; they are not causes.",
    )  # fmt: skip
    yield Route(
        "/signs/{sign}/owner", "PUT", Who.KNOWN, "Who sees to a sign until when.", OwnerAnswer,
        "setSignOwner", form=OwnerRequest, limit=ONE_LIMIT, audited=True,
        refusals=("not_ready", "too_slow"),
        note="Everywhere, or at one city or plan; each change is kept. 403 `forbidden` for who is "
        "limited to some customers.",
    )  # fmt: skip
    yield Route(
        "/promises", "GET", Who.KNOWN, "The promises that are open, the first due first.",
        PromiseBoardAnswer, "promiseBoard", query=PromiseBoardQuery, audited=True, refusals=OWN,
        note="While a promise to a customer is open nothing is sold to them.",
    )  # fmt: skip


def settings() -> Iterable[Route]:
    """Settings that people change."""
    unread = ("not_ready", "settings", "too_slow")
    one = (*unread, "unknown_change", "conflict")
    yield Route(
        "/settings", "GET", Who.KNOWN, "The settings that people may change, as in force.",
        SettingsAnswer, "settings", audited=True, refusals=unread,
        note="Beside what was shipped. No customer is in the answer.",
    )  # fmt: skip
    yield Route(
        "/settings/changes", "GET", Who.KNOWN, "Who changed what from what to what.",
        ChangesAnswer, "settingChanges", query=ChangesQuery, audited=True, refusals=unread,
        note="The latest first.",
    )  # fmt: skip
    yield Route(
        "/settings/changes", "POST", Who.KNOWN, "Propose a change of settings.", ChangeAnswer,
        "proposeChange", form=ChangeRequest, limit=ONE_LIMIT, audited=True, refusals=unread,
        note="Checked as the settings are when they are read. It counts once a second person "
        "accepts it.",
    )  # fmt: skip
    yield Route(
        "/settings/changes/{change_id}/acceptance", "POST", Who.KNOWN,
        "Accept a change of settings: it counts from the next call on.", ChangeAnswer,
        "acceptChange", audited=True, refusals=(*one, "forbidden", "invalid_request"),
        note="By another person than who proposed it. Conflict where a value was changed since.",
    )  # fmt: skip
    yield Route(
        "/settings/changes/{change_id}/refusal", "POST", Who.KNOWN,
        "Decline a change of settings, or withdraw one's own.", ChangeAnswer, "declineChange",
        form=DeclineRequest, limit=ONE_LIMIT, audited=True, refusals=one,
    )  # fmt: skip


def models() -> Iterable[Route]:
    """Models and data."""
    yield Route(
        "/models", "GET", Who.KNOWN, "Champion, challenger, their figures, imports and nights.",
        ModelsAnswer, "models", audited=True, refusals=("bundle", "lake", "not_ready", "settings"),
        note="No customer is in the answer.",
    )  # fmt: skip
