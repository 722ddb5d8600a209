"""The archive of account managers: a row a change, of which the latest counts.

A manager is a desk, not a person: who sits there are the people whose accounts carry its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from features.errors import RequestRefused
from serving.access.principal import EVERYWHERE, Scope
from serving.database.tables import LONGEST_ID, managers

LONGEST_NOTE = 2000
GIVEN = ("name", "city", "since", "until", "note")
EMPTY: Mapping[str, Any] = {"city": None, "until": None, "note": ""}


@dataclass(frozen=True)
class Manager:
    """A desk as it was from one change on; `until` is its last day, null while it has none."""

    manager_id: str
    name: str
    city: str | None
    since: date
    until: date | None
    note: str
    changed_at: datetime
    caller: str

    @property
    def place(self) -> dict[str, str | None]:
        """What a caller's scope is compared with: a desk belongs to a city, not to a store."""
        return {"city": self.city, "store_id": None, "manager_id": self.manager_id}

    def serves(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


def save_manager(
    connection: Connection, manager_id: str, given: Mapping[str, Any], caller: str, now: datetime
) -> Manager:
    """The desk with what was given of `GIVEN`, the rest as before; the same again adds no row.

    Raises RequestRefused (`invalid_request`) where a new one lacks name or first day, or a value
    cannot be kept.
    """
    rows = changes_of(connection, manager_id)
    before = {name: getattr(rows[-1], name) for name in GIVEN} if rows else dict(EMPTY)
    values = before | {name: own for name, own in given.items() if own is not None}
    _check(manager_id, values)
    if rows and values == before:
        return rows[-1]
    saved = Manager(manager_id, **values, changed_at=now, caller=caller)
    connection.execute(insert(managers).values(**vars(saved)))
    return saved


def changes_of(connection: Connection, manager_id: str) -> list[Manager]:
    """The desk at each of its changes, the oldest first."""
    own = select(managers).where(managers.c.manager_id == manager_id).order_by(managers.c.id)
    return [_manager(row) for row in connection.execute(own)]


def known_managers(connection: Connection, scope: Scope = EVERYWHERE) -> list[Manager]:
    """The desks that the scope allows, as they are now, by their ids."""
    rows = connection.execute(select(managers).order_by(managers.c.id))
    latest = {row.manager_id: _manager(row) for row in rows}
    return [latest[own] for own in sorted(latest) if scope.allows(latest[own].place)]


def find_manager(connection: Connection, manager_id: str, scope: Scope = EVERYWHERE) -> Manager:
    """Raises RequestRefused (`unknown_manager`) where there is none, or the scope has not this."""
    rows = changes_of(connection, manager_id)
    if not rows or not scope.allows(rows[-1].place):
        raise unknown_manager()
    return rows[-1]


def unknown_manager() -> RequestRefused:
    """The refusal of a desk that is not there, or of another's."""
    return RequestRefused(
        "unknown_manager", "no manager has this id; `liuke manager list` shows them"
    )


def _check(manager_id: str, values: Mapping[str, Any]) -> None:
    absent = [name for name in ("name", "since") if values.get(name) is None]
    if absent:
        raise _invalid(f"{' and '.join(absent)}: expected for a manager who is new")
    for name, text in (("the id", manager_id), *((n, values[n]) for n in ("name", "city"))):
        if text is not None and not (1 <= len(text) <= LONGEST_ID and text.isprintable()):
            raise _invalid(
                f"{name} has {len(text)} characters; expected 1 to {LONGEST_ID}, printable"
            )
    if "/" in manager_id:
        raise _invalid("the id has a slash, which would end its part of an address")
    if values["until"] is not None and values["until"] < values["since"]:
        raise _invalid(
            f"until is {values['until']:%F}; expected {values['since']:%F}, the first day, or later"
        )
    if len(values["note"]) > LONGEST_NOTE:
        raise _invalid(
            f"note has {len(values['note'])} characters; expected at most {LONGEST_NOTE}"
        )


def _invalid(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)


def _manager(row: Row[Any]) -> Manager:
    names = Manager.__dataclass_fields__
    return Manager(**{name: getattr(row, name) for name in names})
