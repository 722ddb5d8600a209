"""The search for unequal offers: stored answers with the same facts and another ladder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
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


@dataclass(frozen=True)
class _First:
    """The first answer on some facts, as far as others are compared with it."""

    decision_id: str
    rules: frozenset[str]
    offered: bytes


@dataclass(frozen=True)
class Compared:
    """How many answers were compared, and which differ."""

    answers: int
    violations: tuple[Violation, ...]

    @property
    def undeclared(self) -> int:
        """How many of them no declared rule explains."""
        return sum(not own.rules for own in self.violations)


def compared(answers: Iterable[Answer]) -> Compared:
    """Of each set of equal facts the first answer beside each one that differs from it.

    Compared are answers by the same settings. Without a prediction no declared rule can act; so an
    answer by a lower step, too, counts. Answers are read once and not kept.
    """
    firsts: dict[tuple[str | None, str], _First] = {}
    found: list[Violation] = []
    count = 0
    for count, answer in enumerate(answers, start=1):  # noqa: B007 - how many there were
        facts = facts_sha256(answer["facts"])
        own = _First(answer["decision_id"], frozenset(answer["predicted_rules"]), _offered(answer))
        first = firsts.setdefault((settings_of(answer), facts), own)
        if own.offered != first.offered:
            rules = tuple(sorted(first.rules | own.rules))
            found.append(Violation(facts, first.decision_id, own.decision_id, rules))
    return Compared(count, tuple(found))


def settings_of(answer: Answer) -> str | None:
    """The fingerprint of the settings that it rests on; null in one of an earlier version."""
    return answer["inputs"]["settings"] if "inputs" in answer else None


def _offered(answer: Answer) -> bytes:
    """A hash of what is allowed: actions in order with their amounts, blocks, limits; no words."""
    keys = ("action", "plan", "cost", "months", "saving")
    offered = (
        [[rung[key] for key in keys] for rung in answer["ladder"]],
        [[blocked["action"], blocked["because"]] for blocked in answer["blocked"]],
        answer["limit"],
        answer["manager_limit"],
    )
    return sha256(json.dumps(offered).encode()).digest()
