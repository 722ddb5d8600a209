"""Accounts of people: who they are to the service, with which role and limits.

Moments are the operator's local time.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.errors import RequestRefused
from serving.access.keys import scope_of
from serving.access.principal import EVERYWHERE, Scope
from serving.database.tables import LONGEST_ID, sessions, users


@dataclass(frozen=True)
class Account:
    """A person as `liuke user list` shows them; the password's hash stays in the database."""

    id: str
    role: str
    scope: Scope
    has_password: bool
    oidc_subject: str | None
    created_at: datetime
    disabled_at: datetime | None
    failures: int


def new_user(
    connection: Connection,
    user_id: str,
    role: str,
    now: datetime,
    scope: Scope = EVERYWHERE,
    password_argon2: str | None = None,
    oidc_subject: str | None = None,
) -> None:
    """Make an account. What a role needs, `permissions.check_scope` says.

    Raises RequestRefused: `user` for an id that cannot be one, `user_exists`.
    """
    if not 1 <= len(user_id) <= LONGEST_ID or not user_id.isprintable():
        raise RequestRefused("user", f"the id of a user has 1 to {LONGEST_ID} printable characters")
    row = {
        "id": user_id, "role": role, "created_at": now, "password_argon2": password_argon2,
        "oidc_subject": oidc_subject, **asdict(scope),
    }  # fmt: skip
    try:
        connection.execute(insert(users).values(row))
    except IntegrityError as error:
        raise RequestRefused("user_exists", f"a user {user_id!r} is there already") from error.orig


def set_password(connection: Connection, user_id: str, hash_: str, now: datetime) -> None:
    """The new password counts from now on; sessions that the old one opened have ended."""
    _change(connection, user_id, password_argon2=hash_, failures=0, next_try_at=None)
    end_sessions(connection, user_id, now)


def disable_user(connection: Connection, user_id: str, now: datetime) -> None:
    """From the next request on they open nothing, signed in or not."""
    _change(connection, user_id, disabled_at=now)
    end_sessions(connection, user_id, now)


def enable_user(connection: Connection, user_id: str) -> None:
    """They may sign in again, at once."""
    _change(connection, user_id, disabled_at=None, failures=0, next_try_at=None)


def end_sessions(connection: Connection, user_id: str, now: datetime) -> None:
    """Every session of theirs has ended."""
    connection.execute(
        update(sessions)
        .where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def known_users(engine: Engine) -> list[Account]:
    """Everyone who has an account, in order of their ids."""
    with engine.connect() as connection:
        rows = connection.execute(select(users).order_by(users.c.id)).all()
    return [
        Account(
            row.id, row.role, scope_of(row), row.password_argon2 is not None, row.oidc_subject,
            row.created_at, row.disabled_at, row.failures,
        )
        for row in rows
    ]  # fmt: skip


def _change(connection: Connection, user_id: str, **values: Any) -> None:
    changed = connection.execute(update(users).where(users.c.id == user_id).values(**values))
    if changed.rowcount == 0:
        raise RequestRefused("unknown_user", f"no user has the id {user_id!r}")
