"""The one middleware every request passes: route, key, body, and the shape of refusals.

It stands outside of everything BentoML adds, so that nothing underneath sees a request
without a key, a body over the limit, or an address that does not exist (each of which would
be one more series in the metrics, for ever), and no answer leaves in another shape.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from features.errors import LiukeError, RequestRefused
from serving import refusals
from serving.access import Principal, verify
from serving.garbage import Collector
from serving.settings import ServingSettings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_SECONDS = 5.0

logger = logging.getLogger("liuke.serving")


@dataclass
class Call:
    """The request under way: who asks, and why it is refused if it is."""

    principal: Principal | None = None
    refusal: LiukeError | None = None


_call: ContextVar[Call] = ContextVar("call")


def current_call() -> Call:
    """The request that the running code answers."""
    return _call.get()


@dataclass(frozen=True)
class Routes:
    """The addresses that exist: open to all, or with a key and a JSON body of a given form."""

    open: Collection[str]
    endpoints: Mapping[str, type[BaseModel]]


class ClientGoneError(Exception):
    """The caller hung up before the body was whole; nobody is left to answer."""


@dataclass
class Gateway:
    """An ASGI application around `app`, which gets only requests that it may answer."""

    app: App
    home: Path
    routes: Routes
    engine: Engine
    settings: ServingSettings
    collector: Collector

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http":
            self.collector.requests += 1
            try:
                await self._answer(scope, receive, send)
            finally:
                self.collector.requests -= 1

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def started(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self.collector.set_aside()
            await send(message)

        try:
            async with self.collector.running():
                await self.app(scope, receive, started)
        finally:
            self.engine.dispose()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = Call()
        _call.set(call)
        request = _Request(scope, receive)
        answer = _Answer(send)
        try:
            await self._admit(request, call)
            await self.app(scope, request.replay, answer)
            if answer.refused is None:
                return
            refusal = call.refusal or refusals.of_status(answer.refused)
        except LiukeError as error:
            refusal = error
        except ClientGoneError:
            return
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            if answer.started:
                raise
            refusal = refusals.internal()
        if refusal.code not in refusals.STATUS:
            logger.error("%s %s failed: %s", request.method, request.path, refusal.message)
            refusal = refusals.internal()
        # Where the home lies is nobody's business outside of this machine.
        body = refusals.body_of(refusal).replace(str(self.home).encode(), b"the home")
        await _send(refusal, body, request, send)

    async def _admit(self, request: _Request, call: Call) -> None:
        """Return if the request may go on, its body read and checked; raise the refusal if not."""
        path, form = request.path, self.routes.endpoints.get(request.path)
        if form is None:
            if path not in self.routes.open:
                raise refusals.of_status(404)
            if request.method not in ("GET", "HEAD"):
                raise RequestRefused("method_not_allowed", f"{path} takes GET", allow="GET")
            return
        if request.method != "POST":
            raise RequestRefused("method_not_allowed", f"{path} takes POST", allow="POST")
        call.principal = verify(self.engine, _secret(request))
        _expect_json(request)
        body = await request.read(self.settings.body_limit_bytes, self.settings.body_seconds)
        try:
            form.model_validate_json(body)
        except ValidationError as error:
            raise refusals.of_body(error) from None


@dataclass
class _Request:
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
        self.body = bytes(body)
        return self.body

    async def replay(self) -> Message:
        """The body read before, once and whole; then what the server has to say."""
        if self.body is None:
            return await self.receive()
        body, self.body = self.body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def drain(self) -> None:
        """Take and forget what the caller still sends, so that it comes to read the answer.

        A connection closed on unread bytes is reset, and the answer may be lost with it. A
        caller that waits to be asked for its body (`Expect: 100-continue`) sends none.
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


class _Answer:
    """Lets good answers through and holds back those of status 400 and above."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self.started = False
        self.refused: int | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if message["status"] >= 400:
                self.refused = message["status"]
                return
            self.started = True
        if self.refused is None:
            await self.send(message)


def _secret(request: _Request) -> str:
    scheme, _, secret = request.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme.lower() != "bearer" or not secret.strip():
        raise RequestRefused(
            "unauthorized", "a key is needed: send the header `Authorization: Bearer <key>`"
        )
    return secret.strip()


def _expect_json(request: _Request) -> None:
    found = request.headers.get(b"content-type", b"").decode("latin-1")
    if found.partition(";")[0].strip().lower() != "application/json":
        raise RequestRefused(
            "wrong_content_type",
            f"the content type is {found[:64]!r}; send the body as application/json",
        )


def _too_large(limit_bytes: int) -> RequestRefused:
    return RequestRefused(
        "body_too_large",
        f"the body is larger than {limit_bytes} bytes; ask for fewer customers at a time",
        limit_bytes=limit_bytes,
    )


async def _send(refusal: LiukeError, body: bytes, request: _Request, send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if refusal.code == "unauthorized":
        headers.append((b"www-authenticate", b"Bearer"))
    if "allow" in refusal.details:
        headers.append((b"allow", refusal.details["allow"].encode()))
    status = refusals.STATUS[refusal.code]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await request.drain()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
