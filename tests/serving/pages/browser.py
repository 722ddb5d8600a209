"""What a browser does at the real service, without a screen: cookies, forms, htmx's headers."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import httpx

PASSWORD = "correct horse battery"
LOADED = ("src", "href", "action", "hx-get", "hx-post", "poster", "srcset", "formaction")


class Parsed(HTMLParser):
    """A page: its addresses, what stands in it as script or style, its hidden fields."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []
        self.fields: dict[str, str] = {}
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.tags.append(tag)
        self.addresses += [value for name, value in attributes if name in LOADED and value]
        self.inline += [
            name for name in named if name.startswith(("on", "hx-on")) or name == "style"
        ]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in named) else []
        if tag == "input" and named.get("type") == "hidden":
            self.fields[named["name"] or ""] = named.get("value") or ""


class Browser:
    """A person's browser; `language` is what it says that it accepts."""

    def __init__(self, url: str, language: str = "en-GB,en;q=0.9") -> None:
        headers = {"accept": "text/html", "accept-language": language}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=90)
        self.origin = url
        self.home = "/desk"  # a page that they may open, or that refuses them with its token

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.http.get(path, **more)

    def form(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """A form that the browser itself sends."""
        return self.http.post(path, data=fields, headers={"origin": self.origin, **headers})

    def act(self, path: str, fields: dict[str, str], **headers: str) -> httpx.Response:
        """A form that htmx sends, with the token of the page."""
        token = re.search(r'"X-CSRF-Token": "(\w+)"', self.get(self.home).text)
        own = {"hx-request": "true", "x-csrf-token": token[1] if token else ""}
        return self.form(path, fields, **own | headers)

    def sign_in(self, user: str, password: str = PASSWORD, onward: str = "/") -> httpx.Response:
        fields = {"user": user, "password": password, "next": onward}
        return self.form("/sign-in", fields)
