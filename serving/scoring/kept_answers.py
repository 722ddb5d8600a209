"""What the night kept of customers, in the form of an answer that was scored now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from features import catalogue
from features.catalogue.families import Feature
from features.histories.bills.tiers import TIERS
from serving.scoring import LAST_NIGHT
from serving.scoring.reasons import LEAVING, MAX_REASONS, in_words, sign


def kept_answer(kept: Mapping[str, Any], language: str, currency: str) -> dict[str, Any]:
    """A row of `serving.scores.kept` with the fields of `serving.scoring.Scorer.score`.

    Reasons of the tier are not kept.
    """
    chances = {tier: kept[f"chance_{tier}"] for tier in TIERS}
    return {
        "customer_id": kept["customer_id"],
        "churn_risk": kept["churn_risk"],
        "reasons": kept_reasons(kept["reasons"], language, currency),
        "value_tier": kept["value_tier"],
        "tier_probabilities": None if None in chances.values() else chances,
        f"margin_{currency.lower()}": kept["margin"],
        f"value_at_stake_{currency.lower()}": kept["value_at_stake"],
        "tier_reasons": None,
        "model_version": kept["model_version"],
        "as_of": f"{kept['as_of']:%F}",
        "answered_by": LAST_NIGHT,
        "fresh_events": 0,
    }


def kept_reasons(content: str, language: str, currency: str) -> list[dict[str, Any]]:
    """Kept reasons in words, as many as are answered; without those that nothing is said of today.

    The words come with the program, so no model is needed for them.
    """
    features = _declared(currency)
    return [
        in_words(reason, features[reason["feature"]], language, LEAVING)
        for reason in json.loads(content)[:MAX_REASONS]
        if reason["feature"] in features
        and sign(reason, features[reason["feature"]], language) is not None
    ]


@cache
def _declared(currency: str) -> Mapping[str, Feature]:
    return {feature.name: feature for feature in catalogue.features(currency)}
