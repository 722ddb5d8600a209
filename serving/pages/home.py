"""The page at `/`: what the service answers, and a form to try it; nothing from outside.

Its files lie in `serving/static` and are all there is: the content security policy lets the
browser load nothing from another address, whatever a page requests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER = Path(__file__).with_name("static")
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


def page_routes() -> list[Route]:
    """The page and each of its files; no other file has an address."""
    return [
        _route("/" if file.name == "index.html" else f"/static/{file.name}", file)
        for file in sorted(FOLDER.iterdir())
        if file.suffix in TYPES
    ]


def _route(path: str, file: Path) -> Route:
    content, kind = file.read_bytes(), TYPES[file.suffix]

    async def answer(_: Request) -> Response:
        return Response(content, headers=HEADERS | {"content-type": kind})

    return Route(path, answer)


def text_route(path: str, make: Any, kind: str) -> Route:
    """A route that answers with the bytes of `await make()`."""

    async def answer(_: Request) -> Response:
        return Response(await make(), headers={**HEADERS, "content-type": kind})

    return Route(path, answer)
