"""The counter: what is decided for a customer, what came of it, and what happened just now."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.customer import FindRequest, FoundCustomer
from serving.http.contract.forms.decide import DecideAnswer, DecideRequest
from serving.http.contract.forms.events import EventAnswer, EventForm
from serving.http.contract.forms.outcomes import (
    OutcomeAnswer,
    OutcomeRequest,
    PromiseAnswer,
    PromiseRequest,
    PromisesAnswer,
    PromisesQuery,
)
from serving.http.contract.table import NOT_READY, ONE_LIMIT, Route, Who


def counter() -> Iterable[Route]:
    """What is decided for a customer, and what came of it."""
    yield Route(
        "/decide",
        "POST",
        Who.KNOWN,
        "What may be done for a customer at the counter, in order.",
        DecideAnswer,
        "decide",
        form=DecideRequest,
        limit=ONE_LIMIT,
        audited=True,
        refusals=(*NOT_READY, "unknown_customers", "conflict"),
        note="The facts alone decide the ladder; the decision is stored before it is answered.",
    )
    yield Route(
        "/outcomes",
        "POST",
        Who.KNOWN,
        "How a contact ended, into the ledger.",
        OutcomeAnswer,
        "postOutcome",
        form=OutcomeRequest,
        limit=ONE_LIMIT,
        audited=True,
        refusals=(
            *NOT_READY, "unknown_customers", "unknown_decision", "unknown_outcome", "conflict",
            "not_decided", "confirmation_missing", "undo_too_late", "contact_forbidden",
        ),
        note="Sent again with the same key and content it is answered again and recorded once. "
        "What changes a service needs the customer's recorded confirmation. A contact that we "
        "started is recorded where every rule of contact allows it.",
    )  # fmt: skip
    yield Route(
        "/promises",
        "POST",
        Who.KNOWN,
        "Make a service promise.",
        PromiseAnswer,
        "makePromise",
        form=PromiseRequest,
        limit=ONE_LIMIT,
        audited=True,
        refusals=(*NOT_READY, "unknown_customers"),
    )
    yield Route(
        "/promises/{promise_id}/kept",
        "POST",
        Who.KNOWN,
        "A service promise is kept.",
        PromiseAnswer,
        "keepPromise",
        audited=True,
        refusals=(*NOT_READY, "unknown_promise"),
    )
    yield Route(
        "/customers/{customer_id}/promises",
        "GET",
        Who.KNOWN,
        "The promises to a customer that are not kept.",
        PromisesAnswer,
        "openPromises",
        query=PromisesQuery,
        audited=True,
        refusals=(*NOT_READY, "unknown_customers"),
    )
    yield Route(
        "/customers/find",
        "POST",
        Who.KNOWN,
        "Which customer has a phone number.",
        FoundCustomer,
        "findCustomer",
        form=FindRequest,
        limit=ONE_LIMIT,
        audited=True,
        refusals=(*NOT_READY, "unknown_customers"),
    )


def events() -> Iterable[Route]:
    """What happened just now."""
    yield Route(
        "/events", "POST", Who.KNOWN, "A fact that happened just now, used from now on.",
        EventAnswer, "postEvent", form=EventForm, limit=ONE_LIMIT, audited=True,
        refusals=(
            *NOT_READY, "unknown_customers", "event", "event_key", "confirmation_missing",
            "not_ready",
        ),
        note="A complaint, payment, contract event, survey or contact with the fields of its feed, "
        "checked as an import checks them. The same key with the same fact answers the same. A "
        "transfer to another owner needs the customer's recorded confirmation; from then on the "
        "customer is unknown to /score and /decide.",
    )  # fmt: skip
