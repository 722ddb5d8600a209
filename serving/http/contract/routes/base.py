"""The base: search, one customer, saved views."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.base import (
    DeletedView,
    ExportQuery,
    SearchAnswer,
    SearchQuery,
    View,
    ViewForm,
    ViewsAnswer,
)
from serving.http.contract.forms.customer import (
    CustomerAnswer,
    CustomerQuery,
    MovedAnswer,
    MovedQuery,
)
from serving.http.contract.table import CSV, NOT_READY, ONE_LIMIT, Route, Who

CUSTOMER = ("invalid_request", "not_ready", "too_slow", "unknown_customers")


def base() -> Iterable[Route]:
    """The customers of the last night."""
    searching = ("invalid_request", "lake", "not_ready", "too_slow")
    yield Route(
        "/customers", "GET", Who.KNOWN, "Search, sort and count the customers of the base.",
        SearchAnswer, "searchCustomers", query=SearchQuery, audited=True,
        refusals=(*searching, "stale_page"),
        note="Conditions by field: `city=Suzhou,Wuxi`, `churn_risk_min=0.2`, `group_id=` for "
        "none; docs/base.md lists the fields.",
    )  # fmt: skip
    yield Route(
        "/customers/export", "GET", Who.KNOWN, "All customers that a search finds, as CSV.", CSV,
        "exportCustomers", query=ExportQuery, audited=True, refusals=searching,
        note="All or nothing. The header Liuke-Count has the number of customers, Liuke-SHA256 "
        "the digest of the file.",
    )  # fmt: skip
    yield Route(
        "/customers/{customer_id}", "GET", Who.KNOWN, "All that is known of one customer.",
        CustomerAnswer, "customer", query=CustomerQuery, audited=True,
        refusals=(*NOT_READY, *CUSTOMER),
        note="Who has left, or is another's customer, is unknown.",
    )  # fmt: skip
    yield Route(
        "/customers/{customer_id}/risk-moved", "GET", Who.KNOWN,
        "Why a customer's risk moved between two kept rows.", MovedAnswer, "riskMoved",
        query=MovedQuery, audited=True, refusals=(*NOT_READY, *CUSTOMER, "model_gone"),
        note="Rows are kept of last night and of each decision.",
    )  # fmt: skip
    yield Route(
        "/views", "GET", Who.KNOWN, "The caller's saved searches.", ViewsAnswer, "views",
        audited=True, refusals=("not_ready",),
    )  # fmt: skip
    yield Route(
        "/views/{name}", "PUT", Who.KNOWN, "Save a search under a name.", View, "saveView",
        form=ViewForm, limit=ONE_LIMIT, audited=True,
    )  # fmt: skip
    yield Route(
        "/views/{name}", "DELETE", Who.KNOWN, "Forget a saved search.", DeletedView, "deleteView",
        audited=True, refusals=("unknown_view", "not_ready", "too_slow"),
    )  # fmt: skip
