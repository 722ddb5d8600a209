"""What people see pages in and for: language, colours and purpose, from cookies."""

from __future__ import annotations

import re
from typing import Literal

from starlette.responses import Response

from features.words import LANGUAGES, Language
from serving.http.call import Call
from serving.http.contract.forms.pages.entry import PreferenceFields
from serving.http.same_origin import (
    Headers,
    cookie_name,
    cookies_of,
    expect_no_other_site,
    set_cookie,
)

Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = ("auto", "light", "dark")
LANGUAGE, THEME, PURPOSE = "liuke_language", "liuke_theme", "liuke_purpose"
YEAR_SECONDS = 31_536_000
ACCEPTED = re.compile(r"\s*([a-zA-Z]+)[\w-]*\s*(?:;\s*q=([\d.]+))?\s*")


def language_of(headers: Headers, default: Language) -> Language:
    """The language that was chosen, else the first of the browser's that there is, else `default`.

    >>> language_of({b"accept-language": b"fr, zh-CN;q=0.9, en;q=0.8"}, "en")
    'zh'
    """
    chosen = _cookie(headers, LANGUAGE)
    for language in LANGUAGES:
        if chosen == language:
            return language
    found = [
        (-float(match[2] or 1), match[1].lower())
        for one in headers.get(b"accept-language", b"").decode("latin-1").split(",")
        if (match := ACCEPTED.fullmatch(one)) and (match[2] or "1").count(".") < 2
    ]
    named = [name for _, name in sorted(found, key=lambda one: one[0])]
    return next((own for name in named for own in LANGUAGES if own == name), default)


def theme_of(headers: Headers) -> Theme:
    """The colours that were chosen; `auto` are those of the browser."""
    chosen = _cookie(headers, THEME)
    return next((theme for theme in THEMES if theme == chosen), "auto")


def purpose_of(headers: Headers, permitted: tuple[str, ...]) -> str:
    """The purpose that was chosen in this session, else the first permitted; empty without any.

    >>> purpose_of({b"cookie": b"liuke_purpose=complaint_open"}, ("customer_present",))
    'customer_present'
    """
    chosen = _cookie(headers, PURPOSE)
    return chosen if chosen in permitted else next(iter(permitted), "")


def purpose_cookie(headers: Headers, purpose: str | None) -> str:
    """The header that keeps the purpose until the browser ends; null forgets it."""
    return set_cookie(headers, PURPOSE, purpose or "", 0 if purpose is None else None, "Lax")


async def choose(call: Call) -> Response:
    """Back to where the button stands, in what was chosen. Raises RequestRefused (`csrf`)."""
    form = call.form
    assert isinstance(form, PreferenceFields)
    expect_no_other_site(call.headers)
    response = Response(status_code=303, headers={"location": form.back})
    for name, value in ((LANGUAGE, form.language), (THEME, form.theme)):
        if value is not None:
            cookie = set_cookie(call.headers, name, value, YEAR_SECONDS, "Lax")
            response.headers.append("set-cookie", cookie)
    if form.purpose is not None:
        response.headers.append("set-cookie", purpose_cookie(call.headers, form.purpose))
    return response


def _cookie(headers: Headers, name: str) -> str:
    return cookies_of(headers).get(cookie_name(name, headers), "")
