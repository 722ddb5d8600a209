"""Lists and campaigns: requested, watched, looked at, exported by two persons, read out."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.pages.lists import (
    CustomersQuery,
    FileFields,
    NewListQuery,
    WhomFields,
    WhyFields,
)
from serving.http.contract.routes.pages.kinds import ACT, PAGE
from serving.http.contract.table import Route


def lists() -> Iterable[Route]:
    """Lists, from the request to what they brought."""
    own = "/campaigns/{list_id}"
    yield PAGE("/campaigns", purpose="All lists.", operation="listsPage", rights_of="lists")
    yield PAGE(
        "/campaigns/new", purpose="Build a list's request.", operation="newListPage",
        rights_of="requestList", query=NewListQuery,
    )  # fmt: skip
    yield ACT(
        "/campaigns/new", purpose="Request the list.", operation="newListForm",
        rights_of="requestList", form=WhomFields,
    )  # fmt: skip
    yield ACT(
        "/campaigns/count", purpose="How many customers a request would choose from.",
        operation="newListCount", rights_of="requestList", form=WhomFields,
    )  # fmt: skip
    yield PAGE(own, purpose="One list.", operation="listPage", rights_of="showList")
    yield PAGE(
        f"{own}/progress", purpose="How far a list is.", operation="listProgress",
        rights_of="showList",
    )  # fmt: skip
    yield PAGE(
        f"{own}/customers", purpose="Who is on a list.", operation="listCustomersPage",
        rights_of="listRows", query=CustomersQuery,
    )  # fmt: skip
    yield ACT(
        f"{own}/why", purpose="Why a customer is on the list, or why not.",
        operation="listWhy", rights_of="whyListed", form=WhyFields,
    )  # fmt: skip
    yield ACT(
        f"{own}/exports", purpose="Request a file.", operation="listExport",
        rights_of="requestExport", form=FileFields,
    )  # fmt: skip
    yield PAGE(
        f"{own}/exports/{{export_id}}/approval", method="POST", purpose="Approve a file.",
        operation="listApproval", rights_of="approveExport",
    )  # fmt: skip
    yield PAGE(
        f"{own}/exports/{{export_id}}/file", purpose="Download a file.", operation="listFile",
        rights_of="fetchExport",
    )  # fmt: skip
    yield PAGE(
        f"{own}/revocation", method="POST", purpose="Revoke a list.", operation="listRevoke",
        rights_of="revokeList",
    )  # fmt: skip
    yield PAGE(
        f"{own}/result", purpose="Where it is shown what a list brought.",
        operation="listResultPage", rights_of="readout",
    )  # fmt: skip
    yield PAGE(
        f"{own}/result/figures", purpose="What a list brought.", operation="listResultPart",
        rights_of="readout",
    )  # fmt: skip
