"""The base: its customers searched, counted, chosen and exported; views of it."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.base import SearchQuery
from serving.http.contract.forms.pages.base import ForgetFields, ViewFields
from serving.http.contract.routes.pages.kinds import ACT, PAGE
from serving.http.contract.table import Route


def base_pages() -> Iterable[Route]:
    """The base."""
    yield PAGE(
        "/base", purpose="Search the base.", operation="basePage", rights_of="searchCustomers",
        query=SearchQuery,
    )  # fmt: skip
    yield ACT(
        "/base/views", purpose="Keep a search as a view.", operation="baseKeep",
        rights_of="saveView", form=ViewFields,
    )  # fmt: skip
    yield ACT(
        "/base/views/forget", purpose="Forget a view.", operation="baseForget",
        rights_of="deleteView", form=ForgetFields,
    )  # fmt: skip
