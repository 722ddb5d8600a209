"""One customer as data: found by their phone number, and the 360 view."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from features.words import Language

Rows = list[dict[str, Any]]
Phone = Annotated[str, StringConstraints(min_length=1, max_length=32)]


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
