"""Service promises: each with a due hour, kept or broken; while one is open nothing is sold."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from features.errors import RequestRefused
from serving.database.prepared import Prepared
from serving.database.tables import promises
from serving.decision.decision_settings import DecisionSettings


@dataclass(frozen=True)
class Promise:
    """One promise; `kept_at` is null while it is open."""

    id: str
    customer_id: str
    kind: str
    made_at: datetime
    due_at: datetime
    kept_at: datetime | None


_of_customer = select(promises).order_by(promises.c.made_at, promises.c.id)
_open = Prepared(
    _of_customer.where(
        promises.c.customer_id == bindparam("customer_id"), promises.c.kept_at.is_(None)
    )
)


def new_promise(customer_id: str, kind: str, settings: DecisionSettings, now: datetime) -> Promise:
    """A promise of this kind, made now, due after its hours.

    Raises RequestRefused (`invalid_request`) for a kind that the settings do not name.
    """
    if kind not in settings.promises:
        raise RequestRefused(
            "invalid_request",
            f"kind is {kind[:64]!r}; expected one of {', '.join(settings.promises)}",
        )
    due_at = now + timedelta(hours=settings.promises[kind].hours)
    return Promise(secrets.token_hex(12), customer_id, kind, now, due_at, None)


def write_promise(connection: Connection, promise: Promise, caller: str) -> None:
    connection.execute(insert(promises).values(**vars(promise), caller=caller))


def keep_promise(connection: Connection, promise: Promise, now: datetime) -> Promise:
    """The promise as kept; one that was kept before stays as it was."""
    connection.execute(
        update(promises)
        .where(promises.c.id == promise.id, promises.c.kept_at.is_(None))
        .values(kept_at=now)
    )
    return find_promise(connection, promise.id)


def find_promise(connection: Connection, promise_id: str) -> Promise:
    """Raises RequestRefused (`unknown_promise`) where none has this id."""
    row = connection.execute(select(promises).where(promises.c.id == promise_id)).first()
    if row is None:
        raise unknown_promise()
    return _promise(row)


def unknown_promise() -> RequestRefused:
    """The refusal of a promise that is not there, or of a customer whom the caller may not know."""
    return RequestRefused("unknown_promise", "no promise has this id; look it up again")


def open_promises(connection: Connection, customer_id: str) -> list[Promise]:
    """The customer's promises that are not kept, the oldest first."""
    return [_promise(row) for row in _open.all(connection, {"customer_id": customer_id})]


def all_open_promises(connection: Connection) -> list[Promise]:
    """Every customer's promises that are not kept, the one that is due first first."""
    own = promises.c
    query = select(promises).where(own.kept_at.is_(None)).order_by(own.due_at, own.id)
    return [_promise(row) for row in connection.execute(query)]


def promises_open_at(connection: Connection, customer_id: str, at: datetime) -> list[Promise]:
    """The customer's promises that were made by that moment and not kept, the oldest first."""
    own = promises.c
    query = _of_customer.where(
        own.customer_id == customer_id,
        own.made_at <= at,
        or_(own.kept_at.is_(None), own.kept_at >= at),
    )
    return [_promise(row) for row in connection.execute(query)]


def _promise(row: object) -> Promise:
    names = Promise.__dataclass_fields__
    return Promise(**{name: getattr(row, name) for name in names})
