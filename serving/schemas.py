"""What the service is asked and what it answers, as the programs that call it see it."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic_core import PydanticCustomError

MAX_IDS = 1000
MAX_ID_LENGTH = 64

CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_LENGTH)]
Language = Literal["zh", "en"]


class ScoreRequest(BaseModel):
    """Whom to score. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    customer_ids: Annotated[list[CustomerId], Field(min_length=1, max_length=MAX_IDS)] = Field(
        description="1 to 1,000 customers, each once; the answer keeps their order.",
        examples=[["C0012345"]],
    )
    language: Language | None = Field(
        default=None, description="Of the reasons' texts; the operator's own where absent."
    )

    @field_validator("customer_ids")
    @classmethod
    def _each_once(cls, customer_ids: list[str]) -> list[str]:
        if len(set(customer_ids)) < len(customer_ids):
            twice = Counter(customer_ids).most_common(1)[0][0]
            raise PydanticCustomError(
                "duplicate", "{twice} is asked for twice; name each customer once", {"twice": twice}
            )
        return customer_ids


class Reason(BaseModel):
    """One sign that goes with leaving or with staying; a sign, not a cause.

    `effect` is in log-odds before calibration: above 0 towards leaving, below 0 towards staying.
    """

    feature: str
    group: str
    text: str
    direction: Literal["leave", "stay"]
    value: float | int | str | None
    effect: float


class Score(BaseModel):
    """One customer's risk and what it goes with.

    `churn_risk` is the calibrated probability of leaving if nothing is done; `answered_by`
    says which step of the service answered, from a live score down to older ones.
    """

    customer_id: str
    churn_risk: float = Field(ge=0, le=1)
    reasons: list[Reason]
    model_version: str
    as_of: str
    answered_by: str


class ScoreAnswer(BaseModel):
    """The scores, in the order asked."""

    scores: list[Score]


class Refusal(BaseModel):
    """What was found, what was expected, what to do; `code` is stable and meant for programs."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorAnswer(BaseModel):
    """Every answer with a status of 400 or above."""

    error: Refusal
