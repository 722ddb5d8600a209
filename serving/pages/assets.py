"""The files that pages load: from the package, each at an address that names its content.

A changed file has another address, so browsers keep each for a year. Style sheets name files as
`url(NAME)`. No other file has an address, and none names one outside.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from starlette.responses import Response

from serving.http.call import Call
from serving.http.contract.errors import of_status
from serving.http.wire.compression import accepts_gzip
from training.pictures import fonts

FOLDER = Path(__file__).with_name("static")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".otf": "font/otf",
}
PACKED = (".woff2", ".otf")
NAMED = re.compile(r"url\(([\w.-]+)\)")
HASH_DIGITS = 12
YEAR_SECONDS = 31_536_000


@dataclass(frozen=True)
class Asset:
    """A file as it is sent: its bytes, compressed unless its format is, its type and its tag."""

    content: bytes
    small: bytes | None
    kind: str
    tag: str


class Assets:
    """All files, read once."""

    @cached_property
    def _files(self) -> Mapping[str, Path]:
        own = [file for file in sorted(FOLDER.iterdir()) if file.suffix in TYPES]
        return {file.name: file for file in (*own, *fonts.FILES)}

    @cached_property
    def _addresses(self) -> dict[str, str]:
        return {}

    @cached_property
    def _made(self) -> Mapping[str, Asset]:
        """Each asset by the last part of its address."""
        return {self.address(name).rpartition("/")[2]: self._asset(name) for name in self._files}

    def address(self, name: str) -> str:
        """Where the file of this name is. Raises KeyError where there is none."""
        if name not in self._addresses:
            file = self._files[name]
            digest = sha256(self._content(name)).hexdigest()[:HASH_DIGITS]
            self._addresses[name] = f"/static/{file.stem}.{digest}{file.suffix}"
        return self._addresses[name]

    async def answer(self, call: Call) -> Response:
        """The file, or 304 where the browser has it. Raises RequestRefused (`not_found`)."""
        found = self._made.get(call.place["name"])
        if found is None:
            raise of_status(404)
        headers = {
            "content-type": found.kind,
            "cache-control": f"public, max-age={YEAR_SECONDS}, immutable",
            "etag": found.tag,
        }
        if call.headers.get(b"if-none-match", b"").decode("latin-1") == found.tag:
            return Response(status_code=304, headers=headers)
        if found.small is None:
            return Response(found.content, headers=headers)
        headers["vary"] = "accept-encoding"
        if accepts_gzip(list(call.headers.items())):
            return Response(found.small, headers=headers | {"content-encoding": "gzip"})
        return Response(found.content, headers=headers)

    def _content(self, name: str) -> bytes:
        file = self._files[name]
        content = file.read_bytes()
        if file.suffix != ".css":
            return content
        text = content.decode("utf-8")
        return NAMED.sub(lambda found: f"url({self.address(found[1])})", text).encode()

    def _asset(self, name: str) -> Asset:
        suffix, content = self._files[name].suffix, self._content(name)
        small = None if suffix in PACKED else gzip.compress(content, 9, mtime=0)
        tag = f'"{sha256(content).hexdigest()[:HASH_DIGITS]}"'
        return Asset(content, small, TYPES[suffix], tag)
