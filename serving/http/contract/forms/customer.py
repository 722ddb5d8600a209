"""One customer as data: by their phone number, the 360 view, and why their risk moved."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from features.words import Language

Rows = list[dict[str, Any]]
Phone = Annotated[str, StringConstraints(min_length=1, max_length=32)]
RowId = Annotated[
    str, StringConstraints(min_length=1, max_length=32, pattern=r"^[\x21-\x7e]+$")
]  # of a decision, or `night`
Value = float | str | None


class FindRequest(BaseModel):
    """The number of who is to be found, in the body: addresses stand in logs."""

    model_config = ConfigDict(extra="forbid")

    phone: Phone = Field(description="With or without the country's code.")
    purpose: str | None = Field(default=None, description="Why the customer is looked for.")


class FoundCustomer(BaseModel):
    """Who has the number."""

    customer_id: str


class CustomerQuery(BaseModel):
    """Why the customer is looked up, and the language of the words."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the customer is looked up.")
    language: Language | None = Field(None, description="Of the words; without it the service's.")


class GroupSize(BaseModel):
    """The customer's group, and how many of its members the caller may know."""

    group_id: str
    members: int


class CustomerAnswer(BaseModel):
    """What is known of one customer at the last night, and what happened here since.

    Amounts are in `currency`; of each list the oldest comes first. `objects`: they object to
    automated decisions, so that no prediction is shown. `profile`: the fields of docs/base.md,
    with their `words`. `changes` of profile and contract: `at` and `known_at`, `what`, and `now`,
    the values that differ. `usage_weeks`: sums by closed week, from its Monday. `tiers`: changes
    of the value tier. `nights`: risk, tier and model version of the nights that are kept.
    `outcomes` are contacts here, `contacts` those that the operator's feed reports. `tasks` of
    account managers: who has to do it until when, or its `outcome`.
    """

    customer_id: str
    as_of: str
    currency: str
    objects: bool
    profile: dict[str, Any]
    words: dict[str, str]
    changes: Rows
    usage_weeks: Rows
    bills: Rows
    payments: Rows
    complaints: Rows
    contacts: Rows
    tiers: Rows
    nights: Rows
    group: GroupSize | None
    objections: Rows
    promises: Rows
    decisions: Rows
    outcomes: Rows
    tasks: Rows
    events: Rows


class MovedQuery(BaseModel):
    """Which two rows; without them the last two that differ in their day, else the last two."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the customer is looked up.")
    language: Language | None = Field(None, description="Of the texts.")
    since: RowId | None = Field(None, description="The row_id of the earlier row.")
    until: RowId | None = Field(None, description="The row_id of the later row.")


class KeptRow(BaseModel):
    """A row of the customer that the home keeps: last night's, or that of a decision.

    `churn_risk`: as it was answered then, by `model_version`.
    """

    row_id: str
    at: str
    source: Literal["night", "decision"]
    model_version: str
    churn_risk: float


class Move(BaseModel):
    """What one fact added to the difference; above 0 towards leaving, in log-odds.

    `before` and `after`: the fact in the two rows, in its unit.
    """

    feature: str
    text: str
    before: Value
    after: Value
    effect: float


class MovedAnswer(BaseModel):
    """Why the risk moved between two rows: the difference of their exact SHAP values.

    Both rows are scored by `model_version`, that of the later one, so the difference is one of
    facts: from `risk_since` to `risk_until`. `moves`: the strongest first; `others`: what all other
    features and their interplay added. `because`: why nothing is compared: the customer objects,
    fewer than two rows are kept, or the version reads other features than the earlier row has.
    """

    customer_id: str
    rows: list[KeptRow]
    since: KeptRow | None
    until: KeptRow | None
    because: Literal["objection", "one_row", "other_features"] | None
    model_version: str | None
    risk_since: float | None
    risk_until: float | None
    moves: list[Move]
    others: float | None
