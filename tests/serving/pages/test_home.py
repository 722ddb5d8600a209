"""The page at `/`: ours, from the package, with nothing from outside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import pytest

from serving.pages.home import FOLDER, TYPES

if TYPE_CHECKING:
    from tests.serving.conftest import Server

LOADED = ("src", "href", "action", "data", "poster", "srcset", "formaction")


class Loads(HTMLParser):
    """The addresses that a page names, and the scripts and styles that stand in it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        self.addresses += [value for name, value in attributes if name in LOADED and value]
        self.inline += [name for name in named if name.startswith("on") or name == "style"]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in named) else []


def test_the_page_loads_its_own_files_and_nothing_else(server: Server) -> None:
    page = httpx.get(f"{server.url}/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<title>Liuke</title>" in page.text
    loads = Loads()
    loads.feed(page.text)
    assert {"/static/page.js", "/static/page.css"} <= set(loads.addresses)
    assert loads.inline == []
    for address in loads.addresses:
        assert re.fullmatch(r"/[\w.\-/]+", address), address
        assert httpx.get(f"{server.url}{address}").status_code == 200


def test_no_file_of_the_page_names_an_address_outside() -> None:
    for file in FOLDER.iterdir():
        text = file.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert file.suffix in TYPES, f"{file.name} has no address"
        assert not re.findall(r"//[\w-]+\.\w|@import|\burl\(|\beval\b|innerHTML", text), file.name


@pytest.mark.parametrize("path", ["/", *(f"/static/page.{end}" for end in ("js", "css"))])
def test_the_browser_may_load_nothing_from_outside(server: Server, path: str) -> None:
    headers = httpx.get(f"{server.url}{path}").headers
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy.pop("default-src") == "'none'"
    assert set(policy.values()) == {"'self'", "'none'"}
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/docs", "/schema.json", "/static", "/static/", "/static/index.html", "/static_content/",
        "/static_content/swagger-ui.js", "/static_content/index.css", "/static/../page.py",
        "/static/%2e%2e/page.py", "/assets/index.js", "/favicon.ico", "/openapi.json",
    ],
)  # fmt: skip
def test_what_is_not_ours_has_no_address(server: Server, path: str) -> None:
    answer = httpx.get(f"{server.url}{path}")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
