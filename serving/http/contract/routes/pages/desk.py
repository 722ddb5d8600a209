"""The desk: a customer at the counter."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.pages.desk import (
    DeskQuery,
    OutcomeFields,
    PromiseFields,
    SearchFields,
    UndoFields,
)
from serving.http.contract.routes.pages.kinds import ACT, PAGE
from serving.http.contract.table import Route


def desk() -> Iterable[Route]:
    """A customer at the counter."""
    own = "/desk/{customer_id}"
    yield PAGE("/desk", purpose="Find a customer.", operation="deskPage", rights_of="decide")
    yield ACT(
        "/desk", purpose="To the customer of an id or a phone number.", operation="deskSearch",
        rights_of="decide", form=SearchFields,
    )  # fmt: skip
    yield PAGE(
        own, purpose="What may be done for a customer.", operation="deskCustomer",
        rights_of="decide", query=DeskQuery,
    )  # fmt: skip
    yield ACT(
        f"{own}/outcomes", purpose="How a contact ended.", operation="deskOutcome",
        rights_of="postOutcome", form=OutcomeFields,
    )  # fmt: skip
    yield ACT(
        f"{own}/undo", purpose="Take back an outcome.", operation="deskUndo",
        rights_of="postOutcome", form=UndoFields,
    )  # fmt: skip
    yield ACT(
        f"{own}/promises", purpose="Make a promise, or keep one.", operation="deskPromise",
        rights_of="makePromise", form=PromiseFields,
    )  # fmt: skip
