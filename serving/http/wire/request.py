"""A request as it comes: its headers, its key, and its body within bounds."""

from __future__ import annotations

import asyncio
import json
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from features.errors import RequestRefused
from serving.http.wire.compression import TooLargeError, decompressed

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_SECONDS = 5.0
ENCODED = (b"content-encoding", b"content-length", b"transfer-encoding")
ESCAPED_NULL = rb"\u0000"  # as it stands in JSON, the only way there
REFUSAL = "liuke.refusal"  # in the scope: why the rest of a body cannot be read


class ClientGoneError(Exception):
    """The caller hung up before the body was whole, so no answer can reach it."""


@dataclass
class Request:
    """What the gateway needs of a request, and its body once it is read."""

    scope: Scope
    receive: Receive
    body: bytes | None = None
    ended: bool = False
    headers: dict[bytes, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = dict(self.scope["headers"])
        self.path: str = self.scope["path"]
        self.method: str = self.scope["method"]

    async def read(self, limit_bytes: int, seconds: float) -> bytes:
        """The body, never more of it in memory than the limit."""
        if int(self.headers.get(b"content-length", b"0")) > limit_bytes:
            raise _too_large(limit_bytes)
        body = bytearray()
        try:
            async with asyncio.timeout(seconds):
                while not self.ended:
                    body += await self._part()
                    if len(body) > limit_bytes:
                        raise _too_large(limit_bytes)
        except TimeoutError:
            raise RequestRefused(
                "body_too_slow",
                f"the body did not arrive within {seconds:g} seconds; send it again",
            ) from None
        self.body = bytes(body).removeprefix(BOM_UTF8)
        return self.body

    def decompress(self, limit_bytes: int) -> bytes:
        """The content of the gzip body read before; what follows gets it as if it had been sent."""
        assert self.body is not None
        try:
            self.body = decompressed(self.body, limit_bytes).removeprefix(BOM_UTF8)
        except TooLargeError:
            raise _too_large(limit_bytes) from None
        kept = [own for own in self.scope["headers"] if own[0] not in ENCODED]
        length = (b"content-length", str(len(self.body)).encode())
        self.scope = {**self.scope, "headers": [*kept, length]}
        return self.body

    async def replay(self) -> Message:
        """The body read before, once and whole; then what the server has to say."""
        if self.body is None:
            message = await self.receive()
            self.ended = self.ended or not message.get("more_body", False)
            return message
        body, self.body = self.body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def drain(self) -> None:
        """Take and forget what the caller still sends, so that it comes to read the answer.

        A connection closed on unread bytes is reset, and the answer may be lost with it. A
        caller that waits for a go-ahead (`Expect: 100-continue`) sends no body.
        """
        if self.ended or b"expect" in self.headers:
            return
        taken = 0
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while not self.ended and taken < DRAIN_BYTES:
                    taken += len(await self._part())
        except (TimeoutError, ClientGoneError):
            return

    async def _part(self) -> bytes:
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        self.ended = not message.get("more_body", False)
        part: bytes = message.get("body", b"")
        return part


def secret_of(request: Request) -> str:
    """The key that was sent. Raises RequestRefused (`unauthorized`) where none was, or several."""
    sent = [value for name, value in request.scope["headers"] if name == b"authorization"]
    if len(sent) > 1:
        raise RequestRefused(
            "unauthorized", "the header Authorization was sent more than once; send it once"
        )
    scheme, _, secret = b"".join(sent).decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise RequestRefused(
            "unauthorized", "a key is needed: send the header `Authorization: Bearer <key>`"
        )
    return secret.strip()


def expect_type(request: Request, expected: str) -> None:
    """Raises RequestRefused where the body is declared to be something else, or two things.

    Of a header that is there twice, what is underneath may read the other one.
    """
    sent = [value for name, value in request.scope["headers"] if name == b"content-type"]
    found = b", ".join(sent).decode("latin-1")
    if len(sent) > 1 or found.partition(";")[0].strip().lower() != expected:
        raise RequestRefused(
            "wrong_content_type",
            f"the content type is {found[:64]!r}; send the body as {expected}",
        )


def expect_plain(body: bytes) -> None:
    """Raises RequestRefused for a JSON body that readers understand in more than one way.

    They differ in which value they take where an object has a name more than once. A null character
    no database of ours stores, and for some programs a text ends there.
    """
    found = json.loads(body, object_pairs_hook=_each_once)
    if ESCAPED_NULL in body and _holds_null(found):
        raise null_character("the body")


def null_character(place: str) -> RequestRefused:
    return RequestRefused(
        "invalid_request", f"{place} holds a null character; no text may hold one"
    )


def _holds_null(found: object) -> bool:
    if isinstance(found, dict):
        return any(map(_holds_null, (*found, *found.values())))
    if isinstance(found, list):
        return any(map(_holds_null, found))
    return isinstance(found, str) and "\0" in found


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise RequestRefused(
            "invalid_request", f"the name {twice[:64]!r} is twice in one object; write it once"
        )
    return found


def _too_large(limit_bytes: int) -> RequestRefused:
    return RequestRefused(
        "body_too_large",
        f"the body is larger than {limit_bytes} bytes; send fewer customers or rows at a time",
        limit_bytes=limit_bytes,
    )
