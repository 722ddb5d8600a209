"""The forms of posting a fact."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt

from serving.http.contract.forms.outcomes import Confirmation
from serving.http.contract.schemas import LocalTime

Word = Annotated[str, Field(min_length=1, max_length=64)]
Value = StrictBool | StrictInt | Annotated[str, Field(max_length=4000)] | None


class EventForm(BaseModel):
    """A fact about a customer: `fields` are those of the feed, without customer and clocks."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(min_length=1, max_length=128)] = Field(
        description="Names this request: sent again, it is answered again and recorded once."
    )
    feed: Literal["complaints", "payments", "contracts", "surveys", "contacts"]
    customer_id: Word
    event_time: LocalTime | None = Field(
        default=None, description="When it happened, in the operator's local time; now without."
    )
    fields: dict[Word, Value] = Field(max_length=32)
    confirmation: Confirmation | None = Field(
        default=None, description="The customer's, of a contract event; a transfer needs it."
    )


class EventAnswer(BaseModel):
    """The fact as it is recorded, with both clocks; it counts from the next request on."""

    key: str
    feed: str
    customer_id: str
    event_time: LocalTime
    known_at: LocalTime
