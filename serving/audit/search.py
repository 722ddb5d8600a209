"""Looking for rows of the audit: newest first, a page at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from features.errors import RequestRefused
from features.words import say
from serving.audit.chain import CONTENT
from serving.audit.journal import TEXTS
from serving.audit.pseudonyms import keys_of, pseudonym, storable
from serving.database.tables import audit, audit_subjects

EQUAL = ("caller", "route", "purpose", "code")
UNNAMED = "unnamed"  # in the detail of an export: how many are in it whom the row does not name


@dataclass(frozen=True)
class Wanted:
    """What a row must be: null wants nothing.

    `since` included and `until` excluded are the operator's local time; `before`: rows with a
    number below it, for the next page.
    """

    customer_id: str | None = None
    caller: str | None = None
    route: str | None = None
    purpose: str | None = None
    code: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    @property
    def names(self) -> list[str]:
        """Which of them is wanted."""
        return sorted(name for name, value in vars(self).items() if value is not None)


@dataclass(frozen=True)
class Page:
    """Rows, the newest first; `next` is what to give as `before`, null on the last page."""

    rows: list[dict[str, Any]]
    next: int | None


def search(engine: Engine, wanted: Wanted, limit: int) -> Page:
    """At most `limit` rows. A person whose key was destroyed is found no more.

    Raises RequestRefused (`not_ready`) where the database cannot be read.
    """
    try:
        with engine.connect() as connection:
            rows = _rows(connection, wanted, limit)
    except DBAPIError as error:
        raise RequestRefused(
            "not_ready", "the operational database cannot be read; try again shortly"
        ) from error.orig
    more = len(rows) > limit
    return Page(rows[:limit], rows[limit - 1]["number"] if more else None)


def named_by(engine: Engine, wanted: Wanted) -> tuple[str, ...]:
    """The customer that is looked for, where the audit may name them: what was given may be none.

    Without a key no row is about them, so the search shows nothing of anyone.
    """
    own = wanted.customer_id
    if own is None:
        return ()
    with engine.connect() as connection:
        return (own,) if keys_of(connection, [own]) else ()


def unnamed_exports(engine: Engine) -> list[dict[str, Any]]:
    """The exports of more customers than a row of the audit names, the oldest first.

    Keys: at, caller, role, route, purpose, and of its detail `customers`, as_of and search.
    """
    columns = [audit.c[name] for name in ("at", "caller", "role", "route", "purpose", "detail")]
    large = audit.c.detail.contains(json.dumps(UNNAMED) + ":", autoescape=True)
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).where(large).order_by(audit.c.number)).mappings()
        found = [dict(row) | {"detail": _read(row["detail"])} for row in rows]
    return [
        {
            **{name: value for name, value in row.items() if name != "detail"},
            "at": row["at"].isoformat(),
            "customers": row["detail"].get(UNNAMED),
            **{name: row["detail"].get(name) for name in ("as_of", "search")},
        }
        for row in found
    ]


def _rows(connection: Connection, wanted: Wanted, limit: int) -> list[dict[str, Any]]:
    conditions = list(_conditions(wanted))
    if wanted.customer_id is not None:
        own = storable(wanted.customer_id)
        key = keys_of(connection, [own]).get(own)
        if key is None:
            return []
        numbers = select(audit_subjects.c.number).where(
            audit_subjects.c.pseudonym == pseudonym(own, key)
        )
        conditions.append(audit.c.number.in_(numbers))
    query = select(*(audit.c[name] for name in CONTENT)).where(*conditions)
    found = connection.execute(query.order_by(audit.c.number.desc()).limit(limit + 1)).mappings()
    return [dict(row) | {"detail": _read(row["detail"])} for row in found]


def _read(detail: str) -> Any:
    """The detail; as it stands where it was tampered with, for `verify` is what says so."""
    try:
        return json.loads(detail)
    except ValueError:
        return {"unreadable": detail}


def _conditions(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for name in EQUAL:
        value = getattr(wanted, name)
        if value is not None:
            yield audit.c[name] == storable(value, TEXTS[name])
    if wanted.since is not None:
        yield audit.c.at >= wanted.since
    if wanted.until is not None:
        yield audit.c.at < wanted.until
    if wanted.before is not None:
        yield audit.c.number < wanted.before


def in_words(page: Page, language: str) -> str:
    """A line a row, the newest first, and how to see more."""
    lines = [say("audit", "row", language, **row, ended=_end(row)) for row in page.rows]
    if page.next is not None:
        lines.append(say("audit", "more_rows", language))
    return "\n".join(lines) or say("audit", "no_rows", language)


def _end(row: dict[str, Any]) -> str:
    return " ".join(filter(None, (str(row["status"]), row["code"])))
