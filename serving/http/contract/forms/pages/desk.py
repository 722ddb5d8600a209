"""The fields of the desk's forms."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from serving.http.contract.forms.decide import Name
from serving.http.contract.forms.outcomes import Id, Key, Outcome, Reference, Thing

Wanted = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Intent = Literal["browse", "cancel", "complaint", "renewal"]


class SearchFields(BaseModel):
    """Whom: an id or a phone number; and why."""

    model_config = ConfigDict(extra="forbid")

    customer: Wanted
    purpose: Name
    intent: Intent = "browse"


class DeskQuery(BaseModel):
    """What the customer came for, and why they are looked at.

    `key`: of a decision that was shown at this address; loaded again, it is shown again.
    """

    model_config = ConfigDict(extra="forbid")

    intent: Intent = "browse"
    purpose: Name | None = None
    key: Key | None = None


class OutcomeFields(BaseModel):
    """How it ended; `outcome` with the action or plan that it is about, if it is about one.

    `confirmation` and `reference`: how the customer confirmed a change, and where that is kept.
    """

    model_config = ConfigDict(extra="forbid")

    key: Key
    decision_id: Id
    purpose: Name
    intent: Intent = "browse"
    outcome: Outcome
    action: Thing | None = None
    plan: Thing | None = None
    reason: Name | None = None
    rival: Name | None = None
    confirmation: Name | None = None
    reference: Reference | None = None


class UndoFields(BaseModel):
    """The key of the outcome that is taken back; `intent`: what the page shows next."""

    model_config = ConfigDict(extra="forbid")

    key: Key
    undoes: Key
    decision_id: Id
    purpose: Name
    intent: Intent = "browse"


class PromiseFields(BaseModel):
    """The kind of a new promise, or the id of one that is kept; `intent` as above."""

    model_config = ConfigDict(extra="forbid")

    purpose: Name
    intent: Intent = "browse"
    kind: Name | None = None
    kept: Id | None = None
