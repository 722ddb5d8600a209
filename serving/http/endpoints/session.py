"""Signing in with a password, the session, and its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial

from anyio import CapacityLimiter, to_thread
from sqlalchemy import Connection, Engine, select
from starlette.responses import Response

from features.errors import RequestRefused
from serving.access.keys import scope_of
from serving.access.people.sessions import (
    NewSession,
    csrf_token,
    digest_of,
    end_session,
    new_session,
    verified,
)
from serving.access.people.tries import AddressTries
from serving.access.permissions import ROLES, only_purpose
from serving.access.principal import Principal
from serving.database.tables import users
from serving.http.call import Call
from serving.http.context import Context
from serving.http.contract.forms.access.session import SessionAnswer, SignedOut, SignIn
from serving.http.native import Handler
from serving.http.same_origin import COOKIE, expect_no_other_site, session_token, set_cookie


class SignInDesk:
    """Opens sessions and ends them, for one server."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._settings = context.settings.access
        self._tries = AddressTries(self._settings)
        self._one_by_one = CapacityLimiter(1)  # a hash takes 64 MB, and tries are counted in order

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {"signIn": self.sign_in, "session": self.session, "signOut": self.sign_out}

    async def sign_in(self, call: Call) -> Response:
        """The cookie of a new session, and who they are; 401 whatever is wrong."""
        form, now = call.form, self._context.clock()
        assert isinstance(form, SignIn)
        expect_no_other_site(call.headers)
        self._tries.check(call.address, now)
        check = partial(
            verified, self._context.engine, form.user, form.password, now, self._settings
        )
        try:
            hash_ = await to_thread.run_sync(check, limiter=self._one_by_one)
        except RequestRefused as refusal:
            if refusal.code == "unauthorized":
                self._tries.note(call.address, now)
            raise
        return await self.opened(call, form.user, hash_)

    async def opened(self, call: Call, user_id: str, hash_: str | None = None) -> Response:
        """Begin a session of this person, who has proved to be them."""
        now, hours = self._context.clock(), self._settings.session_hours
        call.principal = await to_thread.run_sync(person, self._context.engine, user_id)

        def work(connection: Connection) -> NewSession:
            return new_session(connection, user_id, now, hours, hash_)

        began = await call.commit(work)
        response = _answer(call.principal, began.token)
        cookie = set_cookie(call.headers, COOKIE, began.token, hours * 3600, "Strict")
        response.headers["set-cookie"] = cookie
        return response

    async def session(self, call: Call) -> Response:
        """Who is signed in, and the token that their page sends."""
        return _answer(call.caller, session_token(call.headers))

    async def sign_out(self, call: Call) -> Response:
        """The session has ended, and its cookie is gone."""
        digest, now = digest_of(session_token(call.headers)), self._context.clock()

        def work(connection: Connection) -> None:
            end_session(connection, digest, now)

        await call.commit(work)
        response = _json(SignedOut(signed_out=True).model_dump_json())
        response.headers["set-cookie"] = set_cookie(call.headers, COOKIE, "", 0, "Strict")
        return response


def person(engine: Engine, user_id: str) -> Principal:
    """The person who has this account."""
    with engine.connect() as connection:
        row = connection.execute(select(users).where(users.c.id == user_id)).one()
    return Principal(row.id, row.role, scope_of(row), only_purpose(row.role))


def _answer(caller: Principal, token: str) -> Response:
    found = SessionAnswer(
        user=caller.id,
        role=caller.role,
        **asdict(caller.scope),
        purposes=list(ROLES[caller.role].purposes),
        csrf_token=csrf_token(token),
    )
    return _json(found.model_dump_json())


def _json(content: str) -> Response:
    return Response(content, media_type="application/json", headers={"cache-control": "no-store"})
