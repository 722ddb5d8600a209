"""Signing in by an OpenID provider: there, and back with a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote

import httpx
from anyio import to_thread
from sqlalchemy import Connection, select, update
from starlette.responses import Response

from features.errors import RequestRefused
from serving.access.people.accounts import new_user
from serving.access.people.sessions import NewSession, new_session
from serving.access.permissions import check_scope
from serving.database.tables import LONGEST_ID, users
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.errors import of_status
from serving.http.contract.forms.access.oidc import OidcAnswer
from serving.http.contract.forms.pages.entry import NextQuery
from serving.http.native import Handler
from serving.http.same_origin import COOKIE, cookie_name, cookies_of, set_cookie

if TYPE_CHECKING:
    from serving.access.people.oidc import Identity, Provider

Result = TypeVar("Result")

PENDING = "liuke_oidc"
PENDING_SECONDS = 600
BETWEEN = "."  # in that cookie: the secret, then the place; no secret holds one
# A redirect from another site would carry no cookie that is Strict: the page goes on by itself.
BACK = (
    '<!doctype html><meta charset="utf-8"><title>Liuke</title>'
    '<meta http-equiv="refresh" content="0;url={place}"><a href="{place}">Liuke</a>'
)
HEADERS = {"cache-control": "no-store", "content-security-policy": "default-src 'none'"}


class OidcDesk:
    """Sends people to the provider of the settings, and opens their sessions when they are back."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = context.settings.oidc

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"oidcStart": self.start, "oidcCallback": self.callback}

    @cached_property
    def _provider(self) -> Provider:
        from serving.access.people.oidc import Provider

        return Provider(self._settings)

    async def start(self, call: Call) -> Response:
        """On to the provider, with what its answer will be known by in a cookie.

        And with the page of ours that the person goes on to then.
        """
        self._expect_on()
        form = call.form
        assert isinstance(form, NextQuery)
        began = await _waiting(lambda: self._provider.start())
        response = Response(status_code=302, headers=HEADERS | {"location": began.url})
        pending = f"{began.secret}{BETWEEN}{quote(form.onward, safe='')}"
        cookie = set_cookie(call.headers, PENDING, pending, PENDING_SECONDS, "Lax")
        response.headers["set-cookie"] = cookie
        return response

    async def callback(self, call: Call) -> Response:
        """The session of the person whom the provider names, made known here by its claims."""
        self._expect_on()
        form = call.form
        assert isinstance(form, OidcAnswer)
        pending = cookies_of(call.headers).get(cookie_name(PENDING, call.headers), "")
        secret, _, onward = pending.partition(BETWEEN)
        if form.error:
            raise RequestRefused("unauthorized", "the provider did not sign you in; begin again")
        found = await _waiting(lambda: self._provider.identified(secret, form.code, form.state))
        began = await call.commit(lambda connection: self._opened(connection, found))
        place = escape(NextQuery(next=unquote(onward)).onward)
        back = BACK.format(place=place)
        response = Response(back, media_type="text/html", headers=HEADERS)
        seconds = self._context.settings.access.session_hours * 3600
        for name, value, age, same_site in (
            (COOKIE, began.token, seconds, "Strict"),
            (PENDING, "", 0, "Lax"),
        ):
            response.headers.append(
                "set-cookie", set_cookie(call.headers, name, value, age, same_site)
            )
        return response

    def _opened(self, connection: Connection, found: Identity) -> NewSession:
        """Their account as the claims have it today, and a session on it."""
        user_id, now = account(connection, found, self._context), self._context.clock()
        return new_session(connection, user_id, now, self._context.settings.access.session_hours)

    def _expect_on(self) -> None:
        if not self._settings.is_on:
            raise of_status(404)


def account(connection: Connection, found: Identity, context: Context) -> str:
    """The id of the person's account, made at their first sign-in, with the role of today.

    Raises RequestRefused: `forbidden` where the role needs a limit that no claim gives, or the
    name is another account's; `unauthorized` for a disabled one.
    """
    try:
        check_scope(found.role, found.scope)
    except RequestRefused as error:
        raise RequestRefused("forbidden", error.message) from error
    scope = found.scope
    row = connection.execute(select(users).where(users.c.oidc_subject == found.subject)).first()
    if row is None:
        name = found.name
        user_id = name if len(name) <= LONGEST_ID else sha256(name.encode()).hexdigest()
        if connection.execute(select(users.c.id).where(users.c.id == user_id)).first():
            raise RequestRefused("forbidden", f"the name {user_id!r} is another account's here")
        new_user(
            connection, user_id, found.role, context.clock(), scope, oidc_subject=found.subject
        )
        return user_id
    if row.disabled_at is not None:
        raise RequestRefused("unauthorized", "the account is disabled; see an administrator")
    limits = {"city": scope.city, "store_id": scope.store_id, "manager_id": scope.manager_id}
    connection.execute(update(users).where(users.c.id == row.id).values(role=found.role, **limits))
    return str(row.id)


async def _waiting(work: Callable[[], Result]) -> Result:
    """The work's result, from a thread. Raises RequestRefused (`provider`) without an answer."""
    try:
        return await to_thread.run_sync(work)
    except httpx.HTTPError as error:
        raise RequestRefused(
            "provider", "the OpenID provider does not answer; try again shortly"
        ) from error
