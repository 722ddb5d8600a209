"""The search for unequal offers: stored answers with the same facts and another ladder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from serving.decision.offers.entitlement import facts_sha256

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Violation:
    """Two decisions on equal facts that differ; `rules`: declared ones that acted on either."""

    facts_sha256: str
    one: str
    other: str
    rules: tuple[str, ...]


def violations(answers: Iterable[Answer]) -> list[Violation]:
    """Of each set of equal facts the first answer beside each one that differs from it.

    Without a prediction no declared rule can act; so an answer by a lower step, too, counts.
    """
    groups: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        groups[facts_sha256(answer["facts"])].append(answer)
    return [
        Violation(
            name,
            first["decision_id"],
            other["decision_id"],
            tuple(sorted({*first["predicted_rules"], *other["predicted_rules"]})),
        )
        for name, (first, *others) in groups.items()
        for other in others
        if _offered(other) != _offered(first)
    ]


def _offered(answer: Answer) -> tuple[object, ...]:
    """What an answer allows: actions in order with their amounts, blocks, limits; no words."""
    keys = ("action", "plan", "cost", "months", "saving")
    return (
        [[rung[key] for key in keys] for rung in answer["ladder"]],
        [[blocked["action"], blocked["because"]] for blocked in answer["blocked"]],
        answer["limit"],
        answer["manager_limit"],
    )
