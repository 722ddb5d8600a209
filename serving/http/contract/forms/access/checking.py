"""The forms of verifying the audit and of making a decision again, with examples."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from features.words import Language


class WorkRequest(BaseModel):
    """To begin, or to ask how far it is. Other fields are refused."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why it is looked at.")
    again: StrictBool = Field(False, description="Once more where it is done.")
    language: Language | None = Field(None, description="Of the words; without it the service's.")


class VerificationAnswer(BaseModel):
    """How far the chain was read: `done` of `total` rows; `is_whole` and `text` once it is done.

    `broken` is the number of the first row that is not as it was written.
    """

    is_done: bool
    done: int
    total: int
    is_whole: bool | None
    broken: int | None
    text: str | None


class ReplayAnswer(BaseModel):
    """A decision made again: `is_equal` and `text` once it is done, with the first difference."""

    decision_id: str
    is_done: bool
    done: int
    total: int
    is_equal: bool | None
    text: str | None


VERIFIED = {
    "is_done": True, "done": 812, "total": 812, "is_whole": True, "broken": None,
    "text": "The audit is whole: 812 rows, up to number 812.",
}  # fmt: skip
REPLAYED = {
    "decision_id": "5f0c22a8d1b0e7c45f0c22a8", "is_done": True, "done": 1, "total": 1,
    "is_equal": True,
    "text": "Equal: decision 5f0c22a8d1b0e7c45f0c22a8 of 2026-03-02 09:00:00.",
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "verifyAudit": ({"again": False}, VERIFIED),
    "replayDecision": ({"again": False}, REPLAYED),
}
