"""Pages from templates: in the reader's language and colours, with what they may open.

Every value is escaped and every name must be there. The policy lets a browser run and load nothing
but the files of `assets`: no script and no style stands in a page.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import Response

from features.words import LANGUAGES, Language, words
from features.words.refusals import in_language
from serving.access.people.sessions import csrf_token
from serving.access.permissions import ROLES, purposes_of
from serving.access.principal import Principal
from serving.http.call import Call
from serving.http.context import Context
from serving.http.same_origin import session_token
from serving.pages import formats
from serving.pages.assets import Assets
from serving.pages.menu import Entry, menu_of
from serving.pages.preferences import THEMES, Theme, language_of, purpose_of, theme_of

TEMPLATES = Path(__file__).with_name("templates")
SHARED = ("pages", "terms")
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "vary": "cookie, accept-language",
}
HTMX = b"hx-request"
NAMES: Mapping[Language, str] = {"en": "English", "zh": "中文"}  # each in itself


@dataclass(frozen=True)
class Shown:
    """What every template may read of the reader, as `page`.

    `place`: the address that the page is at, to come back to. `csrf`: what their forms send.
    `purpose`: for what customers are looked at where the address names no other.
    """

    language: Language
    theme: Theme
    place: str
    caller: Principal | None
    csrf: str
    purpose: str

    @property
    def menu(self) -> list[Entry]:
        return [] if self.caller is None else menu_of(self.caller.role)

    @property
    def purposes(self) -> tuple[str, ...]:
        """For which purposes the reader may look at a customer."""
        return () if self.caller is None else ROLES[self.caller.role].purposes

    def may(self, operation: str) -> bool:
        """Whether the reader may call this operation."""
        return self.caller is not None and purposes_of(operation, self.caller.role) is not None

    def is_at(self, entry: Entry) -> bool:
        return self.place == entry.path or self.place.startswith(
            (f"{entry.path}/", f"{entry.path}?")
        )


class Pages:
    """Renders the templates of one server."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.assets = Assets()

    @cached_property
    def _environment(self) -> Environment:
        made = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        made.globals |= {
            "asset": self.assets.address,
            "languages": LANGUAGES,
            "language_names": NAMES,
            "themes": THEMES,
            "has_oidc": self.context.settings.oidc.is_on,
            "currency": self.context.currency,
            "amount": partial(formats.amount, currency=self.context.currency),
        }
        made.filters |= {
            "percent": formats.percent,
            "minute": formats.minute,
            "day": formats.day,
            "in_language": in_language,
        }
        return made

    def warm(self) -> None:
        """Compile the templates, unless they are."""
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def language(self, call: Call) -> Language:
        """The language of who sends the request."""
        default: Any = self.context.settings.language
        return language_of(call.headers, default)

    def shown(self, call: Call, place: str) -> Shown:
        """What templates may read of who sends the request."""
        caller = call.principal
        csrf = "" if caller is None else csrf_token(session_token(call.headers))
        permitted = () if caller is None else ROLES[caller.role].purposes
        purpose = purpose_of(call.headers, permitted)
        return Shown(self.language(call), theme_of(call.headers), place, caller, csrf, purpose)

    def html(
        self,
        call: Call,
        template: str,
        subject: str = "pages",
        *,
        place: str | None = None,
        status: int = 200,
        **values: Any,
    ) -> Response:
        """The template as an answer; `t` in it reads the words of `subject`, then the shared ones.

        `place`: where the browser is, by default where the request was sent to.
        """
        page = self.shown(call, place or place_of(call))
        own = words(page.language, *dict.fromkeys((subject, *SHARED)))
        text = self._environment.get_template(template).render(
            page=page, t=partial(_said, own), has=own.__contains__, **values
        )
        return Response(text, status, HEADERS, "text/html")


def place_of(call: Call) -> str:
    """The path that the request was sent to, as its row of the table and its names have it."""
    return call.route.format_map({name: quote(own, safe="") for name, own in call.place.items()})


def is_partial(call: Call) -> bool:
    """Whether a script of ours sent it, for a part of a page."""
    return HTMX in call.headers


def go_to(call: Call, place: str) -> Response:
    """Send the browser on to a page of ours."""
    if is_partial(call):
        return Response(
            status_code=204, headers={"hx-redirect": place, "cache-control": "no-store"}
        )
    return Response(status_code=303, headers={"location": place, "cache-control": "no-store"})


def again() -> Response:
    """Load again the page that a script of ours sent it from: what stands there has changed."""
    return Response(status_code=204, headers={"hx-refresh": "true", "cache-control": "no-store"})


def _said(own: Mapping[str, str], key: str, /, **values: object) -> str:
    return own[key].format(**values)
