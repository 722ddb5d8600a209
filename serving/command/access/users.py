"""Accounts of people: made, listed, disabled, enabled, given a password."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from features.errors import RequestRefused
from features.words import say
from serving.command.access.terms import (
    City,
    Manager,
    Role,
    Store,
    plain_values,
    scope_in_words,
)
from serving.command.options import (
    DEFAULT_HOME,
    HomeFolder,
    Json,
    Language,
    database,
    existing,
    now,
    spoken,
)
from serving.console import refusals, show

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from serving.access.people.accounts import Account

app = typer.Typer(help="People who sign in.", no_args_is_help=True)

UserId = Annotated[str, typer.Argument(metavar="ID", help="What they sign in with.")]


@app.command(name="new")
def user_new(
    user_id: UserId,
    role: Role,
    city: City = None,
    store: Store = None,
    manager: Manager = None,
    oidc_subject: Annotated[
        str | None,
        typer.Option(help="Who they are to the OpenID provider; then they need no password."),
    ] = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make an account; the password is read from a prompt, or from standard input."""
    from serving.access.people.accounts import new_user
    from serving.access.people.passwords import hashed
    from serving.access.permissions import check_scope
    from serving.access.principal import Scope
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, or_tables=True) as engine:
            scope = Scope(city, store, manager)
            check_scope(role, scope)
            hash_ = None if oidc_subject else hashed(_password(language))
            at = now(home, or_tables=True)

            def work(connection: Connection) -> None:
                new_user(connection, user_id, role, at, scope, hash_, oidc_subject)

            record_now(engine, entry_of("user new", user=user_id, role=role), at, work)
    text = say("access", "user_made", language, id=user_id, role=role)
    show({"id": user_id, "role": role}, text, as_json=as_json)


@app.command(name="password")
def user_password(
    user_id: UserId,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Set a new password; it ends their sessions."""
    from serving.access.people.accounts import set_password
    from serving.access.people.passwords import hashed

    with refusals(as_json=as_json):  # read before the database is locked
        existing(home, or_tables=True)
        hash_ = hashed(_password(spoken(home, language)))

    def work(connection: Connection, at: datetime) -> None:
        set_password(connection, user_id, hash_, at)

    _change("password", user_id, "password_set", work, language, home, as_json)


@app.command(name="disable")
def user_disable(
    user_id: UserId,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """From now on they open nothing, signed in or not."""
    from serving.access.people.accounts import disable_user

    def work(connection: Connection, at: datetime) -> None:
        disable_user(connection, user_id, at)

    _change("disable", user_id, "user_disabled", work, language, home, as_json)


@app.command(name="enable")
def user_enable(
    user_id: UserId,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """They may sign in again, at once; wrong passwords of before are forgotten."""
    from serving.access.people.accounts import enable_user

    def work(connection: Connection, _: datetime) -> None:
        enable_user(connection, user_id)

    _change("enable", user_id, "user_enabled", work, language, home, as_json)


@app.command(name="list")
def user_list(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Show every account: role, limits, state."""
    from serving.access.people.accounts import known_users
    from serving.command.rights.audited import record

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, looking=True, or_tables=True) as engine:
            found = known_users(engine)
            record(home, engine, "user list")
    lines = [_line(account, language) for account in found]
    text = "\n".join(lines) or say("access", "no_users", language)
    show({"users": [plain_values(asdict(one)) for one in found]}, text, as_json=as_json)


def _change(
    command: str,
    user_id: str,
    done: str,
    work: Callable[[Connection, datetime], None],
    language: str | None,
    home: HomeFolder,
    as_json: bool,
) -> None:
    """Do the work on the account in one transaction and say that it is done."""
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, or_tables=True) as engine:
            at = now(home, or_tables=True)
            entry = entry_of(f"user {command}", user=user_id)
            record_now(engine, entry, at, lambda connection: work(connection, at))
    show({"id": user_id, done: True}, say("access", done, language, id=user_id), as_json=as_json)


def _password(language: str) -> str:
    """A new password, written twice at a terminal, or the one line of standard input."""
    if sys.stdin.isatty():
        found: str = typer.prompt(
            say("access", "password_prompt", language), hide_input=True, confirmation_prompt=True
        )
        return found
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise RequestRefused(
            "password", "no password came; write it on standard input, or run at a terminal"
        )
    return line


def _line(account: Account, language: str) -> str:
    state = "user_is_disabled" if account.disabled_at else "user_is_enabled"
    scope = scope_in_words(account.scope, language)
    return f"{account.id:<20} {account.role:<10} {scope}; {say('access', state, language)}"
