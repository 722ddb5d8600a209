"""The forms of objecting to automated decisions."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from serving.http.contract.schemas import CustomerId, LocalTime


class ObjectionRequest(BaseModel):
    """Who objects to automated decisions."""

    model_config = ConfigDict(extra="forbid")

    customer_id: CustomerId = Field(examples=["C0012345"])


class ObjectionAnswer(BaseModel):
    """Whether the customer objects now, and since when (the operator's local time)."""

    customer_id: str
    objects: bool
    since: LocalTime | None


OBJECTION_REQUEST = {"customer_id": "C0012345"}
OBJECTION_ANSWER = {
    "customer_id": "C0012345",
    "objects": True,
    "since": "2026-03-02T09:12:00",
}
WITHDRAWN_ANSWER = {"customer_id": "C0012345", "objects": False, "since": None}
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "recordObjection": (OBJECTION_REQUEST, OBJECTION_ANSWER),
    "withdrawObjection": (None, WITHDRAWN_ANSWER),
}
