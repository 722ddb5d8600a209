"""The forms of outcomes and promises."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from features.words import Language
from serving.http.contract.forms.decide import Key as Key
from serving.http.contract.forms.decide import Name
from serving.http.contract.schemas import CustomerId

Id = Annotated[str, StringConstraints(min_length=1, max_length=32)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Thing = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Outcome = Literal[
    "saved",
    "cancelled",
    "offer_accepted",
    "offer_refused",
    "plan_changed",
    "service_fixed",
    "promise_made",
    "no_answer",
    "sent",
    "undone",
]


class Confirmation(BaseModel):
    """How the customer confirmed the change, and where that is kept."""

    model_config = ConfigDict(extra="forbid")

    kind: Name = Field(examples=["signature"])
    reference: Reference = Field(description="Of the form or recording; not a name or number.")


class OutcomeRequest(BaseModel):
    """How a contact ended. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    key: Key = Field(description="The caller's own: sent twice it is recorded once.")
    customer_id: CustomerId
    decision_id: Id | None = Field(
        default=None,
        description="What it rests on; absent of a contact that we started, and of its answer.",
    )
    outcome: Outcome
    purpose: Name | None = None
    action: Thing | None = Field(
        default=None,
        description="With offer_accepted and offer_refused: of the ladder, or of the offers that "
        "the channel carries.",
    )
    plan: Thing | None = Field(default=None, description="With plan_changed: of the bill fit.")
    reason: Name | None = None
    rival: Name | None = None
    confirmation: Confirmation | None = Field(
        default=None, description="Needed where the outcome changes a service."
    )
    undoes: Key | None = Field(default=None, description="With undone: the key of the outcome.")
    started_by: Literal["customer", "us"] = Field(
        default="customer",
        description="us: a call, visit or message of ours, which every rule of contact allows.",
    )
    campaign_id: Id | None = Field(
        default=None, description="With us: the campaign that holds the customer."
    )
    channel: Name | None = Field(
        default=None, description="With us and no decision: by which it was made."
    )
    answers: Key | None = Field(
        default=None,
        description="The key of the contact of ours that the customer answers; no contact more.",
    )


class OutcomeAnswer(BaseModel):
    """The outcome as it is recorded; `pre_cancelled`: the customer is, from now on."""

    key: str
    customer_id: str
    decision_id: str | None
    outcome: Outcome
    recorded_at: str
    undo_until: str | None
    pre_cancelled: bool


class PromiseRequest(BaseModel):
    """A service promise that is made now. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    customer_id: CustomerId
    kind: Name = Field(examples=["complaint"])
    purpose: Name | None = None


class PromisesQuery(BaseModel):
    """Why the customer is looked at, and the language of the texts."""

    model_config = ConfigDict(extra="forbid")

    purpose: Name | None = Field(None, description="Why the customer is looked at.")
    language: Language | None = Field(None, description="Of the texts; else the service's.")


class PromiseAnswer(BaseModel):
    """A service promise; while it is not kept nothing is sold."""

    promise_id: str
    customer_id: str
    kind: str
    text: str
    made_at: str
    due_at: str
    kept_at: str | None


class PromisesAnswer(BaseModel):
    """The promises to a customer that are not kept, the oldest first."""

    promises: list[PromiseAnswer]
