"""The forms of `/explain`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from features.words import Language
from serving.http.contract.forms.decide import Band, FactsUsed, Name

DecisionId = Annotated[
    str, StringConstraints(min_length=1, max_length=32, pattern=r"^[\x21-\x7e]+$")
]
Kind = Literal["complaint_closed", "complaints_closed", "debt_paid", "other_plan", "promise_kept"]


class ExplainRequest(BaseModel):
    """A stored decision. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    decision_id: DecisionId = Field(description="As /decide answered it.")
    purpose: Name | None = Field(
        default=None, description="Why the customer is looked at; absent where the key carries one."
    )
    language: Language | None = Field(
        default=None, description="Of the texts; the operator's own where absent or null."
    )


class Offered(BaseModel):
    """The ladder of some facts: the actions in order, those blocked with the rules, the limit."""

    actions: list[str]
    blocked: dict[str, list[str]]
    limit: float


class NamedChange(BaseModel):
    """A fact that would have been another.

    `reference`: the complaint, the amount, the plan, the kind of promise, or how many complaints.
    `feed`: of the fact that `/events` would take, null where it is not in the lake.
    """

    kind: Kind
    reference: str
    feed: str | None
    text: str


class SingleChange(NamedChange):
    """One change alone, and what it leads to.

    Risk and band are null where nothing was scored again. `changed_features`: how many of the
    version's features would have another value.
    """

    churn_risk: float | None
    risk_band: Band | None
    changed_features: int | None
    offered: Offered


class ChangeSet(BaseModel):
    """Changes that together lead to another band."""

    changes: list[NamedChange]
    churn_risk: float
    risk_band: Band
    offered: Offered


class Smallest(BaseModel):
    """The sets of the smallest size that lead to another band, the least risk first.

    `size` is null where none does; `tried`: how many sets were scored.
    """

    size: int | None
    sets: list[ChangeSet]
    tried: int


class UsedFeed(BaseModel):
    """A feed behind the row; a feature that reads several feeds counts for each.

    `latest`: when its latest fact happened that was known by then; null where it is not kept.
    """

    feed: str
    text: str
    features: int
    latest: str | None


class UsedFeature(BaseModel):
    """A feature that staff may say, with its value."""

    feature: str
    text: str
    value: float | str


class Beside(BaseModel):
    """What was used beside the lake."""

    name: str
    text: str


class DataUsed(BaseModel):
    """Which data the decision used. `unsaid`: the features that are not put into words."""

    feeds: list[UsedFeed]
    features: list[UsedFeature]
    unsaid: int
    beside: list[Beside]


class ExplainAnswer(BaseModel):
    """Why the decision came out as it did, and which smallest change would have moved it.

    `because`: why no change was scored: the customer objects, the decision used no row, or its row
    was not kept. `verified`: whether its version gives the stored row the stored risk.
    `row_rebuilt`: whether today's facts give the row's values again; the feeds of which they do not
    are `not_rebuilt`, and their changes are not scored. `offered`: the ladder of `facts` today;
    `ladder_rebuilt`: whether it is the decision's.
    """

    decision_id: str
    customer_id: str
    at: str
    as_of: str
    intent: str
    answered_by: Literal["live", "last_night", "rules"]
    model_version: str | None
    churn_risk: float | None
    risk_band: Band | None
    because: Literal["objection", "last_night", "rules", "no_row"] | None
    verified: bool | None
    row_rebuilt: bool | None
    not_rebuilt: list[str]
    text: str
    facts: FactsUsed
    offered: Offered
    ladder_rebuilt: bool
    data: DataUsed
    changes: list[SingleChange]
    smallest: Smallest
    currency: str


EXPLAIN_REQUEST = {
    "decision_id": "5f0c22a8d1b0e7c45f0c22a8d1b0e7c4",
    "purpose": "customer_present",
    "language": "en",
}
_CLOSED = {
    "kind": "complaint_closed",
    "reference": "K20260224-3",
    "feed": "complaints",
    "text": "complaint K20260224-3 closed",
}
_OFFERED = {"actions": ["better_plan"], "blocked": {}, "limit": 60.0}
EXPLAIN_ANSWER = {
    "decision_id": "5f0c22a8d1b0e7c45f0c22a8d1b0e7c4",
    "customer_id": "C0012345",
    "at": "2026-03-02T10:00:00",
    "as_of": "2026-03-02T00:00:00",
    "intent": "cancel",
    "answered_by": "live",
    "model_version": "1",
    "churn_risk": 0.231,
    "risk_band": "high",
    "because": None,
    "verified": True,
    "row_rebuilt": True,
    "not_rebuilt": [],
    "text": "Another band would have followed from changes of size 1 (sets of that size: 1); with "
    "the least risk: complaint K20260224-3 closed (14.2%, middle).",
    "facts": {
        "intent": "cancel",
        "authority": "clerk",
        "tier": "gold",
        "payment_mode": "postpaid",
        "plan": "Global 99",
        "contract": "free",
        "tenure_band": 2,
        "consent": True,
        "open_complaints": 1,
        "open_promises": 0,
        "broken_promises": 0,
        "best_plan": "Global 59",
        "saving_fen": 4600,
        "has_other_brand": False,
    },
    "offered": {
        "actions": ["fix_service"],
        "blocked": {"better_plan": ["open_complaint"]},
        "limit": 60.0,
    },
    "ladder_rebuilt": True,
    "data": {
        "feeds": [
            {
                "feed": "complaints",
                "text": "complaints: what about, when opened and closed",
                "features": 9,
                "latest": "2026-02-24T16:20:11",
            }
        ],
        "features": [
            {
                "feature": "unresolved_complaints",
                "text": "unresolved complaints: 1",
                "value": 1.0,
            }
        ],
        "unsaid": 6,
        "beside": [{"name": "limits", "text": "the limit of 60.00 CNY of the tier gold"}],
    },
    "changes": [
        {
            **_CLOSED,
            "churn_risk": 0.142,
            "risk_band": "middle",
            "changed_features": 4,
            "offered": _OFFERED,
        }
    ],
    "smallest": {
        "size": 1,
        "sets": [
            {
                "changes": [_CLOSED],
                "churn_risk": 0.142,
                "risk_band": "middle",
                "offered": _OFFERED,
            }
        ],
        "tried": 3,
    },
    "currency": "CNY",
}
EXAMPLES: dict[str, tuple[Any, Any]] = {"explain": (EXPLAIN_REQUEST, EXPLAIN_ANSWER)}
