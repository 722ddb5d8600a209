"""How a contact ended: the ledger, a row an outcome, never changed.

An outcome is known by its key: the same key and content is the same outcome, answered again; the
same key with other content is refused. An undo is a row of its own that names what it undoes.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from features.errors import RequestRefused
from serving.database.tables import contacts
from serving.decision.cancellation import pre_cancel, withdraw
from serving.decision.decision_settings import DecisionSettings, to_fen
from serving.decision.record import Stored, find_decision

CANCELLED, ACCEPTED, PLAN, UNDONE = "cancelled", "offer_accepted", "plan_changed", "undone"
OUTCOMES = (
    "saved", CANCELLED, ACCEPTED, "offer_refused", PLAN, "service_fixed", "promise_made",
    "no_answer", UNDONE,
)  # fmt: skip
CHANGES_SERVICE = (CANCELLED, ACCEPTED, PLAN)  # only with the customer's recorded confirmation
NAMES_ACTION = (ACCEPTED, "offer_refused")
ENDS = ("saved", CANCELLED)


@dataclass(frozen=True)
class Reported:
    """What a caller says of how a contact ended; `undoes` is the key of another outcome."""

    key: str
    customer_id: str
    decision_id: str
    outcome: str
    action: str | None = None
    plan: str | None = None
    reason: str | None = None
    rival: str | None = None
    confirmation: str | None = None
    confirmation_reference: str | None = None
    undoes: str | None = None

    @property
    def content_sha256(self) -> str:
        return sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Reporter:
    """Who reports, from where; `arm`: universal_holdout where the customer is outside contact."""

    caller: str
    store_id: str | None
    arm: str | None


def record_outcome(
    connection: Connection,
    reported: Reported,
    reporter: Reporter,
    settings: DecisionSettings,
    now: datetime,
) -> dict[str, Any]:
    """Write the outcome and what follows from it; returns the answer.

    Raises RequestRefused: `conflict`, `unknown_decision`, `unknown_outcome`, `not_decided`,
    `confirmation_missing`, `undo_too_late`, `invalid_request`.
    """
    before = _find(connection, reported.key)
    if before is not None:
        return _again(before, reported, settings)
    try:
        return _recorded(connection, reported, reporter, settings, now)
    except RequestRefused:
        # Another request with this key may have been recorded since the look above.
        before = _find(connection, reported.key)
        if before is None:
            raise
        return _again(before, reported, settings)


def _recorded(
    connection: Connection,
    reported: Reported,
    reporter: Reporter,
    settings: DecisionSettings,
    now: datetime,
) -> dict[str, Any]:
    decision = find_decision(connection, reported.decision_id, reported.customer_id)
    _check(reported, settings)
    cost_fen = _decided_cost(reported, decision)
    if reported.outcome in ENDS:
        _not_ended(connection, decision.id)
    if reported.outcome == UNDONE:
        _undo(connection, reported, settings, now)
    row = _row(reported, reporter, decision, cost_fen, now)
    try:
        with connection.begin_nested():
            connection.execute(insert(contacts).values(row))
    except IntegrityError:
        raise _conflict("another request recorded the same at this moment") from None
    if reported.outcome == CANCELLED:
        pre_cancel(
            connection, reported.key, reported.customer_id, row["reason"], row["rival"], now,
            reporter.caller,
        )  # fmt: skip
    return _answer(row, settings)


def _find(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(contacts).where(contacts.c.idempotency_key == key)).first()


def _again(row: Row[Any], reported: Reported, settings: DecisionSettings) -> dict[str, Any]:
    if row.content_sha256 != reported.content_sha256:
        raise _conflict("an outcome with this key and other content is recorded; use a new key")
    return _answer(dict(row._mapping), settings)


def _answer(row: dict[str, Any], settings: DecisionSettings) -> dict[str, Any]:
    undoable = row["at"] + timedelta(seconds=settings.undo_seconds)
    return {
        "key": row["idempotency_key"],
        "customer_id": row["customer_id"],
        "decision_id": row["decision_id"],
        "outcome": row["outcome"],
        "recorded_at": f"{row['at']:%FT%T}",
        "undo_until": None if row["outcome"] == UNDONE else f"{undoable:%FT%T}",
        "pre_cancelled": row["outcome"] == CANCELLED,
    }


def _check(reported: Reported, settings: DecisionSettings) -> None:
    """What the outcome must name, by its kind."""
    _one_of("reason", reported.reason, tuple(settings.reasons))
    _one_of("rival", reported.rival, settings.rivals)
    _one_of("confirmation.kind", reported.confirmation, settings.confirmations)
    needs = {
        "action": reported.outcome in NAMES_ACTION,
        "plan": reported.outcome == PLAN,
        "undoes": reported.outcome == UNDONE,
    }
    for name, needed in needs.items():
        if needed != (getattr(reported, name) is not None):
            expected = "expected" if needed else "is not expected"
            raise RequestRefused(
                "invalid_request", f"{name} {expected} with the outcome {reported.outcome}"
            )
    if reported.outcome in CHANGES_SERVICE:
        check_confirmed(f"the outcome {reported.outcome}", reported.confirmation, settings)


def check_confirmed(change: str, confirmation: str | None, settings: DecisionSettings) -> None:
    """Raises RequestRefused unless the customer's confirmation of the change is named, by kind."""
    if confirmation is None:
        raise RequestRefused(
            "confirmation_missing",
            f"{change} changes a service; record the customer's confirmation first (one of "
            f"{', '.join(settings.confirmations)}) and name it",
        )
    _one_of("confirmation.kind", confirmation, settings.confirmations)


def _one_of(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise RequestRefused(
            "invalid_request", f"{name} is {value[:64]!r}; expected one of {', '.join(allowed)}"
        )


def _decided_cost(reported: Reported, decision: Stored) -> int | None:
    """What the action commits; refused where the decision did not allow it."""
    if reported.action is not None:
        for rung in decision.answer["ladder"]:
            if rung["action"] == reported.action:
                return to_fen(rung["cost"] or 0.0) if reported.outcome == ACCEPTED else None
        raise _not_decided("action", reported.action)
    if reported.plan is not None:
        fit = decision.answer["bill_fit"] or {"plans": []}
        if reported.plan not in [one["plan"] for one in fit["plans"]]:
            raise _not_decided("plan", reported.plan)
    return None


def _not_decided(name: str, value: str) -> RequestRefused:
    return RequestRefused(
        "not_decided", f"the decision does not hold the {name} {value[:64]!r}; decide again"
    )


def _not_ended(connection: Connection, decision_id: str) -> None:
    """Raises RequestRefused (`conflict`) where the decision has an end that is not undone."""
    undone = select(contacts.c.undoes).where(contacts.c.undoes.is_not(None))
    ended = select(contacts.c.outcome).where(
        contacts.c.decision_id == decision_id,
        contacts.c.outcome.in_(ENDS),
        contacts.c.idempotency_key.not_in(undone),
    )
    found = connection.execute(ended).scalars().first()
    if found is not None:
        raise _conflict(f"the decision has ended already: {found}")


def _undo(
    connection: Connection, reported: Reported, settings: DecisionSettings, now: datetime
) -> None:
    """Take back what the outcome wrote beside its row."""
    row = _find(connection, reported.undoes or "")
    same = row is not None and (row.customer_id, row.decision_id) == (
        reported.customer_id,
        reported.decision_id,
    )
    if row is None or not same or row.outcome == UNDONE:
        raise RequestRefused(
            "unknown_outcome", "no outcome of this decision has the key that is to be undone"
        )
    if now > row.at + timedelta(seconds=settings.undo_seconds):
        raise RequestRefused(
            "undo_too_late",
            f"an outcome can be undone within {settings.undo_seconds:g} seconds; record what is "
            "true now as a new one",
        )
    taken = select(contacts.c.id).where(contacts.c.undoes == row.idempotency_key)
    if connection.execute(taken).first() is not None:
        raise _conflict("this outcome is undone already")
    withdraw(connection, row.idempotency_key)


def _conflict(why: str) -> RequestRefused:
    return RequestRefused("conflict", why)


def _row(
    reported: Reported, reporter: Reporter, decision: Stored, cost_fen: int | None, now: datetime
) -> dict[str, Any]:
    """The ledger's row; reason and rival are those of the decision where none are named now."""
    named = decision.answer["cancellation"] or {"reason": None, "rival": None}
    ends = reported.outcome in ENDS
    confirmed = reported.confirmation is not None
    reference = f"{reported.confirmation}:{reported.confirmation_reference}" if confirmed else None
    return {
        "idempotency_key": reported.key,
        "content_sha256": reported.content_sha256,
        "decision_id": decision.id,
        "customer_id": reported.customer_id,
        "at": now,
        "channel": decision.channel,
        "intent": decision.intent,
        "action": reported.action,
        "offer": reported.plan if reported.plan else reported.action,
        "cost_fen": cost_fen,
        "outcome": reported.outcome,
        "reason": reported.reason or (named["reason"] if ends else None),
        "rival": reported.rival or (named["rival"] if ends else None),
        "confirmed": confirmed,
        "confirmation": reference,
        "caller": reporter.caller,
        "store_id": reporter.store_id,
        "arm": reporter.arm,
        "undoes": reported.undoes,
    }
