"""Outcomes of a file into the ledger: each once, a correction as a row that takes one back.

A contact goes on from day to day: one that was sent may be reached later, and answered after that.
Such a row is recorded as the answer to the first. A row that says something else of the same
contact is refused, unless it names in `corrects` which one was wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from serving.campaigns.outcomes.checking import Checked, refuse
from serving.campaigns.outcomes.file import Line
from serving.database.tables import contacts
from serving.decision.outcomes.reported import ACCEPTED, US
from serving.retention.drawing.arms import CONTROL

PART = 500
# How far a contact went; a later row may bring it further, and never back.
STAGES: Mapping[str, int] = {"sent": 0, "reached": 1, "offer_refused": 2, "offer_accepted": 2}


@dataclass
class _Contact:
    """A contact as the ledger or an earlier row has it; `said`: hashes of what was said of it."""

    customer_id: str
    campaign_id: str | None
    outcome: str
    at: datetime
    said: set[str]
    is_posted: bool
    is_undone: bool = False


@dataclass
class Recorded:
    """What became of a file's rows: read = new + unchanged + bad + erased.

    `crossovers` of the new ones are of control customers; `corrections` take an earlier one back;
    `unconfirmed` are acceptances without a reference to the customer's confirmation.
    """

    new: int = 0
    unchanged: int = 0
    crossovers: int = 0
    corrections: int = 0
    unconfirmed: int = 0
    campaigns: dict[str, int] = field(default_factory=dict)


def record_lines(
    connection: Connection,
    name: str,
    checked: Checked,
    costs: Mapping[str, int],
    caller: str,
    now: datetime,
) -> Recorded:
    """Write what is new, in the transaction of the audit's row.

    `costs`: of each offer when accepted, in fen. Raises ImportRefused where a row contradicts the
    ledger or another row; then nothing is written.
    """
    lines = sorted(checked.lines, key=lambda line: (line.at, line.number))
    known = _known(connection, lines)
    found, rows, faults = Recorded(), list[dict[str, Any]](), list[str]()
    for line in lines:
        fault, row = _next(line, known, checked, costs, caller, now)
        if fault:
            faults.append(f"line {line.number}: {fault}")
        elif row is None:
            found.unchanged += 1
        else:
            rows.append(row)
            _count(found, line, row)
    refuse(name, faults)
    for part in _parts(rows):
        connection.execute(insert(contacts), part)
    return found


def _count(found: Recorded, line: Line, row: Mapping[str, Any]) -> None:
    found.new += 1
    found.crossovers += row["arm"] == CONTROL
    found.corrections += row["undoes"] is not None
    found.unconfirmed += line.outcome == ACCEPTED and line.confirmation is None
    found.campaigns[line.campaign_id] = found.campaigns.get(line.campaign_id, 0) + 1


def _known(connection: Connection, lines: Sequence[Line]) -> dict[str, _Contact]:
    """The contacts that these rows name, as the ledger has them."""
    keys = {key for line in lines for key in (line.contact_id, line.corrects) if key is not None}
    found: dict[str, _Contact] = {}
    own = contacts.c
    for part in _parts(sorted(keys)):
        rows = select(contacts).where(own.idempotency_key.in_(part) | own.answers.in_(part))
        for row in connection.execute(rows.order_by(own.id)):
            _learn(found, row)
        undone = select(own.undoes).where(own.undoes.in_(part))
        for key in connection.execute(undone).scalars():
            found[key].is_undone = True
    return found


def _learn(found: dict[str, _Contact], row: Any) -> None:
    if row.answers is not None and row.answers in found:
        contact = found[row.answers]
        contact.outcome, contact.at = row.outcome, row.at
        contact.said.add(row.content_sha256)
        return
    found[row.idempotency_key] = _Contact(
        row.customer_id, row.campaign_id, row.outcome, row.at, {row.content_sha256},
        is_posted=row.known_at is None,
    )  # fmt: skip


def _next(
    line: Line,
    known: dict[str, _Contact],
    checked: Checked,
    costs: Mapping[str, int],
    caller: str,
    now: datetime,
) -> tuple[str, dict[str, Any] | None]:
    """What is wrong with the row, or its row of the ledger, null where that is there already."""
    before = known.get(line.contact_id)
    if before is not None and _says_the_same(line, before):
        return "", None
    fault = _contradiction(line, before, known)
    if fault:
        return fault, None
    goes_on = before is not None
    row = _row(line, checked, costs, caller, now, goes_on=goes_on)
    if before is None:
        known[line.contact_id] = _Contact(
            line.customer_id, line.campaign_id, line.outcome, line.at, {line.content_sha256},
            is_posted=False,
        )  # fmt: skip
        if line.corrects is not None:
            known[line.corrects].is_undone = True
    else:
        before.outcome, before.at = line.outcome, line.at
        before.said.add(line.content_sha256)
    return "", row


def _says_the_same(line: Line, before: _Contact) -> bool:
    """Whether this row, or a post with the same key, said it already."""
    same = (before.customer_id, before.campaign_id) == (line.customer_id, line.campaign_id)
    is_posted = before.is_posted and same and before.outcome == line.outcome
    return line.content_sha256 in before.said or is_posted


def _contradiction(line: Line, before: _Contact | None, known: Mapping[str, _Contact]) -> str:
    if before is not None:
        same = (before.customer_id, before.campaign_id) == (line.customer_id, line.campaign_id)
        stage = STAGES.get(line.outcome, -1)
        onward = before.outcome in STAGES and stage > STAGES[before.outcome] and line.at > before.at
        if not same or not onward or before.is_undone or line.corrects is not None:
            return (
                f"the contact {line.contact_id} is recorded with another result; to correct it, "
                "send a row with a new contact_id and this one in the column corrects"
            )
        return ""
    if line.corrects is None:
        return ""
    wrong = known.get(line.corrects)
    if wrong is None or wrong.customer_id != line.customer_id:
        return f"corrects names {line.corrects}, which names another customer's contact or none"
    return f"the contact {line.corrects} was corrected already" if wrong.is_undone else ""


def _row(
    line: Line,
    checked: Checked,
    costs: Mapping[str, int],
    caller: str,
    now: datetime,
    *,
    goes_on: bool,
) -> dict[str, Any]:
    member, accepted = checked.member(line), line.outcome == ACCEPTED
    reference = None if line.confirmation is None else f"file:{line.confirmation}"
    return {
        "idempotency_key": f"{line.contact_id}#{line.result}" if goes_on else line.contact_id,
        "content_sha256": line.content_sha256,
        "customer_id": line.customer_id,
        "at": line.at,
        "channel": line.channel,
        "action": line.offer,
        "offer": line.offer,
        "cost_fen": costs.get(line.offer) if accepted else None,
        "outcome": line.outcome,
        "confirmed": reference is not None,
        "confirmation": reference,
        "caller": caller,
        "campaign_id": line.campaign_id,
        "arm": member.arm,
        "propensity": member.propensity,
        "undoes": line.corrects,
        "started_by": US,
        "answers": line.contact_id if goes_on else None,
        "known_at": now,
        "contact_fen": line.cost_fen,
    }


def _parts(own: Sequence[Any]) -> Iterator[Sequence[Any]]:
    yield from (own[start : start + PART] for start in range(0, len(own), PART))
