"""The base: its customers searched, counted, chosen and exported; views of it."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.base import SearchQuery
from serving.http.contract.forms.pages.base import (
    ActFields,
    ActOrderFields,
    ForgetFields,
    ViewFields,
)
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
    yield PAGE(
        "/base/act", purpose="Tasks for many customers.", operation="actPage",
        rights_of="previewBatch", query=SearchQuery,
    )  # fmt: skip
    yield ACT(
        "/base/act/preview", purpose="What would be done.", operation="actPreview",
        rights_of="previewBatch", form=ActFields,
    )  # fmt: skip
    yield ACT(
        "/base/act", purpose="Do it.", operation="actDo", rights_of="doBatch",
        form=ActOrderFields,
    )  # fmt: skip
    yield PAGE(
        "/base/batches", purpose="What was done for many.", operation="batchesPage",
        rights_of="batches",
    )  # fmt: skip
    yield PAGE(
        "/base/batches/{batch_id}/undo", method="POST", purpose="Take it back.",
        operation="batchUndo", rights_of="undoBatch",
    )  # fmt: skip
