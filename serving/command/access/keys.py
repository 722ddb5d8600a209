"""Keys of programs: made, listed, revoked."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from features.words import say
from serving.command.access.terms import (
    City,
    Manager,
    Role,
    Store,
    expiry,
    plain_values,
    scope_in_words,
)
from serving.command.options import DEFAULT_HOME, HomeFolder, Json, Language, database, now, spoken
from serving.console import note, refusals, show

if TYPE_CHECKING:
    from serving.access.keys import KnownKey

app = typer.Typer(help="Keys that open the service.", no_args_is_help=True)


@app.command(name="new")
def key_new(
    role: Role,
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="From this day on it opens nothing."
        ),
    ] = None,
    city: City = None,
    store: Store = None,
    manager: Manager = None,
    purpose: Annotated[
        str | None, typer.Option(help="Where a request names none; default: the role's first.")
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(min=1, help="Requests; default: settings/serving.toml.")
    ] = None,
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """Make a key; it is shown once, alone on standard output."""
    from serving.access.keys import Terms, add_key, made_key
    from serving.access.permissions import check_terms, lacks_scope
    from serving.access.principal import Scope
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, or_tables=True) as engine:
            scope, at = Scope(city, store, manager), now(home, or_tables=True)
            check_terms(role, purpose)
            terms = Terms(expiry(expires, at), scope, purpose, per_minute)
            key = made_key(role)
            record_now(
                engine, entry_of("key new", key=key.id, role=role), at,
                lambda connection: add_key(connection, key, at, terms),
            )  # fmt: skip
    show({"id": key.id, "role": key.role, "key": key.secret}, key.secret, as_json=as_json)
    note(say("command", "key_shown_once", language, id=key.id, role=key.role))
    if lacks_scope(role, scope):
        note(say("access", "key_reaches_all", language, id=key.id))


@app.command(name="list")
def key_list(
    language: Language = None, home: HomeFolder = DEFAULT_HOME, as_json: Json = False
) -> None:
    """Show every key that was made: role, limits, state. No secret is kept, so none is shown."""
    from serving.access.keys import known_keys
    from serving.command.rights.audited import record

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, looking=True, or_tables=True) as engine:
            found, at = known_keys(engine), now(home, or_tables=True)
            record(home, engine, "key list")
    lines = [_line(key, at, language) for key in found]
    text = "\n".join(lines) or say("access", "no_keys", language)
    show({"keys": [plain_values(asdict(key)) for key in found]}, text, as_json=as_json)


@app.command(name="revoke")
def key_revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="As `liuke key new` said it.")],
    language: Language = None,
    home: HomeFolder = DEFAULT_HOME,
    as_json: Json = False,
) -> None:
    """From now on the key opens nothing."""
    from serving.access.keys import end_key
    from serving.audit.journal import record_now
    from serving.command.rights.audited import entry_of

    with refusals(as_json=as_json):
        language = spoken(home, language)
        with database(home, or_tables=True) as engine:
            at = now(home, or_tables=True)
            record_now(
                engine, entry_of("key revoke", key=key_id), at,
                lambda connection: end_key(connection, key_id, at),
            )  # fmt: skip
    text = say("command", "key_revoked", language, id=key_id)
    show({"id": key_id, "revoked": True}, text, as_json=as_json)


def _line(key: KnownKey, at: datetime, language: str) -> str:
    if key.revoked_at is not None:
        state = say("access", "revoked", language, day=f"{key.revoked_at:%Y-%m-%d}")
    elif key.expires_at is None:
        state = say("access", "no_end", language)
    else:
        ended = key.expires_at <= at
        state = say(
            "access", "expired" if ended else "expires", language, day=f"{key.expires_at:%Y-%m-%d}"
        )
    scope = scope_in_words(key.scope, language)
    return f"{key.id}  {key.role:<10} {key.created_at:%Y-%m-%d}  {scope}; {state}"
