"""The form of what a campaign brought."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from serving.http.contract.forms.lists import LIST_ID


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


EXAMPLES: dict[str, tuple[Any, Any]] = {
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
