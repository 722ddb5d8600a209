"""Retention lists, and what they brought."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.campaigns import (
    ExportsAnswer,
    ExportsQuery,
    ReadoutAnswer,
    ReadoutQuery,
    RowsAnswer,
    RowsQuery,
)
from serving.http.contract.forms.lists import (
    CurveAnswer,
    ExportAnswer,
    ExportForm,
    ListAnswer,
    ListForm,
    ListsAnswer,
    RevokedAnswer,
    WhyAnswer,
)
from serving.http.contract.table import CSV, NOT_READY, ONE_LIMIT, XLSX, Route, Who


def lists() -> Iterable[Route]:
    """Whom to contact: a list is made in the background, then read, exported and revoked."""
    own = ("unknown_campaign", "lake", "not_ready", "too_slow")
    made = (*own, "conflict")
    yield Route(
        "/lists", "POST", Who.KNOWN, "Request a retention list.", ListAnswer, "requestList",
        form=ListForm, limit=ONE_LIMIT, audited=True, refusals=("expired", "lake", "settings"),
        note="Answered at once; the list is made beside the service, and GET /lists/{list_id} says "
        "how far it is. What the base cannot give stands there as its error.",
    )  # fmt: skip
    yield Route(
        "/lists", "GET", Who.KNOWN, "The latest campaigns.", ListsAnswer, "lists", audited=True,
        refusals=("not_ready",),
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}", "GET", Who.KNOWN, "One campaign and what is said of its list.",
        ListAnswer, "showList", audited=True, refusals=own,
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}/curve", "GET", Who.KNOWN, "What every budget would bring.", CurveAnswer,
        "listCurve", audited=True, refusals=made,
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}/why/{customer_id}", "GET", Who.KNOWN,
        "Why a customer is on the list, or why not.", WhyAnswer, "whyListed", audited=True,
        refusals=(*NOT_READY, *made, "unknown_customers"),
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}", "DELETE", Who.KNOWN, "Revoke a campaign: its holds and exports end.",
        RevokedAnswer, "revokeList", audited=True, refusals=made,
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}/exports", "POST", Who.KNOWN, "Request a file for a recipient.",
        ExportAnswer, "requestExport", form=ExportForm, limit=ONE_LIMIT, audited=True,
        refusals=(*made, "settings"),
        note="A large one waits until a second person approves it.",
    )  # fmt: skip
    yield Route(
        "/lists/{list_id}/rows", "GET", Who.KNOWN, "Who is on the list.", RowsAnswer, "listRows",
        query=RowsQuery, audited=True, refusals=(*made, "settings"),
        note="As it was made; whom a rule forbids to contact by then is excluded from a file.",
    )  # fmt: skip
    yield Route(
        "/exports", "GET", Who.KNOWN, "The latest exports.", ExportsAnswer, "exports",
        query=ExportsQuery, audited=True, refusals=("not_ready", "settings"),
    )  # fmt: skip
    yield Route(
        "/exports/{export_id}/approval", "POST", Who.KNOWN,
        "Approve an export, as another person than who requested it.", ExportAnswer,
        "approveExport", audited=True, refusals=("unknown_export", "forbidden", *made),
    )  # fmt: skip
    yield Route(
        "/exports/{export_id}/file", "GET", Who.KNOWN, "The file of an export, marked for its "
        "recipient.", f"{CSV}, {XLSX}", "fetchExport", audited=True,
        refusals=("unknown_export", "not_approved", "settings", *made),
        note="CSV, or XLSX where the export says so. The header Liuke-Count has the number of "
        "customers, Liuke-SHA256 the digest of the file.",
    )  # fmt: skip


def campaigns() -> Iterable[Route]:
    """What a list brought."""
    yield Route(
        "/campaigns/{list_id}/readout", "GET", Who.KNOWN,
        "What a campaign brought against its control group.", ReadoutAnswer, "readout",
        query=ReadoutQuery, audited=True,
        refusals=(
            "unknown_campaign", "conflict", "no_control", "lake", "settings", "bundle",
            "not_ready", "too_slow",
        ),
        note="As last night knew it. Each look at new data is recorded and counted.",
    )  # fmt: skip
