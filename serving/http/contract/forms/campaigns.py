"""The form of what a campaign brought."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from features.words import Language
from serving.http.contract.forms.lists import EXPORT, LIST_ID, ExportAnswer

LARGEST = 2**31 - 1


class ReadoutQuery(BaseModel):
    """In which language."""

    model_config = ConfigDict(extra="forbid")

    language: Language | None = Field(None, description="Of the words; without it the service's.")


class RowsQuery(BaseModel):
    """Which part of the list."""

    model_config = ConfigDict(extra="forbid")

    purpose: str | None = Field(None, description="Why the customers are looked at.")
    arm: Literal["treated", "control"] = Field("treated", description="Of this group.")
    offset: Annotated[int, Field(ge=0, le=LARGEST)] = Field(0, description="So many are skipped.")
    limit: Annotated[int, Field(ge=1, le=500)] = Field(50, description="Customers a page.")
    language: Language | None = Field(None, description="Of the words; without it the service's.")


class ListedCustomer(BaseModel):
    """A customer of the list; rank, offer, channel, gain, cost and last day of the treated alone.

    Risk, value and signs are null of who objects to automated decisions since it was made.
    """

    rank: int | None
    customer_id: str
    city: str | None
    plan: str | None
    value_tier: str | None
    churn_risk: float | None
    value_at_stake: float | None
    offer: str | None
    offer_text: str | None
    channel: str | None
    channel_text: str | None
    expected_gain: float | None
    cost: float | None
    call_by: str | None
    signs: list[str]


class RowsAnswer(BaseModel):
    """A part of one group of the list, in its order; `count` are all of the group."""

    count: int
    customers: list[ListedCustomer]


class ExportsQuery(BaseModel):
    """Which exports: those that are all of this."""

    model_config = ConfigDict(extra="forbid")

    list_id: str | None = Field(None, max_length=64, description="Of this list.")
    waiting: bool = Field(False, description="Those that wait for a second person alone.")


class ExportsAnswer(BaseModel):
    """The latest exports of the lists that the caller may know of, the newest first."""

    exports: list[ExportAnswer]


class IntervalAnswer(BaseModel):
    """An estimate with the ends of its interval."""

    estimate: float
    low: float
    high: float


class EffectAnswer(IntervalAnswer):
    """The effect of the campaign on one figure, by intention to treat.

    `stay` is a share of customers, `margin` and `profit` are amounts a customer. `narrower_by`: by
    which share the interval is narrower than the `plain` one. `always_valid`: the interval for
    those who look before the labels are known.
    """

    measure: str
    level: float
    p_value: float
    plain: IntervalAnswer
    narrower_by: float
    always_valid: IntervalAnswer


class ReachedAnswer(IntervalAnswer):
    """The effect on the `share_reached` whom the draw made the campaign reach."""

    measure: str
    share_reached: float
    level: float


class PartAnswer(IntervalAnswer):
    """The effect in a part of the list; all intervals of a measure hold together."""

    measure: str
    by: str
    of: str
    customers: int


class CheckAnswer(BaseModel):
    """A check of the test; where one that `refuses` failed, no effect is named."""

    name: str
    passed: bool
    refuses: bool
    message: str


class ReadoutAnswer(BaseModel):
    """What a campaign brought against its control group; harm is shown as gain is.

    `known_at`: when the last label is known; before that (`is_known` false) the figures are those
    known so far, with intervals that hold however often one looks. `looks`: how many were taken.
    """

    campaign: str
    as_of: str
    launched_at: str
    known_until: str
    known_at: str
    is_known: bool
    looks: int
    outcomes: dict[str, dict[str, int]]
    crossovers: int
    contacted_elsewhere: dict[str, int]
    untouched: int
    cost: float
    is_named: bool
    checks: list[CheckAnswer]
    effects: list[EffectAnswer]
    reached: list[ReachedAnswer]
    parts: list[PartAnswer]
    assumptions: list[str]
    text: str


ROW = {
    "rank": 1, "customer_id": "C0012345", "city": "Suzhou", "plan": "Global 239",
    "value_tier": "gold", "churn_risk": 0.076, "value_at_stake": 3292.6, "offer": "discount",
    "offer_text": "10 % off for six months", "channel": "sms", "channel_text": "a text message",
    "expected_gain": 78.02, "cost": 70.0, "call_by": "2026-03-15",
    "signs": ["the contract ends in 49 days"],
}  # fmt: skip
EXAMPLES: dict[str, tuple[Any, Any]] = {
    "listRows": (None, {"count": 1840, "customers": [ROW]}),
    "exports": (None, {"exports": [EXPORT]}),
    "readout": (
        None,
        {
            "campaign": LIST_ID, "as_of": "2026-03-02", "launched_at": "2026-03-02T06:00:00",
            "known_until": "2026-06-10", "known_at": "2026-05-17", "is_known": True, "looks": 1,
            "outcomes": {"control": {"stayed": 480, "left": 33}, "treated": {"stayed": 4282}},
            "crossovers": 0, "contacted_elsewhere": {"control": 0, "treated": 0}, "untouched": 0,
            "cost": 13593.45, "is_named": True,
            "checks": [{"name": "sample_ratio", "passed": True, "refuses": True, "message": "…"}],
            "effects": [
                {
                    "measure": "stay", "estimate": 0.011, "low": -0.009, "high": 0.031,
                    "level": 0.95, "p_value": 0.28, "narrower_by": 0.26,
                    "plain": {"estimate": 0.010, "low": -0.017, "high": 0.037},
                    "always_valid": {"estimate": 0.011, "low": -0.019, "high": 0.041},
                }
            ],
            "reached": [
                {
                    "measure": "stay", "share_reached": 0.58, "estimate": 0.019, "low": -0.016,
                    "high": 0.053, "level": 0.95,
                }
            ],
            "parts": [
                {
                    "measure": "stay", "by": "offer", "of": "discount", "customers": 280,
                    "estimate": 0.03, "low": -0.1, "high": 0.16,
                }
            ],
            "assumptions": ["an effect after the window is not counted"], "text": "…",
        },
    )
}  # fmt: skip
