"""The forms of `/decide`. Amounts are in the unit of `currency`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from features.words import Language
from serving.http.contract.schemas import CustomerId, Reason

Name = Annotated[str, StringConstraints(min_length=1, max_length=32)]
Colour = Literal["green", "amber", "red"]
Band = Literal["low", "middle", "high"]
Key = Annotated[str, StringConstraints(min_length=1, max_length=96, pattern=r"^[\x21-\x7e]+$")]


class DecideRequest(BaseModel):
    """A customer at the counter. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    customer_id: CustomerId = Field(examples=["C0012345"])
    intent: Literal["cancel", "complaint", "renewal", "browse"] = Field(
        description="What the customer came for."
    )
    channel: Literal["store", "hotline", "visit", "online"]
    purpose: Name | None = Field(
        default=None, description="Why the customer is looked at; absent where the key carries one."
    )
    language: Language | None = Field(
        default=None, description="Of the texts; the operator's own where absent or null."
    )
    reason: Name | None = Field(
        default=None, description="At a cancellation: why, one of the answer's `reasons`."
    )
    rival: Name | None = Field(
        default=None, description="At a cancellation: where to, one of the answer's `rivals`."
    )
    key: Key | None = Field(
        default=None,
        description="The caller's own: sent again within ten minutes, the same decision is "
        "answered, and none is stored.",
    )


class Rung(BaseModel):
    """One action that may be taken.

    `cost`: of an incentive, committed where it is accepted. `saving`: what the plan would have
    cost the customer less over the re-rated months. `margin_effect`: whether the action is expected
    to bring more margin than it costs, null where nothing is predicted; `gain` the amount, for
    roles that see margins.
    """

    action: str
    kind: Literal["service", "promise", "plan", "brand", "number", "money"]
    text: str
    cost: float | None
    months: int | None
    plan: str | None
    saving: float | None
    margin_effect: Colour | None
    gain: float | None


class Blocked(BaseModel):
    """An action that a rule forbids now, and the rules."""

    action: str
    text: str
    because: list[
        Literal["open_complaint", "open_promise", "broken_promise", "no_consent", "over_limit"]
    ]


class Phrases(BaseModel):
    """What to say and what not."""

    use: list[str]
    avoid: list[str]


class Cancellation(BaseModel):
    """What is recorded of a cancellation, what is missing, and the values to choose from."""

    reason: str | None
    rival: str | None
    missing: list[Literal["reason", "rival"]]
    reasons: dict[str, str]
    rivals: list[str]


class FactsUsed(BaseModel):
    """The entitlement facts, on which alone the ladder depends; amounts in fen."""

    intent: str
    authority: str
    tier: str
    payment_mode: str | None
    plan: str | None
    contract: Literal["bound", "free"] | None
    tenure_band: int | None
    consent: bool
    open_complaints: int
    open_promises: int
    broken_promises: int
    best_plan: str | None
    saving_fen: int
    has_other_brand: bool


class AssumedAction(BaseModel):
    """What is assumed of one action."""

    acceptance: float
    hazard: float
    refused_hazard: float
    margin_share: float
    cost: float


class Assumptions(BaseModel):
    """What the formula of the margin's effect assumes; see docs/decision.md."""

    reach: float
    contact_cost: float
    assumed_risk: float
    actions: dict[str, AssumedAction]


class BilledMonth(BaseModel):
    """A month as it was billed, and its use."""

    period: str
    plan: str | None
    bill: float
    data_mb: float
    voice_minutes: float
    sms: int


class PlanCharge(BaseModel):
    """What the months would have cost on a plan, and how much less than on the customer's own.

    `saving` below 0: more.
    """

    plan: str
    charge: float
    saving: float
    text: str


class BillFit(BaseModel):
    """The latest bills re-rated on each plan that the customer may have.

    `charge`: on the plan that they have now. A month's `plan` is the one at its end.
    """

    months: list[BilledMonth]
    charge: float
    plans: list[PlanCharge]


class Inputs(BaseModel):
    """What the answer depends on beside facts and model, for its replay.

    `settings`: their fingerprint. `counter_as_of`: the moment of bills and plans, null without.
    """

    settings: str
    language: Language
    counter_as_of: str | None


class DecideAnswer(BaseModel):
    """What may be done for the customer, in order, and what it rests on.

    `answered_by`: live, last_night (stale) or rules; `passed_over` names the steps before it with
    the code of why they did not answer; `because` is `objection` where no score may be used.
    `predicted_rules`: declared rules by which predictions changed the ladder, beside the colour.
    `fresh_events` counts the posted facts that the row was rebuilt with.
    """

    decision_id: str
    customer_id: str
    intent: str
    churn_risk: float | None
    risk_band: Band | None
    value_tier: str
    value_at_stake: float | None
    value_band: Band | None
    reasons: list[Reason]
    ladder: list[Rung]
    blocked: list[Blocked]
    limit: float
    manager_limit: float | None
    largest_paying_incentive: float | None
    assumptions: Assumptions | None
    predicted_rules: list[str]
    words: Phrases
    cancellation: Cancellation | None
    bill_fit: BillFit | None
    facts: FactsUsed
    inputs: Inputs
    currency: str
    as_of: str
    age_hours: float
    is_stale: bool
    model_version: str | None
    fresh_events: int = Field(ge=0)
    answered_by: Literal["live", "last_night", "rules"]
    passed_over: dict[str, str]
    because: Literal["objection"] | None
