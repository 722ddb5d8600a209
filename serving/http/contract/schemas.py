"""The forms of requests and answers, as the programs that call the service see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NaiveDatetime,
    StringConstraints,
    WithJsonSchema,
    create_model,
    field_validator,
)
from pydantic_core import PydanticCustomError, to_json

from features.words import Language

MAX_IDS = 1000
MAX_ID_LENGTH = 64

CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=MAX_ID_LENGTH)]
# OpenAPI's `date-time` has an offset; the operator's local time has none.
LocalTime = Annotated[
    NaiveDatetime, WithJsonSchema({"type": "string", "format": "date-time-local"})
]
# JSON knows no infinity and no NaN; Python's parsers let them through.
TableValue = bool | int | Annotated[float, Field(allow_inf_nan=False)] | str | None


class ScoreRequest(BaseModel):
    """The customers to score. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    customer_ids: Annotated[list[CustomerId], Field(min_length=1, max_length=MAX_IDS)] = Field(
        description="1 to 1,000 customers, each once; the answer keeps their order.",
        examples=[["C0012345"]],
        json_schema_extra={"uniqueItems": True},
    )
    language: Language | None = Field(
        default=None, description="Of the reasons' texts; the operator's own where absent or null."
    )

    @field_validator("customer_ids")
    @classmethod
    def _each_once(cls, customer_ids: list[str]) -> list[str]:
        if len(set(customer_ids)) < len(customer_ids):
            twice = Counter(customer_ids).most_common(1)[0][0]
            raise PydanticCustomError(
                "duplicate", "{twice} is requested twice; name each customer once", {"twice": twice}
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


class TierReason(BaseModel):
    """One sign that goes with a higher or a lower tier; a sign, not a cause.

    `effect` is in the tier model's ordinal score: above 0 upwards, below 0 downwards.
    """

    feature: str
    group: str
    text: str
    direction: Literal["up", "down"]
    value: float | int | str | None
    effect: float


class TierProbabilities(BaseModel):
    """The chance of each value tier over the next three bills, if the customer stays."""

    standard: float = Field(ge=0, le=1)
    silver: float = Field(ge=0, le=1)
    gold: float = Field(ge=0, le=1)
    diamond: float = Field(ge=0, le=1)


class Score(BaseModel):
    """One customer's risk and value, and the signs that go with them.

    `churn_risk` is the calibrated probability of leaving if nothing is done. `value_tier` is
    today's, by the mean of the three latest closed bills; null where the model knows no bills.
    What is predicted of the value is null where the model's history was too short for it, and
    amounts are where no bill is known. `answered_by` says which step answered: `live` now;
    `last_night` stale, with the score that the night kept, or where facts were posted since that
    could not be used; `rules` by the bills alone, with nothing predicted. `fresh_events` counts
    the posted facts that the score was computed with. `score_answer` adds the two amounts, in the
    currency.
    """

    customer_id: str
    churn_risk: float | None = Field(ge=0, le=1, description="Null where `rules` answered.")
    reasons: list[Reason]
    value_tier: Literal["standard", "silver", "gold", "diamond"] | None
    tier_probabilities: TierProbabilities | None
    tier_reasons: list[TierReason] | None
    model_version: str | None
    as_of: str
    answered_by: Literal["live", "last_night", "rules"]
    fresh_events: int = Field(ge=0)


def score_answer(currency: str) -> type[BaseModel]:
    """The answer's model: the scores in the requested order, amounts named in `currency`.

    `margin_<currency>` is the margin expected a month over the next three bills if the
    customer stays, `value_at_stake_<currency>` that of twelve months, weighted by the chance
    of staying and discounted.
    """
    words = (
        "Expected a month over the next three bills, if they stay.",
        "Margin of twelve months, by the chance of staying, discounted.",
    )
    amounts: dict[str, Any] = {
        name: (float | None, Field(description=own))
        for name, own in zip(_amounts(currency), words, strict=True)
    }
    score = create_model("Score", __base__=Score, __doc__=Score.__doc__, **amounts)
    fields: dict[str, Any] = {"scores": (list[score], ...)}  # type: ignore[valid-type]
    return create_model("ScoreAnswer", __doc__="The scores, in the requested order.", **fields)


def encoded_scores(scores: Sequence[Mapping[str, Any]], currency: str) -> bytes:
    """These scores as the model of `score_answer` writes them, to the last byte.

    The model is for what callers read. To have it check each value that the service has just
    computed, and then write it, takes three times as long.
    """
    names = (*Score.model_fields, *_amounts(currency))
    found = [{name: own[name] for name in names} for own in scores]
    return to_json({"scores": found}, inf_nan_mode="null")


def _amounts(currency: str) -> tuple[str, str]:
    return f"margin_{currency.lower()}", f"value_at_stake_{currency.lower()}"


class ScoreRowsRequest(BaseModel):
    """Rows of a table of one's own, for its model. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    model: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)] = Field(
        description="The table's name, as `liuke table train --name` gave it.", examples=["shops"]
    )
    rows: Annotated[list[dict[str, TableValue]], Field(min_length=1)] = Field(
        description="Each with every column that the model reads, by its name; null is missing.",
        examples=[[{"tenure": 3, "contract": "monthly"}]],
    )
    language: Language | None = Field(
        default=None, description="Of the reasons' texts; the operator's own where absent or null."
    )


class RowReason(BaseModel):
    """One column's part in a row's risk; a sign, not a cause.

    `effect` is in log-odds before calibration: above 0 it raises the risk, below 0 it lowers it.
    """

    feature: str
    text: str
    direction: Literal["up", "down"]
    value: TableValue
    effect: float


class RowScore(BaseModel):
    """The calibrated probability that the row is positive, and what it goes with."""

    risk: float = Field(ge=0, le=1)
    reasons: list[RowReason]
    unknown_levels: dict[str, str] = Field(
        description="By column the row's levels that training did not see, or in fewer than 3 rows."
    )


class ScoreRowsAnswer(BaseModel):
    """The scores, in the order of the rows."""

    model: str
    model_version: str
    scores: list[RowScore]


class Refusal(BaseModel):
    """What was found, what was expected, what to do; `code` is stable and meant for programs."""

    code: str
    message: str
    details: dict[str, Any]


class ErrorAnswer(BaseModel):
    """Every answer with a status of 400 or above."""

    error: Refusal
