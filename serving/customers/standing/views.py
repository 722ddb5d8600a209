"""Warnings and arrears as people read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.words import say
from serving.customers.phrases import listed, phrase, term
from serving.customers.standing.warnings import Warned
from serving.decision.decision_settings import decision_settings

WARNING_COLUMNS = (
    "customer_id", "city", "store_id", "manager_id", "value_tier", "value_at_stake",
    "risk_before", "risk", "changes", "new_reasons",
)  # fmt: skip
MAX_COUNTED = 8


def arrears_line(one: dict[str, Any], home: Path, currency: str, language: str) -> str:
    """One of `arrears` on one line."""
    paid = say("standing", "never_paid", language)
    if one["last_paid_at"] is not None:
        paid = say("standing", "paid", language, amount=one["paid_since"], date=one["last_paid_at"])
    if one["standing"] == "left":
        paid += say("standing", "left", language)
    return say(
        "standing", "owes", language,
        customer=one["customer_id"], overdue=one["overdue"], currency=currency,
        bills=one["bills"], since=one["since"], days=one["days_overdue"],
        manager=_manager(one, language), paid=paid, promise=_promise(one, home, language),
    )  # fmt: skip


def _promise(one: dict[str, Any], home: Path, language: str) -> str:
    kinds = decision_settings(home).promises
    if one["promise"] is None:
        return ""
    kind = kinds.get(one["promise"])
    what = one["promise"] if kind is None else kind.of(language)
    return say("standing", "promise", language, what=what, due=one["promise_due"])


def warning_lines(one: dict[str, Any], currency: str, language: str) -> str:
    """One customer of `warnings`, with a line for each change and each new reason."""
    lines = [say("standing", "change_line", language, text=own["text"]) for own in one["changes"]]
    lines += [say("standing", "reason_line", language, text=own) for own in one["new_reasons"]]
    amount = one["value_at_stake"]
    value = (
        say("standing", "no_value", language)
        if amount is None
        else say("standing", "value", language, amount=amount, currency=currency)
    )
    return say(
        "standing", "warning", language,
        customer=one["customer_id"], tier=term(one["value_tier"], language), value=value,
        manager=_manager(one, language), changes="\n".join(lines),
    )  # fmt: skip


def warnings_end(found: Warned, shown: int, language: str) -> str:
    """How many there are, by sign, manager and store."""
    lines = [
        say(
            "standing", "warnings_end", language,
            shown=shown, count=len(found.customers), before=found.before, as_of=found.as_of,
        )
    ]  # fmt: skip
    for name, counts in found.counts.items():
        first = list(counts.items())[:MAX_COUNTED]
        parts = [
            say("standing", "one_count", language, name=own, count=count) for own, count in first
        ]
        if parts:
            lines.append(say("standing", f"by_{name}", language, counts=listed(parts, language)))
    if found.other_model:
        lines.append(say("standing", "other_model", language))
    return "\n".join(lines)


def flat(one: dict[str, Any]) -> dict[str, Any]:
    """The warning as a row of a file: what changed as sentences."""
    return one | {"changes": [own["text"] for own in one["changes"]]}


def _manager(one: dict[str, Any], language: str) -> str:
    return one["manager_id"] or phrase("no_manager", language)
