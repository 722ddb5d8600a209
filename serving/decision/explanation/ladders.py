"""What may be offered under changed facts: the ladder depends on nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from itertools import groupby
from math import ceil
from typing import Any

from features.histories.bills.tiers import FEN
from features.windows import YEAR_DAYS
from serving.decision.decision_settings import DecisionSettings
from serving.decision.explanation.changes import (
    ALL_CLOSED,
    CLOSED,
    KEPT,
    PLAN,
    Change,
    savings_fen,
)
from serving.decision.explanation.rebuilding import Values
from serving.decision.offers.entitlement import Entitlement
from serving.decision.offers.ladder import ladder
from serving.decision.promises import Promise

# Of the entitlement facts those that complaints change, with the features that count them.
COUNTED = {"open_complaints": "unresolved_complaints", "broken_promises": "overdue_complaints"}


@dataclass(frozen=True)
class Entitled:
    """The entitlement facts of a decision, and what its changes would make of them.

    `savings_fen`: by plan what it would have cost less; `at`: the moment of the decision;
    `late_promises`: how many promises were broken by then.
    """

    facts: Entitlement
    savings_fen: Mapping[str, int]
    at: datetime
    late_promises: int
    settings: DecisionSettings

    def offered(self) -> dict[str, Any]:
        """The ladder of these facts without words: actions in order, what is blocked, the limit."""
        found = ladder(self.facts, self.settings)
        return {
            "actions": [rung.action for rung in found.rungs],
            "blocked": {name: list(why) for name, why in found.blocked.items()},
            "limit": found.limit_fen / FEN,
        }

    def after(self, changes: Iterable[Change], before: Values, after: Values) -> Entitled:
        """With the facts as these changes would make them.

        `before` and `after`: the rebuilt features without and with them.
        """
        facts = self.facts
        for kind, group in groupby(sorted(changes, key=_kind), key=_kind):
            own = list(group)
            facts = self._changed(facts, kind, own, before, after)
        return replace(self, facts=facts)

    def _changed(
        self,
        facts: Entitlement,
        kind: str,
        own: Sequence[Change],
        before: Values,
        after: Values,
    ) -> Entitlement:
        if kind == CLOSED:
            return _counted_again(facts, before, after)
        if kind == ALL_CLOSED:
            late = max(0, self.facts.broken_promises - self.late_promises)  # of complaints
            return replace(facts, open_complaints=0, broken_promises=facts.broken_promises - late)
        if kind == PLAN:
            return self._on_plan(facts, own[0].reference)
        if kind == KEPT:
            return _kept(facts, [one.promise for one in own if one.promise], self.at)
        return facts  # a debt is none of them

    def _on_plan(self, facts: Entitlement, plan: str) -> Entitlement:
        """On this plan, of which the others save what they save more than it."""
        own = self.savings_fen[plan]
        others = {facts.plan or "": 0, **self.savings_fen}
        more = [(saving - own, name) for name, saving in others.items() if name and name != plan]
        saving, best = min(more, key=lambda one: (-one[0], one[1]), default=(0, None))
        if saving <= 0:
            return replace(facts, plan=plan, best_plan=None, saving_fen=0)
        return replace(facts, plan=plan, best_plan=best, saving_fen=saving)


def entitled(
    answer: Mapping[str, Any],
    tenure_days: int | None,
    promises: Sequence[Promise],
    at: datetime,
    settings: DecisionSettings,
) -> Entitled:
    """The facts of a stored answer, which has the tenure as its band alone.

    Without `tenure_days` it is the least of the band. `promises`: those open at the decision.
    """
    own = dict(answer["facts"])
    band = own.pop("tenure_band")
    if tenure_days is None and band is not None:
        years = settings.tenure_years[:band]
        tenure_days = ceil(years[-1] * YEAR_DAYS) if years else 0
    names = {one.name for one in fields(Entitlement)} - {"tenure_days"}
    values = {name: own[name] for name in names & own.keys()}
    facts = Entitlement(**values, tenure_days=tenure_days)
    late = sum(promise.due_at < at for promise in promises)
    return Entitled(facts, savings_fen(answer["bill_fit"]), at, late, settings)


def is_ladder_of(answer: Mapping[str, Any], offered: Mapping[str, Any]) -> bool:
    """Whether the stored answer allows and blocks the same, by the same limit."""
    own = [rung["action"] for rung in answer["ladder"]]
    blocked = {one["action"]: one["because"] for one in answer["blocked"]}
    same = (blocked, answer["limit"]) == (offered["blocked"], offered["limit"])
    if answer["predicted_rules"]:  # declared rules order and shorten what the facts allow
        return same and set(own) <= set(offered["actions"])
    return same and bool(own == offered["actions"])


def _kind(change: Change) -> str:
    return change.kind


def _counted_again(facts: Entitlement, before: Values, after: Values) -> Entitlement:
    counts = {}
    for name, feature in COUNTED.items():
        more = int(after.get(feature) or 0) - int(before.get(feature) or 0)
        counts[name] = getattr(facts, name) + more
    return replace(facts, **counts)


def _kept(facts: Entitlement, kept: Sequence[Promise], at: datetime) -> Entitlement:
    late = sum(promise.due_at < at for promise in kept)
    return replace(
        facts,
        open_promises=facts.open_promises - len(kept),
        broken_promises=facts.broken_promises - late,
    )
