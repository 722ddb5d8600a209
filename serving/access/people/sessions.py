"""Sessions: a person signs in once, and a cookie with 256 random bits says who they are.

The database keeps its SHA-256 alone, as for keys. A session ends when it is ended, when it is not
used for a while, and at the latest some hours after its beginning.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError

from features.errors import RequestRefused
from serving.access.access_settings import AccessSettings
from serving.access.keys import scope_of
from serving.access.people.passwords import hashed, is_outdated, matches
from serving.access.people.tries import delay_seconds
from serving.access.permissions import only_purpose
from serving.access.principal import Principal
from serving.database.tables import sessions, users

TOUCH_SECONDS = 60  # how exactly the last use is known

_look_up = (
    select(
        sessions.c.expires_at, sessions.c.ended_at, sessions.c.used_at,
        users.c.id, users.c.role, users.c.disabled_at,
        users.c.city, users.c.store_id, users.c.manager_id,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .where(sessions.c.token_sha256 == bindparam("digest"))
)  # fmt: skip


@dataclass(frozen=True)
class NewSession:
    """A session that began: its token, which exists nowhere else, and its latest end."""

    token: str
    expires_at: datetime


@dataclass(frozen=True)
class Seen:
    """Whose session a token is, and whether its use is to be written down again."""

    principal: Principal
    is_due: bool


def verified(
    engine: Engine, user_id: str, password: str, now: datetime, settings: AccessSettings
) -> str | None:
    """Check a sign-in; returns the hash to keep from now on, null if the stored one is current.

    Takes some 50 ms of a thread, and one try after the other belongs there: else tries that come at
    once would all count as the first. Raises RequestRefused (`unauthorized`), the same after the
    same time for an unknown user, a wrong password, a disabled account and one that must wait.
    """
    with engine.connect() as connection:
        row = connection.execute(select(users).where(users.c.id == user_id)).first()
    is_right = matches(row.password_argon2 if row else None, password)
    may_try = row is not None and (row.next_try_at is None or row.next_try_at <= now)
    if row is not None and may_try and is_right and row.disabled_at is None:
        return hashed(password) if is_outdated(row.password_argon2) else None
    if row is not None and may_try and not is_right:
        _note_failure(engine, row, now, settings)
    raise RequestRefused(
        "unauthorized",
        "the name or the password is wrong, or it was wrong too often; wait a while, then try "
        "again, or see an administrator",
    )


def _note_failure(engine: Engine, row: Any, now: datetime, settings: AccessSettings) -> None:
    wait = delay_seconds(row.failures + 1, settings.free_tries, settings)
    with engine.begin() as connection:
        connection.execute(
            update(users)
            .where(users.c.id == row.id)
            .values(failures=users.c.failures + 1, next_try_at=now + timedelta(seconds=wait))
        )


def new_session(
    connection: Connection, user_id: str, now: datetime, hours: int, hash_: str | None = None
) -> NewSession:
    """Begin a session of this person, whose wrong tries are forgotten; `hash_`: a new one."""
    found = NewSession(secrets.token_urlsafe(32), now + timedelta(hours=hours))
    changed: dict[str, Any] = {"failures": 0, "next_try_at": None}
    changed |= {"password_argon2": hash_} if hash_ else {}
    connection.execute(update(users).where(users.c.id == user_id).values(**changed))
    row = {
        "token_sha256": digest_of(found.token), "user_id": user_id,
        "created_at": now, "used_at": now, "expires_at": found.expires_at,
    }  # fmt: skip
    connection.execute(insert(sessions).values(row))
    return found


def end_session(connection: Connection, digest: str, now: datetime) -> None:
    """From the next request on the token of this digest opens nothing."""
    connection.execute(
        update(sessions).where(sessions.c.token_sha256 == digest).values(ended_at=now)
    )


def look_up(engine: Engine, token: str, now: datetime, idle_minutes: int) -> Seen:
    """Whose session this token is, read each time as keys are: one look-up by an index.

    Raises RequestRefused: `unauthorized`, the same whatever the cause, or `not_ready`.
    """
    digest = digest_of(token)
    row = _stored(engine, digest)
    if row is None or not _is_open(row, now, timedelta(minutes=idle_minutes)):
        raise RequestRefused("unauthorized", "the session has ended; sign in again")
    principal = Principal(row.id, row.role, scope_of(row), only_purpose(row.role), session=digest)
    return Seen(principal, now - row.used_at >= timedelta(seconds=TOUCH_SECONDS))


def _is_open(row: Any, now: datetime, idle: timedelta) -> bool:
    is_ended = row.ended_at is not None or row.disabled_at is not None
    return not is_ended and now < row.expires_at and now - row.used_at < idle


def touch(engine: Engine, digest: str, now: datetime) -> None:
    """Write down that the session was used. One statement, so any engine will do."""
    with engine.begin() as connection:
        connection.execute(
            update(sessions).where(sessions.c.token_sha256 == digest).values(used_at=now)
        )


def csrf_token(token: str) -> str:
    """What a page must send beside the cookie: another site can make a browser send that alone."""
    return hmac.new(token.encode("utf-8", "surrogateescape"), b"liuke csrf", sha256).hexdigest()


def digest_of(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _stored(engine: Engine, digest: str) -> Any:
    try:
        with engine.connect() as connection:
            return connection.execute(_look_up, {"digest": digest}).first()
    except DBAPIError as error:
        raise RequestRefused(
            "not_ready", "the database of sessions cannot be read; try again shortly"
        ) from error.orig
