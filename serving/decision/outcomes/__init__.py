"""How a contact ended: the ledger, a row an outcome, never changed.

An outcome is known by its key: the same key and content is the same outcome, answered again; the
same key with other content is refused. An undo is a row of its own that names what it undoes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.exc import IntegrityError

from features.errors import RequestRefused
from serving.database.tables import contacts
from serving.decision.decision_settings import DecisionSettings, to_fen
from serving.decision.outcomes.contract import change_plan, pre_cancel, withdraw
from serving.decision.outcomes.reported import (
    ACCEPTED,
    CANCELLED,
    ENDS,
    PLAN,
    UNDONE,
    US,
    Place,
    Placed,
    Reported,
    Reporter,
    check_reported,
)
from serving.decision.record import Stored, find_decision


def record_outcome(
    connection: Connection,
    reported: Reported,
    reporter: Reporter,
    settings: DecisionSettings,
    place: Place,
    now: datetime,
) -> dict[str, Any]:
    """Write the outcome and what follows from it; returns the answer.

    To be called under the audit's lock, so that of two contacts the second sees the first. Raises
    RequestRefused: `conflict`, `unknown_decision`, `unknown_outcome`, `not_decided`,
    `confirmation_missing`, `undo_too_late`, `invalid_request`, and what `place` raises.
    """
    before = _find(connection, reported.key)
    if before is not None:
        return _again(before, reported, settings)
    try:
        return _recorded(connection, reported, reporter, settings, place, now)
    except RequestRefused:
        # Another request with this key may have been recorded since the look above.
        before = _find(connection, reported.key)
        if before is None:
            raise
        return _again(before, reported, settings)


@dataclass(frozen=True)
class _Basis:
    """What the outcome rests on: a decision, the outcome that it undoes or answers, or nothing."""

    decision: Stored | None = None
    other: Row[Any] | None = None


def _recorded(
    connection: Connection,
    reported: Reported,
    reporter: Reporter,
    settings: DecisionSettings,
    place: Place,
    now: datetime,
) -> dict[str, Any]:
    basis = _basis(connection, reported, settings, now)
    placed = place(connection, reported) if reported.outcome != UNDONE else Placed()
    row = _row(reported, reporter, basis, placed, now)
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
    if reported.outcome == PLAN:
        assert reported.plan is not None
        change_plan(
            connection, reported.key, reported.customer_id, reported.plan, now, reporter.caller
        )
    return _answer(row, settings)


def _basis(
    connection: Connection, reported: Reported, settings: DecisionSettings, now: datetime
) -> _Basis:
    """What the outcome rests on, checked; what an undone one wrote beside its row is taken back."""
    decision = None
    if reported.decision_id is not None:
        decision = find_decision(connection, reported.decision_id, reported.customer_id)
    check_reported(reported, settings)
    if decision is not None:
        _check_decided(reported, decision)
        if reported.outcome in ENDS:
            _not_ended(connection, decision.id)
    if reported.outcome == UNDONE:
        return _Basis(decision, _undo(connection, reported, settings, now))
    if reported.answers is not None:
        return _Basis(decision, _answered(connection, reported))
    return _Basis(decision)


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


def _check_decided(reported: Reported, decision: Stored) -> None:
    """Raises RequestRefused (`not_decided`) where the decision did not allow the action or plan."""
    if reported.action is not None and _rung(decision, reported.action) is None:
        raise _not_decided("action", reported.action)
    if reported.plan is not None:
        fit = decision.answer["bill_fit"] or {"plans": []}
        if reported.plan not in [one["plan"] for one in fit["plans"]]:
            raise _not_decided("plan", reported.plan)


def _rung(decision: Stored, action: str) -> dict[str, Any] | None:
    rungs: list[dict[str, Any]] = decision.answer["ladder"]
    return next((rung for rung in rungs if rung["action"] == action), None)


def _cost(reported: Reported, basis: _Basis, placed: Placed) -> int | None:
    """What an accepted action commits, in fen."""
    if reported.outcome != ACCEPTED or reported.action is None:
        return None
    if basis.decision is None:
        return placed.cost_fen
    rung = _rung(basis.decision, reported.action)
    return to_fen((rung or {}).get("cost") or 0.0)


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
) -> Row[Any]:
    """Take back what the outcome wrote beside its row; returns that row."""
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
    return row


def _answered(connection: Connection, reported: Reported) -> Row[Any]:
    """The contact of ours that the customer answers, once."""
    row = _find(connection, reported.answers or "")
    if row is None or row.customer_id != reported.customer_id or row.started_by != US:
        raise RequestRefused(
            "unknown_outcome", "no contact of ours with this customer has the key that is answered"
        )
    undone = contacts.alias("undone")
    is_undone = undone.c.undoes == contacts.c.idempotency_key
    before = select(contacts.c.id).where(
        contacts.c.answers == row.idempotency_key,
        ~select(undone.c.id).where(is_undone).exists(),
    )
    if connection.execute(before).first() is not None:
        raise _conflict("this contact is answered already")
    taken = select(contacts.c.id).where(contacts.c.undoes == row.idempotency_key)
    if connection.execute(taken).first() is not None:
        raise _conflict("this contact was undone")
    return row


def _conflict(why: str) -> RequestRefused:
    return RequestRefused("conflict", why)


def _row(
    reported: Reported, reporter: Reporter, basis: _Basis, placed: Placed, now: datetime
) -> dict[str, Any]:
    """The ledger's row; reason and rival are those of the decision where none are named now."""
    decision, other = basis.decision, basis.other
    named = (decision.answer["cancellation"] if decision else None) or {}
    ends = reported.outcome in ENDS
    confirmed = reported.confirmation is not None
    reference = f"{reported.confirmation}:{reported.confirmation_reference}" if confirmed else None
    if other is not None:  # an undo or an answer belongs where that contact does
        placed = replace(
            placed, campaign_id=other.campaign_id, arm=other.arm, propensity=other.propensity
        )
    about = decision or other or reported
    return {
        "idempotency_key": reported.key,
        "content_sha256": reported.content_sha256,
        "decision_id": reported.decision_id,
        "customer_id": reported.customer_id,
        "at": now,
        "channel": about.channel,
        "intent": getattr(about, "intent", None),
        "action": reported.action,
        "offer": reported.plan if reported.plan else reported.action,
        "cost_fen": _cost(reported, basis, placed),
        "outcome": reported.outcome,
        "reason": reported.reason or (named.get("reason") if ends else None),
        "rival": reported.rival or (named.get("rival") if ends else None),
        "confirmed": confirmed,
        "confirmation": reference,
        "caller": reporter.caller,
        "store_id": reporter.store_id,
        "campaign_id": placed.campaign_id,
        "arm": reporter.arm or placed.arm,
        "propensity": placed.propensity,
        "undoes": reported.undoes,
        "started_by": reported.started_by,
        "answers": reported.answers,
    }
