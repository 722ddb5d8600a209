"""How much of what a list assumes of offers is evidence, as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.words import say


def evidence_lines(evidence: Mapping[str, Any], language: str) -> Iterator[str]:
    """The shares of the whole, then a line an offer and a channel; by tier the JSON has them."""
    yield say(
        "campaign", "evidence", language, campaigns=len(evidence["campaigns"]),
        made_at=str(evidence["made_at"])[:10], acceptance=f"{evidence['acceptance_share']:.0%}",
        hazard=f"{evidence['hazard_share']:.0%}",
    )  # fmt: skip
    offers = evidence["offers"]
    for name in dict.fromkeys(one["offer"] for one in offers):
        own = [one for one in offers if one["offer"] == name]
        yield "  " + say(
            "campaign", "evidence_offer", language, offer=name,
            acceptance=f"{_mean(own, 'acceptance', 'value'):.0%}",
            acceptance_declared=f"{_mean(own, 'acceptance', 'declared'):.0%}",
            acceptance_share=f"{_mean(own, 'acceptance', 'evidence_share'):.0%}",
            hazard=f"{_mean(own, 'hazard', 'value'):.2f}",
            hazard_declared=f"{_mean(own, 'hazard', 'declared'):.2f}",
            hazard_share=f"{_mean(own, 'hazard', 'evidence_share'):.0%}",
        )  # fmt: skip
    for one in evidence["channels"]:
        figure = one["persuasion"]
        yield "  " + say(
            "campaign", "evidence_channel", language, channel=one["channel"],
            persuasion=f"{figure['value']:.2f}", declared=f"{figure['declared']:.2f}",
            share=f"{figure['evidence_share']:.0%}",
        )  # fmt: skip


def _mean(rows: Sequence[Mapping[str, Any]], figure: str, name: str) -> float:
    """Over the tiers, each as often as the list has its customers; alike where it has none."""
    weights = [row["listed"] for row in rows]
    weights = weights if any(weights) else [1] * len(rows)
    values = (weight * row[figure][name] for weight, row in zip(weights, rows, strict=True))
    return float(sum(values) / sum(weights))
