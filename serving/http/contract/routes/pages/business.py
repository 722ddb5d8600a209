"""The business: left customers, groups, analyses, and the board of what can be fixed."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.pages.business import (
    BoardQuery,
    FiguresQuery,
    GroupListQuery,
    KeptFields,
    LeftQuery,
    OwnerFields,
)
from serving.http.contract.routes.pages.kinds import ACT, PAGE
from serving.http.contract.table import Route


def business() -> Iterable[Route]:
    """The business in pictures, and what can be fixed."""
    yield PAGE(
        "/left", purpose="Who left, why and where to.", operation="leftPage", rights_of="churned",
        query=LeftQuery,
    )  # fmt: skip
    yield PAGE(
        "/group-list", purpose="The groups.", operation="groupsPage", rights_of="groups",
        query=GroupListQuery,
    )  # fmt: skip
    yield PAGE(
        "/figures", purpose="The analyses.", operation="figuresPage", rights_of="analyse",
        query=FiguresQuery,
    )  # fmt: skip
    yield PAGE(
        "/board", purpose="What can be fixed, and what was promised.", operation="boardPage",
        rights_of="promiseBoard", query=BoardQuery,
    )  # fmt: skip
    yield ACT(
        "/board", purpose="Keep a promise.", operation="boardKept", rights_of="keepPromise",
        form=KeptFields,
    )  # fmt: skip
    yield ACT(
        "/board/signs/{sign}", purpose="Who sees to a sign.", operation="boardOwner",
        rights_of="setSignOwner", form=OwnerFields,
    )  # fmt: skip
