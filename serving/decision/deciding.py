"""One decision: the ladder of the facts, coloured by what is predicted, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from features.histories.bills.tiers import FEN
from serving.decision.decision_settings import DecisionSettings
from serving.decision.offers.economics import (
    Effect,
    Predicted,
    colour,
    effect,
    largest_paying,
    risk_band,
    value_band,
)
from serving.decision.offers.entitlement import Entitlement
from serving.decision.offers.ladder import Ladder, Rung, ladder


@dataclass(frozen=True)
class Known:
    """What a step knows of a customer beside the entitlement facts.

    `as_of`: the moment that its data are of. `predicted` is null where no score may be used.
    `fresh_events`: with how many posted facts the row was rebuilt; `is_behind`: others could not be
    used. `counter_as_of`: the moment of bills and plans, null without them.
    """

    as_of: datetime
    predicted: Predicted | None = None
    at_stake_fen: float | None = None
    reasons: Sequence[Mapping[str, Any]] = ()
    model_version: str | None = None
    row_sha256: str | None = None
    row_content: bytes | None = None
    fresh_events: int = 0
    is_behind: bool = False
    counter_as_of: datetime | None = None


@dataclass(frozen=True)
class Requested:
    """What a decision is requested for, by whom."""

    customer_id: str
    intent: str
    channel: str
    language: str
    role: str
    reason: str | None = None
    rival: str | None = None


def decide(
    request: Requested, facts: Entitlement, known: Known, settings: DecisionSettings, now: datetime
) -> dict[str, Any]:
    """The answer without its id and the step that gave it."""
    found = ladder(facts, settings)
    effects = _effects(found, facts, known, settings)
    rungs, rules = _by_declared_rules(found, effects, settings)
    sees_margin = request.role in settings.roles.see_margin
    paying = largest_paying(effects, found.rungs)
    risk = None if known.predicted is None else known.predicted.risk
    return {
        "customer_id": request.customer_id,
        "intent": request.intent,
        "churn_risk": risk,
        "risk_band": risk_band(risk, settings),
        "value_tier": facts.tier,
        "value_at_stake": _amount(known.at_stake_fen) if sees_margin else None,
        "value_band": value_band(known.at_stake_fen, settings),
        "reasons": [dict(reason) for reason in known.reasons],
        "ladder": [
            _in_words(rung, effects[rung.action], request, settings, sees_margin) for rung in rungs
        ],
        "blocked": [
            {
                "action": name,
                "text": settings.actions[name].of(request.language),
                "because": list(why),
            }
            for name, why in found.blocked.items()
        ],
        "limit": found.limit_fen / FEN,
        "manager_limit": _amount(found.manager_limit_fen),
        "largest_paying_incentive": _amount(paying) if sees_margin else None,
        "assumptions": _assumptions(facts, settings) if sees_margin else None,
        "predicted_rules": rules,
        "words": _words(facts, request.language, settings),
        "cancellation": _cancellation(request, settings),
        "facts": facts.to_json(settings.tenure_years),
        "inputs": _inputs(request, known, settings),
        "as_of": f"{known.as_of:%FT%T}",
        "age_hours": round((now - known.as_of).total_seconds() / 3600, 1),
        "model_version": known.model_version,
        "fresh_events": known.fresh_events,
    }


def _inputs(request: Requested, known: Known, settings: DecisionSettings) -> dict[str, Any]:
    """What else the answer depends on, so that it can be made again."""
    moment = known.counter_as_of
    return {
        "settings": settings.fingerprint,
        "language": request.language,
        "counter_as_of": None if moment is None else f"{moment:%FT%T}",
    }


def _effects(
    found: Ladder, facts: Entitlement, known: Known, settings: DecisionSettings
) -> dict[str, Effect | None]:
    return {
        rung.action: None
        if known.predicted is None
        else effect(settings.actions[rung.action], rung, known.predicted, settings, facts.intent)
        for rung in found.rungs
    }


def _by_declared_rules(
    found: Ladder, effects: Mapping[str, Effect | None], settings: DecisionSettings
) -> tuple[list[Rung], list[str]]:
    """The rungs as the declared rules let predictions change them, and those rules' names.

    "order" sorts the money actions by their gain; "limit" excludes those that do not pay.
    """
    rungs = list(found.rungs)
    rules = [rule for rule in settings.predictions.may_change if rule != "colour"]
    money = [rung for rung in rungs if rung.kind == "money"]
    others = [rung for rung in rungs if rung.kind != "money"]
    if "limit" in rules:
        money = [rung for rung in money if _gain(effects[rung.action]) >= 0]
    if "order" in rules:
        money.sort(key=lambda rung: -_gain(effects[rung.action]))
    return others + money, rules


def _gain(found: Effect | None) -> float:
    return 0.0 if found is None else found.gain_fen


def _in_words(
    rung: Rung,
    found: Effect | None,
    request: Requested,
    settings: DecisionSettings,
    sees_margin: bool,
) -> dict[str, Any]:
    action = settings.actions[rung.action]
    return {
        "action": rung.action,
        "kind": rung.kind,
        "text": action.of(request.language),
        "cost": rung.cost_fen / FEN if rung.kind == "money" else None,
        "months": action.months or None,
        "plan": rung.plan,
        "saving": _amount(rung.saving_fen),
        "margin_effect": colour(found, settings),
        "gain": _amount(found.gain_fen) if found is not None and sees_margin else None,
    }


def _amount(fen: float | None) -> float | None:
    """An amount in the currency's unit, to the fen."""
    return None if fen is None else round(fen) / FEN


def _assumptions(facts: Entitlement, settings: DecisionSettings) -> dict[str, Any]:
    """What the formula takes for granted, by name."""
    own = settings.economics
    shown = ("acceptance", "hazard", "refused_hazard", "margin_share", "cost")
    return {
        "reach": own.reach,
        "contact_cost": own.contact_cost,
        "assumed_risk": settings.intents[facts.intent].assumed_risk,
        "actions": {
            name: {key: getattr(action, key) for key in shown}
            for name, action in settings.actions.items()
            if facts.intent in action.intents and action.active
        },
    }


def _words(facts: Entitlement, language: str, settings: DecisionSettings) -> dict[str, list[str]]:
    subjects = [facts.intent]
    subjects += ["service_first"] if facts.service_first else []
    subjects += [] if facts.consent else ["no_consent"]
    return {
        name: [
            text
            for subject in subjects
            for text in getattr(settings.words[subject], f"{name}_{language}")
        ]
        for name in ("use", "avoid")
    }


def _cancellation(request: Requested, settings: DecisionSettings) -> dict[str, Any] | None:
    """At a cancellation what is recorded of reason and rival, and what is still to be requested."""
    if request.intent != "cancel":
        return None
    given = {"reason": request.reason, "rival": request.rival}
    return {
        **given,
        "missing": [name for name, value in given.items() if value is None],
        "reasons": {name: text.of(request.language) for name, text in settings.reasons.items()},
        "rivals": list(settings.rivals),
    }
