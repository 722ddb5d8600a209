"""Changes of settings: proposed by one person, accepted or declined by a second, kept for good.

Plain functions over the table `setting_changes`, each for the transaction that has its row of the
audit. Transactions of all workers wait for each other at the audit's head, so no two changes of a
file overlap. Moments are the operator's local time.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from features.errors import RequestRefused
from features.settings.edits import own_text, value_at, with_value, write_own
from serving.changes.subjects import File, checked, file_of, resolved, subject_of
from serving.database.tables import setting_changes as changes

ACCEPTS = "approver"  # the role
WAITING, ACCEPTED, DECLINED, WITHDRAWN = "waiting", "accepted", "declined", "withdrawn"
MAX_EDITS = 40
LONGEST = 8_000  # of the edits of one change, as JSON


@dataclass(frozen=True)
class Edit:
    """A key, what it held when the change was proposed, and what it is to hold; null is nothing."""

    key: str
    was: Any
    wanted: Any


@dataclass(frozen=True)
class Change:
    """A change of one subject. `before` and `after`: fingerprints of the file's settings."""

    id: str
    subject: str
    file: str
    edits: tuple[Edit, ...]
    why: str
    state: str
    proposed_by: str
    proposed_at: datetime
    before: str
    after: str
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None


def proposed(
    home: Path, wanted: Sequence[tuple[str, Any]], why: str, caller: str, now: datetime, own: str
) -> Change:
    """The change that would give these keys these values, checked as when the file is read.

    Raises RequestRefused (`invalid_request`) that says what is wrong: a key that people do not
    change, a value that may not be, or that is in force already.
    """
    if not 1 <= len(wanted) <= MAX_EDITS or len({key for key, _ in wanted}) != len(wanted):
        raise RequestRefused(
            "invalid_request", f"{len(wanted)} edits; expected 1 to {MAX_EDITS}, a key once"
        )
    subject = subject_of(wanted[0][0])
    if any(subject_of(key) != subject for key, _ in wanted):
        raise RequestRefused("invalid_request", "expected edits of one subject in one change")
    file = file_of(home, subject.file)
    edits = [
        Edit(key, value_at(file.effective, key), resolved(file, subject, key, value))
        for key, value in wanted
    ]
    edits = [own for own in edits if own.was != own.wanted]
    if not edits:
        raise RequestRefused("invalid_request", "these values are in force already")
    if len(_json(edits)) > LONGEST:
        raise RequestRefused(
            "invalid_request", f"the change is long; expected at most {LONGEST} characters"
        )
    after = checked(_edited(file, edits))
    return Change(
        own, subject.name, subject.file, tuple(edits), why, WAITING, caller, now,
        checked(file), after,
    )  # fmt: skip


def write_change(connection: Connection, change: Change) -> Change:
    """Keep a change that waits; one with this id that is kept already is returned as it is."""
    row = connection.execute(select(changes).where(changes.c.id == change.id)).one_or_none()
    if row is not None:
        return _change(row)
    values = vars(change) | {"edits": _json(change.edits)}
    connection.execute(insert(changes).values(values))
    return change


def accept(connection: Connection, home: Path, own: str, caller: str, now: datetime) -> Change:
    """Put a change that waits in force, as another person than who proposed it.

    The file is replaced; done again, as after a failure, it comes to the same. Raises
    RequestRefused: `unknown_change`, `forbidden` for the proposer, `conflict` where it does not
    wait any more or a value is another one by now, `invalid_request` where the settings would not
    hold.
    """
    found = _waiting(connection, own)
    if caller == found.proposed_by:
        raise RequestRefused(
            "forbidden", "a change is accepted by another person than the one who proposed it"
        )
    file = file_of(home, found.file)
    for edit in found.edits:
        held = value_at(file.effective, edit.key)
        if held not in (edit.was, edit.wanted):
            raise RequestRefused(
                "conflict",
                f"{edit.key} is {_shown(held)} by now, and was {_shown(edit.was)} when the change "
                "was proposed. Decline it, and propose it again.",
            )
    edited = _edited(file, found.edits)
    after = checked(edited)
    ended = _end(connection, found, ACCEPTED, caller, now, after=after)
    write_own(home, found.file, own_text(edited.own) if edited.own else None)
    return ended


def decline(
    connection: Connection, own: str, caller: str, role: str, now: datetime, note: str | None
) -> Change:
    """End a change that waits: declined by a second person, or withdrawn by who proposed it.

    Raises RequestRefused: `unknown_change`, `conflict`, `forbidden` for other roles.
    """
    found = _waiting(connection, own)
    if caller == found.proposed_by:
        return _end(connection, found, WITHDRAWN, caller, now, note=note)
    if role != ACCEPTS:
        raise RequestRefused("forbidden", f"the role {role} declines nothing; expected {ACCEPTS}")
    return _end(connection, found, DECLINED, caller, now, note=note)


def page_of(
    connection: Connection, state: str | None, limit: int, offset: int
) -> tuple[list[Change], int]:
    """Changes of this state or of all, the latest proposed first; and how many there are in all."""
    mine = [] if state is None else [changes.c.state == state]
    count = connection.execute(select(func.count()).select_from(changes).where(*mine)).scalar_one()
    order = changes.c.proposed_at.desc(), changes.c.id
    query = select(changes).where(*mine).order_by(*order).limit(limit).offset(offset)
    return [_change(row) for row in connection.execute(query)], int(count)


def last_accepted(connection: Connection, file: str) -> Change | None:
    """The change of a file that was accepted last, if any."""
    own = changes.c.file == file, changes.c.state == ACCEPTED
    query = select(changes).where(*own).order_by(changes.c.decided_at.desc(), changes.c.id)
    row = connection.execute(query.limit(1)).one_or_none()
    return None if row is None else _change(row)


def find_change(connection: Connection, own: str) -> Change:
    """Raises RequestRefused (`unknown_change`) where none has this id."""
    row = connection.execute(select(changes).where(changes.c.id == own)).one_or_none()
    if row is None:
        raise RequestRefused("unknown_change", "no change has this id; GET /settings/changes")
    return _change(row)


def _edited(file: File, edits: Sequence[Edit]) -> File:
    own = file.own
    for edit in edits:
        own = with_value(own, file.defaults, edit.key, edit.wanted)
    return replace(file, own=own)


def _waiting(connection: Connection, own: str) -> Change:
    found = find_change(connection, own)
    if found.state != WAITING:
        raise RequestRefused(
            "conflict",
            f"the change does not wait any more; it was ended by {found.decided_by}",
        )
    return found


def _end(
    connection: Connection, found: Change, state: str, caller: str, now: datetime, **more: Any
) -> Change:
    """Raises RequestRefused (`conflict`) where another one ended it since it was read."""
    values = {"state": state, "decided_by": caller, "decided_at": now, **more}
    own = changes.c.id == found.id, changes.c.state == WAITING
    if connection.execute(update(changes).where(*own).values(values)).rowcount != 1:
        raise RequestRefused("conflict", "the change was ended by another request meanwhile")
    return replace(found, **values)


def _change(row: Any) -> Change:
    values = row._asdict()
    edits = tuple(Edit(**own) for own in json.loads(values["edits"]))
    return Change(**values | {"edits": edits})


def _json(edits: Sequence[Edit]) -> str:
    return json.dumps([vars(own) for own in edits], ensure_ascii=False)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 80 else f"{text[:80]}…"
