"""Writing rows at the end of the chain, in the transaction of what they record."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, String, bindparam, insert, literal_column, select, update

from features.errors import OutputError
from serving.audit.chain import Head, row_hash
from serving.audit.entry import Entry
from serving.audit.pseudonyms import pseudonyms, storable
from serving.database.prepared import Prepared
from serving.database.tables import THE_HEAD, audit, audit_head, audit_subjects

# The columns that hold a text of the entry, and how much of it: a row is never refused for one.
TEXTS: Mapping[str, int] = {
    name: cast("String", audit.c[name].type).length or 0
    for name in ("request_id", "caller", "role", "method", "route", "purpose", "code")
}

Result = TypeVar("Result")

_its_head = audit_head.c.id == literal_column(str(THE_HEAD))
_lock = Prepared(select(audit_head.c.number, audit_head.c.hash).where(_its_head).with_for_update())
_move = Prepared(
    update(audit_head).where(_its_head).values(number=bindparam("number"), hash=bindparam("hash"))
)
_add_rows, _add_subjects = Prepared(insert(audit)), Prepared(insert(audit_subjects))
_as_json = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str).encode


def locked_head(connection: Connection) -> Head:
    """The head, locked until the transaction ends: other writers wait. It must come first.

    On SQLite the transaction has the lock of the whole file from its begin on. Raises OutputError
    where the head is gone.
    """
    found = _lock.all(connection)
    if not found:
        raise OutputError(
            "the audit has no head: its row in audit_head was removed. Nothing can be recorded. "
            "Run `liuke audit verify`, then restore the operational database from a backup."
        )
    return Head(*found[0])


def append(
    connection: Connection, head: Head, entries: Sequence[Entry], at: datetime,
    customers: Collection[str] = (),
) -> Head:  # fmt: skip
    """Write a row for each entry behind the locked `head`; the new head.

    `at` is the operator's local time. `customers`: those of the ids that refused requests named.
    """
    found, named = (subjects_of(entries, are_answered=own) for own in (True, False))
    names = pseudonyms(connection, found, named, customers)
    rows: list[dict[str, Any]] = []
    subjects: list[dict[str, Any]] = []
    number, last = head.number, head.hash
    for entry in entries:
        number += 1
        own = [names[subject] for subject in entry.subjects]
        row = _row(number, entry, at)
        last = row["hash"] = row_hash(last, row, own)
        rows.append(row)
        subjects += (
            {"number": number, "place": place, "pseudonym": name} for place, name in enumerate(own)
        )
    _add_rows.run(connection, *rows)
    if subjects:
        _add_subjects.run(connection, *subjects)
    _move.run(connection, {"number": number, "hash": last})
    return Head(number, last)


def subjects_of(entries: Sequence[Entry], *, are_answered: bool) -> list[str]:
    """Whom the answered requests are about, or what the refused ones named."""
    own = [entry for entry in entries if entry.is_answered is are_answered]
    return [subject for entry in own for subject in entry.subjects]


def _row(number: int, entry: Entry, at: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        name: None if (value := getattr(entry, name)) is None else storable(value, longest)
        for name, longest in TEXTS.items()
    }
    row |= {"number": number, "at": at, "status": entry.status, "subjects": len(entry.subjects)}
    row["detail"] = _as_json(entry.detail)
    return row


def record_now(
    engine: Engine, entry: Entry, at: datetime, work: Callable[[Connection], Result]
) -> Result:
    """Do `work` and write the entry's row in one transaction of its own, as commands do.

    Raises what `work` raises, and what the database does; then neither is there.
    """
    with engine.begin() as connection:
        head = locked_head(connection)
        result = work(connection)
        append(connection, head, [entry], at)
        return result
