"""The ladder: which actions the facts allow, in order, and what is blocked and why.

A function of entitlement facts and settings alone. Nothing predicted comes in here: two customers
with the same facts have the same ladder (docs/decisions/0018-equal-offers.md).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from serving.decision.decision_settings import AUTHORITIES, Action, DecisionSettings, to_fen
from serving.decision.offers.entitlement import Entitlement

SERVICE_FIRST = ("open_complaint", "open_promise", "broken_promise")


@dataclass(frozen=True)
class Rung:
    """One action that may be taken; `cost_fen` is committed where it is accepted."""

    action: str
    kind: str
    cost_fen: int
    plan: str | None = None
    saving_fen: int | None = None


@dataclass(frozen=True)
class Ladder:
    """The allowed actions in order, by action the reasons of those blocked, the limits.

    `manager_limit_fen`: what a manager may add; null where the caller is one.
    """

    rungs: tuple[Rung, ...]
    blocked: Mapping[str, tuple[str, ...]]
    limit_fen: int
    manager_limit_fen: int | None


def ladder(facts: Entitlement, settings: DecisionSettings) -> Ladder:
    """What may be done for a customer with these facts."""
    limit_fen = settings.limit_fen(facts.authority, facts.tier)
    rungs: list[Rung] = []
    blocked: dict[str, tuple[str, ...]] = {}
    for name, action in sorted(settings.actions.items(), key=lambda one: (one[1].rank, one[0])):
        if not _concerns(action, facts, settings):
            continue
        why = _blocks(action, facts, limit_fen)
        if why:
            blocked[name] = why
        else:
            rungs.append(_rung(name, action, facts))
    highest = AUTHORITIES[-1]
    more = None if facts.authority == highest else settings.limit_fen(highest, facts.tier)
    return Ladder(tuple(rungs), blocked, limit_fen, more)


def _rung(name: str, action: Action, facts: Entitlement) -> Rung:
    if action.kind == "plan":
        return Rung(name, action.kind, to_fen(action.cost), facts.best_plan, facts.saving_fen)
    return Rung(name, action.kind, to_fen(action.cost))


def _concerns(action: Action, facts: Entitlement, settings: DecisionSettings) -> bool:
    """Whether the action is one for this customer and intent at all."""
    if not action.active or facts.intent not in action.intents or facts.tier not in action.tiers:
        return False
    return _fits_contract(action, facts) and _is_needed(action, facts, settings)


def _fits_contract(action: Action, facts: Entitlement) -> bool:
    """A fact that is not known fulfils no condition."""
    if facts.payment_mode not in action.payment_modes and len(action.payment_modes) < 2:
        return False
    if action.contract not in ("any", facts.contract):
        return False
    return action.min_tenure_days == 0 or (facts.tenure_days or 0) >= action.min_tenure_days


def _is_needed(action: Action, facts: Entitlement, settings: DecisionSettings) -> bool:
    match action.kind:
        case "service":
            return facts.open_complaints > 0
        case "promise":
            return facts.open_promises > 0 or facts.broken_promises > 0
        case "plan":
            least_fen = to_fen(settings.bill_fit.min_saving)
            return facts.best_plan is not None and facts.saving_fen >= least_fen
        case "brand":
            return facts.has_other_brand
        case _:
            return True


def _blocks(action: Action, facts: Entitlement, limit_fen: int) -> tuple[str, ...]:
    """The rules that forbid the action now."""
    why: list[str] = []
    if action.selling:
        counts = (facts.open_complaints, facts.open_promises, facts.broken_promises)
        why += [rule for rule, count in zip(SERVICE_FIRST, counts, strict=True) if count > 0]
    if action.commercial and not facts.consent:
        why.append("no_consent")
    if to_fen(action.cost) > limit_fen and action.kind == "money":
        why.append("over_limit")
    return tuple(why)
