"""What a person may demand of those who decide about them."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.explain import ExplainAnswer, ExplainRequest
from serving.http.contract.forms.objections import ObjectionAnswer, ObjectionRequest
from serving.http.contract.table import NOT_READY, ONE_LIMIT, Route, Who


def rights() -> Iterable[Route]:
    """Why a decision was as it was, and objections."""
    yield Route(
        "/explain", "POST", Who.KNOWN,
        "Which data a decision used, and the smallest change that would have moved it.",
        ExplainAnswer, "explain", form=ExplainRequest, limit=ONE_LIMIT, audited=True,
        refusals=(*NOT_READY, "model_gone", "unknown_decision"),
        note="Each change is a fact as /events takes it, scored again on the very row of the "
        "decision by the version that made it. Nothing is stored.",
    )  # fmt: skip
    yield Route(
        "/objections", "POST", Who.KNOWN, "A customer objects to automated decisions.",
        ObjectionAnswer, "recordObjection", form=ObjectionRequest,
        limit=ONE_LIMIT, refusals=(*NOT_READY, "unknown_customers"),
        note="Holds from the next call on: no score is shown or used. Recorded once however often "
        "it is sent.",
    )  # fmt: skip
    yield Route(
        "/objections/{customer_id}", "DELETE", Who.KNOWN, "A customer takes the objection back.",
        ObjectionAnswer, "withdrawObjection",
        refusals=(
            *NOT_READY, "invalid_request", "no_objection", "not_ready", "too_slow",
            "unknown_customers",
        ),
    )  # fmt: skip
