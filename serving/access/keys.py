"""Keys: who may call the service, and as what.

A key is 256 random bits, shown once. The database keeps its SHA-256 alone: a slow password
hash guards secrets that people choose and others can guess; 256 random bits cannot be guessed.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError

from features.errors import RequestRefused
from serving.access.permissions import check_role, default_purpose
from serving.access.principal import EVERYWHERE, Principal, Scope
from serving.database.prepared import Prepared
from serving.database.tables import keys

PREFIX = "liuke_"  # lets people and secret scanners see what a leaked string is

_look_up = Prepared(select(keys).where(keys.c.secret_sha256 == bindparam("digest")))


@dataclass(frozen=True)
class Terms:
    """What a key may do beyond its role; null: until it is revoked, all, the role's, the setting's.

    `expires_at`: from this moment on it opens nothing.
    """

    expires_at: datetime | None = None
    scope: Scope = EVERYWHERE
    purpose: str | None = None
    per_minute: int | None = None


PLAIN = Terms()


@dataclass(frozen=True)
class KnownKey:
    """A key as `liuke key list` shows it: all but its secret, of which a hash is kept."""

    id: str
    role: str
    scope: Scope
    purpose: str | None
    per_minute: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class NewKey:
    """A key just made. `secret` exists nowhere else; after its loss a new key is needed."""

    id: str
    role: str
    secret: str


def new_key(engine: Engine, role: str, now: datetime, terms: Terms = PLAIN) -> NewKey:
    """Make and store a key for `role`, created at `now` (the operator's local time).

    Raises RequestRefused (`unknown_role`) for a role that does not exist. Which terms a role needs
    is `permissions.check_terms`.
    """
    key = made_key(role)
    with engine.begin() as connection:
        add_key(connection, key, now, terms)
    return key


def made_key(role: str) -> NewKey:
    """A key that opens nothing before it is added. Raises RequestRefused (`unknown_role`)."""
    check_role(role)
    return NewKey(secrets.token_hex(6), role, PREFIX + secrets.token_urlsafe(32))


def add_key(connection: Connection, key: NewKey, now: datetime, terms: Terms = PLAIN) -> None:
    """Store the key: from the end of the transaction on it opens the service."""
    row = {
        "id": key.id, "role": key.role, "secret_sha256": _digest(key.secret), "created_at": now,
        "expires_at": terms.expires_at, "purpose": terms.purpose, "per_minute": terms.per_minute,
        **asdict(terms.scope),
    }  # fmt: skip
    connection.execute(insert(keys).values(row))


def known_keys(engine: Engine) -> list[KnownKey]:
    """Every key that was made, the oldest first."""
    with engine.connect() as connection:
        rows = connection.execute(select(keys).order_by(keys.c.created_at, keys.c.id)).all()
    return [
        KnownKey(
            row.id, row.role, scope_of(row), row.purpose, row.per_minute,
            row.created_at, row.expires_at, row.revoked_at,
        )
        for row in rows
    ]  # fmt: skip


def revoke_key(engine: Engine, key_id: str, now: datetime) -> None:
    """From now on the key opens nothing. A key revoked before keeps its first date.

    Raises RequestRefused (`unknown_key`) where no key has that id.
    """
    with engine.begin() as connection:
        end_key(connection, key_id, now)


def end_key(connection: Connection, key_id: str, now: datetime) -> None:
    """As `revoke_key`, in a transaction that is under way."""
    if connection.execute(select(keys.c.id).where(keys.c.id == key_id)).first() is None:
        raise RequestRefused("unknown_key", f"no key has the id {key_id!r}")
    connection.execute(
        update(keys).where(keys.c.id == key_id, keys.c.revoked_at.is_(None)).values(revoked_at=now)
    )


def verify(engine: Engine, secret: str, now: datetime) -> Principal:
    """Whose key `secret` is, read from the database each time, so that a revocation counts at once.

    `engine` is best one opened for `reading`: then a look-up takes 0.1 ms and waits for no writer.
    Raises RequestRefused: `unauthorized`, the same for unknown, revoked and expired, or
    `not_ready` where the database cannot be read.
    """
    digest = _digest(secret)
    row = _stored(engine, digest)
    if (
        row is None
        or row.revoked_at is not None
        or (row.expires_at is not None and row.expires_at <= now)
        or not hmac.compare_digest(row.secret_sha256, digest)
    ):
        raise RequestRefused(
            "unauthorized",
            "the key is unknown, revoked or expired; ask an administrator for a new one",
        )
    purpose = row.purpose or default_purpose(row.role)
    return Principal(row.id, row.role, scope_of(row), purpose, row.per_minute)


def scope_of(row: Any) -> Scope:
    """The scope that the columns of a row of `keys` or `users` hold."""
    return Scope(row.city, row.store_id, row.manager_id)


def check_keys(engine: Engine) -> None:
    """Raises RequestRefused (`not_ready`) where the database of keys cannot be read."""
    _stored(engine, "")


def _stored(engine: Engine, digest: str) -> Any:
    try:
        return next(iter(_look_up.look_up(engine, {"digest": digest})), None)
    except DBAPIError as error:
        raise RequestRefused(
            "not_ready", "the database of keys cannot be read; try again shortly"
        ) from error.orig


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
