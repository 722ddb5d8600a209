"""Examples of scores, for the contract, by operation; amounts are in a currency."""

from __future__ import annotations

from typing import Any

from features import catalogue
from serving.scoring.reasons import TIER, in_words
from serving.scoring.table_rows import row_sign

ROWS_REQUEST = {"model": "shops", "rows": [{"tenure": 3, "contract": "monthly"}], "language": "en"}
ROWS_ANSWER = {
    "model": "shops",
    "model_version": "1",
    "scores": [
        {
            "risk": 0.41,
            "reasons": [
                {
                    "feature": "contract",
                    "text": row_sign("contract", "monthly", 0.7, "en"),
                    "direction": "up",
                    "value": "monthly",
                    "effect": 0.7,
                }
            ],
            "unknown_levels": {},
        }
    ],
}  # fmt: skip


def score_examples(currency: str) -> dict[str, tuple[Any, Any]]:
    """By operation an example of the body and of the answer, with amounts in `currency`."""
    request = {"customer_ids": ["C0012345"], "language": "en"}
    return {
        "score": (request, _score_answer(currency)),
        "scoreRows": (ROWS_REQUEST, ROWS_ANSWER),
    }


def _score_answer(currency: str) -> dict[str, Any]:
    named = {feature.name: feature for feature in catalogue.features(currency)}
    drops = {"feature": "dropped_calls_4w", "value": 22.0, "effect": 0.58}
    data = {"feature": "data_mb_4w", "value": 9120.0, "effect": 0.21}
    reason = in_words(drops, named["dropped_calls_4w"], "en")
    tier_reason = in_words(data, named["data_mb_4w"], "en", TIER)
    return {
        "scores": [
            {
                "customer_id": "C0012345",
                "churn_risk": 0.608,
                "reasons": [reason],
                "value_tier": "gold",
                "tier_probabilities": {
                    "standard": 0.02, "silver": 0.2, "gold": 0.7, "diamond": 0.08,
                },
                "tier_reasons": [tier_reason],
                "model_version": "1",
                "as_of": "2026-03-02",
                "answered_by": "live",
                "fresh_events": 0,
                f"margin_{currency.lower()}": 41.5,
                f"value_at_stake_{currency.lower()}": 312.4,
            }
        ]
    }  # fmt: skip
