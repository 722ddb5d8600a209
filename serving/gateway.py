"""The one middleware every request passes: route, key, body, refusals, metrics and log.

It stands outside of everything BentoML adds, so that nothing underneath sees a request
without a key, a body over the limit, or an address that does not exist (each of which would
be one more series in the metrics, for ever), and no answer leaves in another shape.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from features.errors import LiukeError, RequestRefused
from serving import refusals
from serving.access import Principal, check_keys, verify
from serving.compression import (
    MIN_BYTES,
    TooLargeError,
    accepts_gzip,
    compressed,
    decompressed,
    encoding_of,
)
from serving.garbage import Collector
from serving.metrics import UNKNOWN, Metrics
from serving.request_log import Line, RequestLog
from serving.settings import ServingSettings
from training.promotion import holds_files

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

NOT_READY = 503
READY = "/readyz"
MAX_TROUBLES = 100
ANSWER_SECONDS = 60.0
CLIENT_GONE = 499  # in metrics and log, as web servers count it; nothing was answered
OWN_HEADERS = (b"server", b"x-bentoml-request-id", b"x-bentoml-trace-id")
DRAIN_BYTES = 64 * 1024 * 1024
DRAIN_SECONDS = 5.0
ENCODED = (b"content-encoding", b"content-length", b"transfer-encoding")

logger = logging.getLogger("liuke.serving")


@dataclass
class Call:
    """The request under way: its id and route, who sent it, and why it is refused if it is.

    `status` and `code` are those of the answer as it left.
    """

    id: str
    route: str
    principal: Principal | None = None
    refusal: LiukeError | None = None
    status: int = CLIENT_GONE
    code: str = "client_gone"


_call: ContextVar[Call] = ContextVar("call")


def current_call() -> Call:
    """The request that the running code answers."""
    return _call.get()


@dataclass(frozen=True)
class Routes:
    """The addresses that exist: open to all, or with a key and a JSON body of a given form."""

    open: Collection[str]
    endpoints: Mapping[str, type[BaseModel]]

    def name(self, path: str) -> str:
        """The path where it is one of these, so that no other reaches metrics and log."""
        return path if path in self.open or path in self.endpoints else UNKNOWN


class ClientGoneError(Exception):
    """The caller hung up before the body was whole, so no answer can reach it."""


@dataclass
class Gateway:
    """An ASGI application around `app`, which gets only requests that it may answer."""

    app: App
    home: Path
    routes: Routes
    engine: Engine
    settings: ServingSettings
    collector: Collector
    metrics: Metrics
    log: RequestLog
    _troubles: set[str] = field(default_factory=set)  # that the log names already

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http":
            self.collector.requests += 1
            started, at = time.perf_counter(), time.time()
            call = Call(secrets.token_hex(8), self.routes.name(scope["path"]))
            _call.set(call)
            try:
                with self.metrics.in_progress.track_inprogress():
                    await self._answer(call, scope, receive, send)
            finally:
                self.collector.requests -= 1
                self._note(call, scope["method"], at, time.perf_counter() - started)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as running:

            async def passed_on(message: Message) -> None:
                if message["type"] == "lifespan.startup.complete":
                    self.collector.set_aside()
                elif message["type"] == "lifespan.shutdown.complete":
                    await running.aclose()  # at this message the server ends the process
                await send(message)

            running.callback(self.engine.dispose)
            running.enter_context(self.log.running())
            await running.enter_async_context(self.collector.running())
            await self.app(scope, receive, passed_on)

    def refused_unread(self, refusal: LiukeError) -> None:
        """Count and log what a connection was refused with before it was a request."""
        call = Call(secrets.token_hex(8), UNKNOWN, code=refusal.code)
        call.status = refusals.STATUS[refusal.code]
        self._note(call, "other", time.time(), 0.0)

    def _note(self, call: Call, method: str, at: float, seconds: float) -> None:
        if call.route in self.routes.endpoints and call.status < 400 and self._troubles:
            logger.warning("requests are answered again")
            self._troubles.clear()
        key_id = call.principal.key_id if call.principal else None
        self.metrics.answered(call.route, call.status, call.code, seconds)
        self.log.add(Line(at, call.id, key_id, method, call.route, call.status, call.code, seconds))

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        request = _Request(scope, receive)
        gzip = request.method != "HEAD" and accepts_gzip(scope["headers"])
        answer = _Answer(send, call, gzip)
        try:
            await self._admit(request, call)
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.app(request.scope, request.replay, answer)
            if answer.refused is None:
                return
            refusal = call.refusal or refusals.of_status(answer.refused)
        except LiukeError as error:
            refusal = error
        except ClientGoneError:
            return
        except TimeoutError:
            if answer.started:
                raise
            refusal = refusals.of_status(504)
        except Exception:
            logger.exception("%s %s failed (request %s)", request.method, call.route, call.id)
            if answer.started:
                raise
            refusal = refusals.internal()
        if refusal.code not in refusals.STATUS:
            logger.error(
                "%s %s failed (request %s): %s",
                request.method, call.route, call.id, refusal.message,
            )  # fmt: skip
            refusal = refusals.internal()
        call.status, call.code = refusals.STATUS[refusal.code], refusal.code
        if call.status == NOT_READY:
            self._say_once(refusal)
        # Where the home lies stays on this machine.
        body = refusals.body_of(refusal).replace(str(self.home).encode(), b"the home")
        await _send(refusal, body, request, call, send)

    def _say_once(self, refusal: LiukeError) -> None:
        """Write down why no request can be answered, once until one is."""
        if refusal.message in self._troubles or len(self._troubles) >= MAX_TROUBLES:
            return
        self._troubles.add(refusal.message)
        cause = str(refusal.__cause__ or "")
        why = f" ({cause})" if cause and cause not in refusal.message else ""
        logger.warning("requests are refused with 503 %s: %s%s", refusal.code, refusal.message, why)

    def _verified(self, request: _Request) -> Principal:
        """Who sends the request; raises what `verify` does, and LakeError without a home."""
        secret = _secret(request)
        try:
            return verify(self.engine, secret)
        except RequestRefused as error:
            if error.code == "not_ready":
                holds_files(self.home)
            raise

    async def _admit(self, request: _Request, call: Call) -> None:
        """Return if the request may go on, its body read and checked; raise the refusal if not."""
        path, form = request.path, self.routes.endpoints.get(request.path)
        if form is None:
            if path not in self.routes.open:
                raise refusals.of_status(404)
            if request.method not in ("GET", "HEAD"):
                raise RequestRefused("method_not_allowed", f"{path} takes GET", allow="GET")
            if path == READY:
                holds_files(self.home)
                check_keys(self.engine)
            return
        if request.method != "POST":
            raise RequestRefused("method_not_allowed", f"{path} takes POST", allow="POST")
        call.principal = self._verified(request)
        _expect_json(request)
        encoding = encoding_of(request.scope["headers"])
        body = await request.read(self.settings.body_limit_bytes, self.settings.body_seconds)
        if encoding:
            body = request.decompress(self.settings.body_limit_bytes)
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

    def decompress(self, limit_bytes: int) -> bytes:
        """The content of the gzip body read before; what follows gets it as if it had been sent."""
        assert self.body is not None
        try:
            self.body = decompressed(self.body, limit_bytes)
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
    """Lets good answers through, large ones compressed if `gzip`, and holds back the others.

    The others are those of status 400 and above.
    """

    def __init__(self, send: Send, call: Call, gzip: bool) -> None:
        self.send, self.call, self.gzip = send, call, gzip
        self.started = False
        self.refused: int | None = None
        self._held: tuple[Message, bytearray] | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await self._start(message)
        elif self._held:
            await self._compress(message, *self._held)
        elif self.refused is None:
            await self.send(message)

    async def _start(self, message: Message) -> None:
        if message["status"] >= 400:
            self.refused = message["status"]
            return
        self.call.status, self.call.code = message["status"], ""
        headers = [own for own in message["headers"] if own[0] not in OWN_HEADERS]
        headers.append((b"x-request-id", self.call.id.encode()))
        if int(dict(headers).get(b"content-length", b"0")) >= MIN_BYTES:
            headers.append((b"vary", b"accept-encoding"))
            if self.gzip and message["status"] == 200:
                self._held = ({**message, "headers": headers}, bytearray())
                return
        self.started = True
        await self.send({**message, "headers": headers})

    async def _compress(self, message: Message, start: Message, body: bytearray) -> None:
        body += message.get("body", b"")
        if message.get("more_body", False):
            return
        # In a thread: a megabyte takes as long as many small requests.
        small = await to_thread.run_sync(compressed, bytes(body))
        headers = [own for own in start["headers"] if own[0] != b"content-length"]
        headers += [
            (b"content-encoding", b"gzip"),
            (b"content-length", str(len(small)).encode()),
        ]
        self.started = True
        await self.send({**start, "headers": headers})
        await self.send({"type": "http.response.body", "body": small, "more_body": False})


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


async def _send(
    refusal: LiukeError, body: bytes, request: _Request, call: Call, send: Send
) -> None:
    headers = [
        (b"x-request-id", call.id.encode()),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if refusal.code == "unauthorized":
        headers.append((b"www-authenticate", b"Bearer"))
    if "allow" in refusal.details:
        headers.append((b"allow", refusal.details["allow"].encode()))
    if "accepted" in refusal.details:
        headers.append((b"accept-encoding", ", ".join(refusal.details["accepted"]).encode()))
    await send({"type": "http.response.start", "status": call.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await request.drain()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
