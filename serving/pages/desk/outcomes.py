"""Which outcomes the desk offers, each with its key, and what a form of it reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from serving.decision.outcomes.reported import CHANGES_SERVICE, ENDS, NAMES_ACTION, PLAN
from serving.http.contract.forms.decide import DecideAnswer
from serving.http.contract.forms.pages.desk import OutcomeFields

KEYS = {
    "saved": "s",
    "cancelled": "x",
    "offer_accepted": "a",
    "offer_refused": "d",
    PLAN: "l",
    "service_fixed": "f",
    "no_answer": "n",
}


@dataclass(frozen=True)
class Button:
    """An outcome with its key; `plan`: that it is about; whether a confirmation is needed."""

    outcome: str
    key: str
    plan: str | None
    needs_confirmation: bool


def offered(found: DecideAnswer, channel: str) -> list[Button]:
    """The outcomes that can come of this decision, what ends it first."""
    kinds = {rung.kind for rung in found.ladder}
    plan = next((rung.plan for rung in found.ladder if rung.plan is not None), None)
    can_be = {
        "saved": found.intent == "cancel",
        "cancelled": found.intent == "cancel",
        "offer_accepted": bool(kinds - {"service", "promise", "plan"}),
        "offer_refused": bool(found.ladder),
        PLAN: plan is not None,
        "service_fixed": "service" in kinds,
        "no_answer": channel != "store",
    }
    return [
        Button(name, key, plan if name == PLAN else None, name in CHANGES_SERVICE)
        for name, key in KEYS.items()
        if can_be[name]
    ]


def reported(form: OutcomeFields, customer_id: str) -> dict[str, Any]:
    """The form of `postOutcome`: of what stands in the page's form only what this outcome takes."""
    takes = {
        "action": form.outcome in NAMES_ACTION,
        "plan": form.outcome == PLAN,
        "reason": form.outcome in ENDS,
        "rival": form.outcome in ENDS,
    }
    found: dict[str, Any] = {
        "key": form.key,
        "customer_id": customer_id,
        "decision_id": form.decision_id,
        "outcome": form.outcome,
        "purpose": form.purpose,
        **{name: getattr(form, name) for name, is_taken in takes.items() if is_taken},
    }
    if form.outcome in CHANGES_SERVICE and form.confirmation and form.reference:
        found["confirmation"] = {"kind": form.confirmation, "reference": form.reference}
    return found
