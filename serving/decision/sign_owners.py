"""Who sees to a group of signs, everywhere or at one place, and until when: a row a change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from features.catalogue import GROUPS
from features.errors import RequestRefused
from serving.database.tables import LONGEST_ID, sign_owners

PLACES = ("city", "plan")
LONGEST_NOTE = 500
Key = tuple[str, str | None, str | None]


@dataclass(frozen=True)
class Owned:
    """Who owns a group of signs until when; `owner` and `due` are null where none does any more.

    `by` and `name`: at this city or plan alone; null everywhere.
    """

    sign: str
    by: str | None
    name: str | None
    owner: str | None
    due: date | None
    note: str
    set_at: datetime
    caller: str

    @property
    def key(self) -> Key:
        return self.sign, self.by, self.name


def set_owner(connection: Connection, own: Owned) -> Owned:
    """Keep who owns it from now on.

    Raises RequestRefused (`invalid_request`) for another sign or place, an owner without a day or
    a day without one, and a day that is past.
    """
    if own.sign not in GROUPS:
        raise _invalid(f"sign is {own.sign[:64]!r}; expected one of {', '.join(GROUPS)}")
    if (own.by is None) != (own.name is None) or own.by not in (None, *PLACES):
        raise _invalid("a place is named by `by`, city or plan, and `name`; expected both or none")
    if (own.owner is None) != (own.due is None):
        raise _invalid("expected an owner and a due day, or neither, where none is to own it")
    if own.due is not None and own.due < own.set_at.date():
        raise _invalid(f"due is {own.due:%F}, which is past; expected today or later")
    for name, text, most in (("owner", own.owner, LONGEST_ID), ("note", own.note, LONGEST_NOTE)):
        if text and not (len(text) <= most and text.isprintable()):
            raise _invalid(f"{name} has {len(text)} characters; expected at most {most}, printable")
    connection.execute(insert(sign_owners).values(vars(own)))
    return own


def owners_now(connection: Connection) -> dict[Key, Owned]:
    """Who owns which signs where, as last set; what has no owner is not there."""
    names = Owned.__dataclass_fields__
    rows = connection.execute(select(sign_owners).order_by(sign_owners.c.id))
    found = [Owned(**{name: getattr(row, name) for name in names}) for row in rows]
    latest = {own.key: own for own in found}
    return {key: own for key, own in latest.items() if own.owner is not None}


def _invalid(message: str) -> RequestRefused:
    return RequestRefused("invalid_request", message)
