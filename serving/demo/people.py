"""The demo's people: one who signs in for each role, each with a password of their own."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select

from features.disk.secrets import made_secrets
from serving.access.people.accounts import known_users, new_user
from serving.access.people.passwords import hashed
from serving.access.permissions import ROLES, lacks_scope
from serving.access.principal import EVERYWHERE, Scope
from serving.audit.entry import Entry
from serving.audit.journal import record_now
from serving.customers.phones.phones import Ciphers, numbers_of
from serving.database.tables import users
from serving.managers.archive import changes_of, save_manager
from serving.scores import last_scores

PREFIX = "demo."
PASSWORD_BYTES = 9  # 72 bits, twelve letters to type
DESKS = ("store", "hotline", "manager")  # roles that serve a customer at the desk
LIMITS = {"store": "store_id", "manager": "manager_id"}  # to their customers alone


def make_people(home: Path, engine: Engine, now: datetime) -> dict[str, str]:
    """Make an account `demo.ROLE` for each role that has none; the new ones' passwords by id.

    Passwords are kept nowhere. A clerk is of the store, a manager the one, with most customers; the
    manager's desk is in the archive of managers, so that tasks can be issued to it.
    """
    with engine.connect() as connection:
        there = set(connection.execute(select(users.c.id)).scalars())
    new = [role for role in ROLES if f"{PREFIX}{role}" not in there]
    scopes = _scopes(home, new)
    made = {}
    for role in new:
        if lacks_scope(role, scopes.get(role, EVERYWHERE)):
            continue  # a tiny demo may have no manager
        user_id, password = f"{PREFIX}{role}", secrets.token_urlsafe(PASSWORD_BYTES)
        hash_, scope = hashed(password), scopes.get(role, EVERYWHERE)

        def work(
            connection: Connection,
            user_id: str = user_id,
            role: str = role,
            scope: Scope = scope,
            hash_: str = hash_,
        ) -> None:
            new_user(connection, user_id, role, now, scope, hash_)
            own = scope.manager_id
            if own is not None and not changes_of(connection, own):
                given = {"name": own, "since": now.date()}
                save_manager(connection, own, given, user_id, now)

        detail = {"user": user_id, "role": role}
        entry = Entry(secrets.token_hex(8), "COMMAND", "demo", 200, "", detail=detail)
        record_now(engine, entry, now, work)
        made[user_id] = password
    return made


def to_try(home: Path, engine: Engine) -> list[dict[str, str]]:
    """The customer at the highest risk whom each desk serves: `user`, `customer`, `phone`.

    A newcomer knows no id, and no phone number either, since these are stored encrypted.
    """
    base = last_scores(home)
    order = ["churn_risk", "customer_id"]
    base = base[base["eligible"]].sort_values(order, ascending=[False, True])
    scopes = {one.id: one.scope for one in known_users(engine)}
    found: dict[str, str] = {}
    for user_id in (f"{PREFIX}{role}" for role in DESKS if f"{PREFIX}{role}" in scopes):
        served = base
        for column, value in scopes[user_id].limits.items():
            served = served[served[column] == value]
        if len(served):
            found[user_id] = str(served["customer_id"].iloc[0])
    with engine.connect() as connection:
        phones = numbers_of(connection, found.values(), Ciphers(made_secrets(home)))
    return [
        {"user": user_id, "customer": customer, "phone": phones.get(customer, "")}
        for user_id, customer in found.items()
    ]


def _scopes(home: Path, roles: Sequence[str]) -> dict[str, Scope]:
    limited = [role for role in roles if role in LIMITS]
    if not limited:
        return {}
    base = last_scores(home, [LIMITS[role] for role in limited])
    found = {}
    for role in limited:
        of_most = base[LIMITS[role]].mode()
        if len(of_most):
            found[role] = Scope(**{LIMITS[role]: str(of_most.iloc[0])})
    return found
