"""gzip in and out: bodies of requests, and large answers to callers that accept it."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Sequence

from features.errors import RequestRefused

GZIP = ("gzip", "x-gzip")
MIN_BYTES = 8192  # a smaller answer is sent faster than it is made smaller
FAST = 1  # the level: five times as fast as the default, for a few per cent of the size
MAX_MEMBERS = 64
NEVER = re.compile(r"q=0(\.0*)?")
_GZIP_WINDOW = 16 + zlib.MAX_WBITS

Headers = Sequence[tuple[bytes, bytes]]


class TooLargeError(Exception):
    """The decompressed body is larger than the limit."""


def encoding_of(headers: Headers) -> str:
    """`gzip`, or empty for a body as it stands. Raises RequestRefused for another encoding."""
    found = b",".join(value for name, value in headers if name == b"content-encoding")
    encodings = [one.strip().lower() for one in found.decode("latin-1").split(",")]
    encodings = [one for one in encodings if one not in ("", "identity")]
    if not encodings:
        return ""
    if len(encodings) == 1 and encodings[0] in GZIP:
        return "gzip"
    raise RequestRefused(
        "wrong_content_encoding",
        f"the content encoding is {', '.join(encodings)[:64]!r}; send the body as gzip, or as it "
        f"stands without the header Content-Encoding",
        accepted=["gzip", "identity"],
    )


def decompressed(body: bytes, limit_bytes: int) -> bytes:
    """The gzip body's content, never more of it in memory than the limit.

    Raises TooLargeError, and RequestRefused where it is not gzip, damaged or cut off.
    """
    content = bytearray()
    for _ in range(MAX_MEMBERS):
        member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            content += member.decompress(body, limit_bytes + 1 - len(content))
        except zlib.error as error:
            raise _malformed(str(error)) from None
        if len(content) > limit_bytes:
            raise TooLargeError
        if not member.eof:
            raise _malformed("it is cut off")
        body = member.unused_data.lstrip(b"\0")  # some programs fill their last block
        if not body:
            return bytes(content)
    raise _malformed(f"it has more than {MAX_MEMBERS} parts")


def compressed(body: bytes) -> bytes:
    return gzip.compress(body, FAST, mtime=0)


def accepts_gzip(headers: Headers) -> bool:
    """Whether the caller's Accept-Encoding names gzip, or everything, and not with weight 0."""
    named = {}
    found = b",".join(value for name, value in headers if name == b"accept-encoding")
    for one in found.decode("latin-1").lower().split(","):
        encoding, _, weight = one.partition(";")
        named[encoding.strip()] = weight.replace(" ", "")
    chosen = next((named[name] for name in (*GZIP, "*") if name in named), "q=0")
    return not NEVER.fullmatch(chosen)


def _malformed(why: str) -> RequestRefused:
    return RequestRefused("malformed_gzip", f"the body is not gzip: {why}")
