"""The forms of warnings, arrears and standing, with examples for the contract."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from features.words import Language
from serving.http.contract.forms.managers.days import Day

Id = Annotated[str, Field(min_length=1, max_length=64)]
LARGEST = 2**31 - 1


class _Page(BaseModel):
    """Whose customers, and which part of them."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the customers are looked at.")
    manager_id: Id | None = Field(None, description="Of this account manager.")
    store_id: Id | None = Field(None, description="Of this store.")
    offset: Annotated[int, Field(ge=0, le=LARGEST)] = Field(0, description="So many are skipped.")
    limit: Annotated[int, Field(ge=1, le=500)] = Field(100, description="Customers a page.")


class WarningsQuery(_Page):
    """Whose customers, since which night, in which language."""

    since: Day | None = Field(None, description="The night to compare with; else the one before.")
    language: Language | None = Field(None, description="Of the words; without it the service's.")


class Change(BaseModel):
    """What moved, and from what to what; `feature` is null of the risk."""

    sign: str
    about: str
    feature: str | None
    before: float
    after: float
    text: str


class Warned(BaseModel):
    """A customer who changed sharply; the risks are null of who objects to automated decisions."""

    customer_id: str
    city: str | None
    store_id: str | None
    manager_id: str | None
    value_tier: str | None
    value_at_stake: float | None
    risk_before: float | None
    risk: float | None
    changes: list[Change]
    new_reasons: list[str]


class WarningsAnswer(BaseModel):
    """Who changed sharply between two nights, the greatest value at stake first.

    `count` of all, `counts` by sign, manager and store; `other_model`: the nights were scored by
    different versions. Amounts are in `currency`.
    """

    before: str
    as_of: str
    currency: str
    other_model: bool
    count: int
    counts: dict[str, dict[str, int]]
    customers: list[Warned]


class ArrearsQuery(_Page):
    """Whose customers, and as known when."""

    as_of: Day | None = Field(None, description="As known then; else at the data's end.")


class Owing(BaseModel):
    """A customer who owes: how much, on how many bills, since when; what was paid and promised."""

    customer_id: str
    standing: str | None
    city: str | None
    store_id: str | None
    manager_id: str | None
    group_id: str | None
    overdue: float
    bills: int
    since: str
    days_overdue: int
    paid_since: float
    last_paid_at: str | None
    last_paid: float | None
    promise: str | None
    promise_due: str | None


class ArrearsAnswer(BaseModel):
    """The arrears care list, the greatest debt first; `count` and `overdue` are of all of it."""

    as_of: str
    currency: str
    count: int
    overdue: float
    customers: list[Owing]


class StandingQuery(BaseModel):
    """Why the standing is looked at."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the customer is looked at.")


class Stood(BaseModel):
    """A change of a measure: at which night, from what to what, by which part of the rule."""

    as_of: str
    measure: str
    before: str | None
    after: str
    cause: str


class StandingAnswer(BaseModel):
    """RFM, credit rating and points by declared rules, the rules' inputs, and every change."""

    customer_id: str
    rfm: str
    credit: str
    points: int
    inputs: dict[str, dict[str, float | None]]
    history: list[Stood]


WARNING: dict[str, Any] = {
    "customer_id": "C0012345",
    "city": "Suzhou",
    "store_id": "S003",
    "manager_id": "M0012",
    "value_tier": "gold",
    "value_at_stake": 312.4,
    "risk_before": 0.12,
    "risk": 0.31,
    "changes": [
        {
            "sign": "risk_rose", "about": "risk", "feature": None, "before": 0.12, "after": 0.31,
            "text": "Churn risk 31%, was 12%",
        }
    ],
    "new_reasons": ["2 complaints are not resolved yet"],
}  # fmt: skip
OWING: dict[str, Any] = {
    "customer_id": "C0012345",
    "standing": "active",
    "city": "Suzhou",
    "store_id": "S003",
    "manager_id": "M0012",
    "group_id": None,
    "overdue": 118.0,
    "bills": 2,
    "since": "2026-01-21",
    "days_overdue": 40,
    "paid_since": 20.0,
    "last_paid_at": "2026-02-02",
    "last_paid": 20.0,
    "promise": None,
    "promise_due": None,
}
STANDING: dict[str, Any] = {
    "customer_id": "C0012345",
    "rfm": "543",
    "credit": "C",
    "points": 1180,
    "inputs": {
        "rfm": {"recency": 0.0, "frequency": 24.0, "monetary": 59.0},
        "credit": {
            "tenure": 800.0, "overdue": 1.0, "late": 0.0, "suspensions": 0.0, "score": 61.0,
        },
        "points": {"points": 1180.0},
    },
    "history": [
        {"as_of": night, "measure": measure, "before": before, "after": after, "cause": cause}
        for night, measure, before, after, cause in (
            ("2026-02-23", "credit", None, "B", "first"),
            ("2026-02-23", "points", None, "1121", "first"),
            ("2026-02-23", "rfm", None, "543", "first"),
            ("2026-03-02", "credit", "B", "C", "overdue"),
            ("2026-03-02", "points", "1121", "1180", "earned"),
        )
    ],
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "warnings": (
        None,
        {
            "before": "2026-02-23",
            "as_of": "2026-03-02",
            "currency": "CNY",
            "other_model": False,
            "count": 1,
            "counts": {
                "sign": {"risk_rose": 1}, "manager_id": {"M0012": 1}, "store_id": {"S003": 1},
            },
            "customers": [WARNING],
        },
    ),
    "arrears": (
        None,
        {
            "as_of": "2026-03-02", "currency": "CNY", "count": 1, "overdue": 118.0,
            "customers": [OWING],
        },
    ),
    "standing": (None, STANDING),
}  # fmt: skip
