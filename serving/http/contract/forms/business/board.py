"""The forms of signs at last night and of all open promises, with examples for the contract."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from features.words import Language
from serving.database.tables import LONGEST_ID
from serving.decision.sign_owners import LONGEST_NOTE
from serving.http.contract.forms.managers.days import Day
from serving.http.contract.forms.outcomes import PromiseAnswer

LARGEST = 2**31 - 1
Place = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_ID)
]


class SignsQuery(BaseModel):
    """The language of the words."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the customers are looked at.")
    language: Language | None = Field(None, description="Of the words; without it the service's.")


class SignFeature(BaseModel):
    """A feature of a group of signs, and of how many customers it is a reason."""

    feature: str
    text: str
    customers: int


class SignOwner(BaseModel):
    """Who sees to it until when, and who set that."""

    owner: str
    due: str
    is_overdue: bool
    note: str
    set_at: str
    set_by: str


class SignPlace(BaseModel):
    """A city or plan, null where it is not known: how many have the sign, of how many at risk.

    `owner` of this place alone; null without one, and where the caller is limited.
    """

    name: str | None
    customers: int
    at_risk: int
    value: float | None
    loss: float | None
    owner: SignOwner | None = None


class Sign(BaseModel):
    """A group of signs that go with leaving: of whom, with what at stake, where, who sees to it."""

    sign: str
    text: str
    customers: int
    value: float | None
    loss: float | None
    features: list[SignFeature]
    places: dict[str, list[SignPlace]]
    owner: SignOwner | None = None


class OwnerRequest(BaseModel):
    """Who sees to a sign until when; both null where none does any more."""

    model_config = ConfigDict(extra="forbid")

    by: Literal["city", "plan"] | None = Field(None, description="At one place: of which kind.")
    name: Place | None = Field(None, description="The city or plan.")
    owner: Place | None = Field(None, description="A person, a desk, a department.")
    due: Day | None = None
    note: Annotated[str, StringConstraints(max_length=LONGEST_NOTE)] = ""


class OwnerAnswer(BaseModel):
    """Who sees to a sign at a place, or everywhere; null is none."""

    sign: str
    by: str | None
    name: str | None
    owner: SignOwner | None


class SignsAnswer(BaseModel):
    """The signs of the riskiest tenth at last night, the greatest expected loss first.

    `customers`, `value` (at stake) and `loss` (what the month's churn risk takes of it) are of all
    of them; a customer counts once in each group of signs. Amounts are in `currency`, null where
    the champion has no model of value.
    """

    as_of: str
    currency: str
    customers: int
    value: float | None
    loss: float | None
    signs: list[Sign]


class PromiseBoardQuery(BaseModel):
    """Which part of the open promises."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the customers are looked at.")
    offset: Annotated[int, Field(ge=0, le=LARGEST)] = Field(0, description="So many are skipped.")
    limit: Annotated[int, Field(ge=1, le=500)] = Field(100, description="Promises a page.")
    language: Language | None = Field(None, description="Of the texts; else the service's.")


class PromiseBoardAnswer(BaseModel):
    """The open promises to the caller's customers, the first due first.

    `count` of all of them, `broken` of those that are overdue, `kinds` by kind.
    """

    count: int
    broken: int
    kinds: dict[str, int]
    promises: list[PromiseAnswer]


OWNER = {
    "owner": "Network, Suzhou",
    "due": "2026-03-20",
    "is_overdue": False,
    "note": "Two masts",
    "set_at": "2026-03-02T09:00:00",
    "set_by": "lin",
}
SIGNS: dict[str, Any] = {
    "as_of": "2026-03-02",
    "currency": "CNY",
    "customers": 2048,
    "value": 473604.77,
    "loss": 103081.39,
    "signs": [
        {
            "sign": "network",
            "text": "network",
            "customers": 188,
            "value": 53967.75,
            "loss": 11354.96,
            "features": [
                {"feature": "dropped_calls_4w", "text": "dropped calls", "customers": 108}
            ],
            "places": {
                "city": [
                    {"name": "Suzhou", "customers": 32, "at_risk": 308, "value": 7893.34,
                     "loss": 1945.32, "owner": None}
                ],
                "plan": [],
            },
            "owner": OWNER,
        }
    ],
}  # fmt: skip
PROMISE: dict[str, Any] = {
    "promise_id": "5f0c22a8d1b0e7c45f0c22a8",
    "customer_id": "C0012345",
    "kind": "complaint",
    "text": "an answer to the complaint",
    "made_at": "2026-03-02T09:00:00",
    "due_at": "2026-03-04T09:00:00",
    "kept_at": None,
}
BOARD = {"count": 1, "broken": 0, "kinds": {"complaint": 1}, "promises": [PROMISE]}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "signs": (None, SIGNS),
    "promiseBoard": (None, BOARD),
    "setSignOwner": (
        {"owner": "Network, Suzhou", "due": "2026-03-20", "note": "Two masts"},
        {"sign": "network", "by": None, "name": None, "owner": OWNER},
    ),
}
