"""How people come in, what they see the pages in, and the files that pages load."""

from __future__ import annotations

from collections.abc import Iterable

from serving.http.contract.forms.pages.entry import NextQuery, PreferenceFields, SignInFields
from serving.http.contract.routes.pages.kinds import OPEN, PAGE
from serving.http.contract.table import FORM, HTML, ONE_LIMIT, Route, Who


def entry() -> Iterable[Route]:
    """How people come in, what they see the pages in, and the files that pages load."""
    yield Route(
        "/api", "GET", Who.PUBLIC, "The page about this service for programs.", HTML, "page"
    )
    yield OPEN("/", "GET", purpose="To the first page of who is signed in.", operation="startPage")
    yield OPEN(
        "/sign-in", "GET", purpose="Where people sign in.", operation="signInPage", query=NextQuery
    )
    yield OPEN(
        "/sign-in", "POST", purpose="Sign in with a password.", operation="signInForm",
        form=SignInFields, limit=ONE_LIMIT, body=FORM,
    )  # fmt: skip
    yield PAGE(
        "/sign-out", method="POST", purpose="Sign out.", operation="signOutForm",
        rights_of="signOut",
    )  # fmt: skip
    yield OPEN(
        "/preferences", "POST", purpose="Choose language and colours.", operation="preferences",
        form=PreferenceFields, limit=ONE_LIMIT, body=FORM,
    )  # fmt: skip
    yield OPEN("/static/{name}", "GET", purpose="A file of the pages.", operation="asset")
