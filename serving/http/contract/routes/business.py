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
from serving.http.contract.forms.business.care import (
    ArrearsAnswer,
    ArrearsQuery,
    StandingAnswer,
    StandingQuery,
    WarningsAnswer,
    WarningsQuery,
)
from serving.http.contract.table import CSV, NOT_READY, PNG, Route, Who

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
