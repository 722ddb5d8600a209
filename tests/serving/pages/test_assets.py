"""The files of pages: ours, from the package, with nothing from outside, kept by browsers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx
import pytest

from serving.pages.assets import FOLDER, TYPES, Assets
from serving.pages.rendering import TEMPLATES

if TYPE_CHECKING:
    from tests.serving.conftest import Server

OUTSIDE = re.compile(r"(?<![\w.])//[\w-]+\.\w|https?:|@import|\beval\(")
HTMX = "htmx.min.js"  # whose `eval` its settings in the layout and the policy forbid


def test_no_file_and_no_template_names_an_address_outside() -> None:
    for file in (*FOLDER.iterdir(), *TEMPLATES.iterdir()):
        if file.suffix in (".css", ".js", ".html", ".svg") and file.name != HTMX:
            text = file.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert not OUTSIDE.findall(text), file.name


def test_every_file_has_an_address_or_is_a_licence() -> None:
    others = [file.name for file in FOLDER.iterdir() if file.suffix not in TYPES]
    assert sorted(others) == ["htmx-LICENSE.txt", "words-OFL.txt"]


def test_a_file_is_kept_for_a_year_at_an_address_of_its_content(server: Server) -> None:
    address = Assets().address("pages.css")
    assert re.fullmatch(r"/static/pages\.[0-9a-f]{12}\.css", address)
    answer = httpx.get(f"{server.url}{address}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    plain = httpx.get(f"{server.url}{address}", headers={"accept-encoding": "identity"})
    assert (plain.text, "content-encoding" in plain.headers) == (answer.text, False)
    again = httpx.get(f"{server.url}{address}", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_style_sheet_names_files_that_are_there(server: Server) -> None:
    style = httpx.get(f"{server.url}{Assets().address('pages.css')}").text
    named = re.findall(r"url\(([^)]*)\)", style)
    assert len(named) >= 4
    for address in named:
        answer = httpx.head(f"{server.url}{address}")
        assert answer.status_code == 200, address
        assert answer.headers["content-type"].startswith("font/")


@pytest.mark.parametrize(
    "path",
    [
        "/docs", "/schema.json", "/static", "/static/", "/static/pages.css", "/static_content/",
        "/static_content/swagger-ui.js", "/static_content/index.css", "/static/../page.py",
        "/static/%2e%2e/page.py", "/static/htmx-LICENSE.txt", "/assets/index.js", "/favicon.ico",
        "/openapi.json",
    ],
)  # fmt: skip
def test_what_is_not_ours_has_no_address(server: Server, path: str) -> None:
    assert httpx.get(f"{server.url}{path}").status_code == 404
    found = httpx.get(f"{server.url}{path}", headers={"accept": "text/html"})
    assert (found.status_code, found.headers["content-type"][:9]) == (404, "text/html")
