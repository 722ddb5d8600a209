"""The form of why a customer's risk moved between two kept rows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from features.words import Language

RowId = Annotated[
    str, StringConstraints(min_length=1, max_length=32, pattern=r"^[\x21-\x7e]+$")
]  # of a decision, or `night`
Value = float | str | None


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


EXAMPLES = {
    "riskMoved": (
        None,
        {
            "customer_id": "C0012345",
            "rows": [
                {
                    "row_id": "night", "at": "2026-03-02T00:00:00", "source": "night",
                    "model_version": "3", "churn_risk": 0.42,
                },
                {
                    "row_id": "5f1c2b3a4d5e6f708192a3b4c5d6e7f8", "at": "2026-03-02T10:00:00",
                    "source": "decision", "model_version": "3", "churn_risk": 0.608,
                },
            ],
            "since": {
                "row_id": "night", "at": "2026-03-02T00:00:00", "source": "night",
                "model_version": "3", "churn_risk": 0.42,
            },
            "until": {
                "row_id": "5f1c2b3a4d5e6f708192a3b4c5d6e7f8", "at": "2026-03-02T10:00:00",
                "source": "decision", "model_version": "3", "churn_risk": 0.608,
            },
            "because": None,
            "model_version": "3",
            "risk_since": 0.42,
            "risk_until": 0.608,
            "moves": [
                {
                    "feature": "complaints_open_90d", "text": "open complaints: 0 → 1",
                    "before": 0.0, "after": 1.0, "effect": 0.71,
                }
            ],
            "others": 0.05,
        },
    )
}  # fmt: skip
