"""What a browser shows of a refusal: the way to sign in, or a page that says why."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from features.errors import LiukeError
from serving.http.call import Call
from serving.http.contract.errors import STATUS
from serving.http.wire.request import Scope
from serving.pages.rendering import HEADERS, Pages, is_partial

SIGN_IN = "/sign-in"
UNNAMED = "other"


def refused_page(pages: Pages, call: Call, refusal: LiukeError, scope: Scope) -> Response:
    """Who is not signed in is sent to the sign-in page and comes back; others read why.

    A part of a page that is refused for that is answered 401: the page opens a dialog to sign in,
    and nothing that was typed is lost.
    """
    if refusal.code == "unauthorized":
        if is_partial(call):
            return Response(status_code=401, headers=HEADERS)
        place = quote(_place(scope), safe="")
        return Response(status_code=303, headers=HEADERS | {"location": f"{SIGN_IN}?next={place}"})
    template = "refused_part.html" if is_partial(call) else "refused.html"
    return pages.html(call, template, status=call.status, place=_place(scope), **why(refusal))


def why(refusal: LiukeError) -> dict[str, Any]:
    """What templates say of a refusal: its code if there are words for it, and its message."""
    return {"code": refusal.code if refusal.code in STATUS else UNNAMED, "refusal": refusal}


def _place(scope: Scope) -> str:
    """Where a page was wanted; a form has none to come back to but the page that it is on."""
    if scope["method"] not in ("GET", "HEAD"):
        return "/"
    query = scope["query_string"].decode("latin-1")
    return quote(scope["path"]) + (f"?{query}" if query else "")
