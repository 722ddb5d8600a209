"""Where people come in and go: the start, signing in and out."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response

from features.errors import RequestRefused
from serving.access.people.sessions import csrf_token, look_up
from serving.access.principal import Principal
from serving.http.call import Call
from serving.http.contract.forms.pages.entry import NextQuery, SignInFields
from serving.http.native import Handler
from serving.http.same_origin import COOKIE, cookie_name, session_token
from serving.pages.menu import menu_of
from serving.pages.preferences import choose, purpose_cookie
from serving.pages.refused import SIGN_IN
from serving.pages.rendering import Pages, go_to, is_partial

SHOWN_AGAIN = ("unauthorized", "rate_limited")


class Entry:
    """The handlers of one server."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "page": self.about,
            "startPage": self.start,
            "signInPage": self.sign_in_page,
            "signInForm": self.sign_in,
            "signOutForm": self.sign_out,
            "preferences": choose,
            "asset": self._pages.assets.answer,
        }

    async def about(self, call: Call) -> Response:
        """The page for those who write programs."""
        return self._pages.html(call, "api.html", "pages_api")

    async def start(self, call: Call) -> Response:
        """On to the first page that who is signed in may open."""
        found = self._visitor(call)
        if found is None:
            return go_to(call, SIGN_IN)
        pages = menu_of(found.role)
        if pages:
            return go_to(call, pages[0].path)
        call.principal = found
        return self._pages.html(call, "no_pages.html")

    async def sign_in_page(self, call: Call) -> Response:
        """The form; who is signed in goes on."""
        form = call.form
        assert isinstance(form, NextQuery)
        if self._visitor(call) is not None:
            return go_to(call, form.onward)
        return self._form(call, form.onward)

    async def sign_in(self, call: Call) -> Response:
        """A session and the way on, or the form again with what was typed but the password.

        A script of a page that has been open for long gets the new session's token instead.
        """
        form = call.form
        assert isinstance(form, SignInFields)
        values = {"user": form.user, "password": form.password}
        try:
            signed: Response = await call.run("signIn", values)
        except RequestRefused as refusal:
            if refusal.code not in SHOWN_AGAIN or is_partial(call):
                raise
            call.code = refusal.code
            return self._form(call, form.next, user=form.user, code=refusal.code, status=401)
        cookie = signed.headers["set-cookie"]
        answer = Response(status_code=204) if is_partial(call) else go_to(call, form.next)
        if is_partial(call):
            name = cookie_name(COOKIE, call.headers)
            token = cookie.partition(f"{name}=")[2].partition(";")[0]
            answer.headers["x-csrf-token"] = csrf_token(token)
        answer.headers["set-cookie"] = cookie
        if not is_partial(call):  # a session that goes on keeps what was chosen in it
            answer.headers.append("set-cookie", purpose_cookie(call.headers, None))
        return answer

    async def sign_out(self, call: Call) -> Response:
        """Back to the form, without a session."""
        ended: Response = await call.run("signOut")
        answer = go_to(call, SIGN_IN)
        answer.headers["set-cookie"] = ended.headers["set-cookie"]
        answer.headers.append("set-cookie", purpose_cookie(call.headers, None))
        return answer

    def _form(
        self, call: Call, onward: str, user: str = "", code: str = "", status: int = 200
    ) -> Response:
        place = f"{SIGN_IN}?next={quote(onward, safe='')}"
        return self._pages.html(
            call, "sign_in.html", place=place, status=status, next=onward, user=user, code=code
        )

    def _visitor(self, call: Call) -> Principal | None:
        """Who is signed in, if anyone."""
        token = session_token(call.headers)
        own = self._pages.context
        try:
            minutes = own.settings.access.idle_minutes
            return look_up(own.reading, token, own.clock(), minutes).principal if token else None
        except RequestRefused as refusal:
            if refusal.code != "unauthorized":
                raise
            return None
