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
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from anyio import to_thread
from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from features.errors import LiukeError, RequestRefused
from serving.access.keys import Principal, check_keys, verify
from serving.http import errors as refusals
from serving.http.collector import Collector
from serving.http.compression import MIN_BYTES, accepts_gzip, compressed, encoding_of
from serving.http.request import (
    REFUSAL,
    ClientGoneError,
    Message,
    Receive,
    Request,
    Scope,
    expect_names_once,
    expect_type,
    secret_of,
)
from serving.http.routes import JSON, UNKNOWN, Route, Routes, Who
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import Line, RequestLog
from serving.service_settings import ServingSettings
from training.models.promotion import holds_files

Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

NOT_READY = 503
MAX_TROUBLES = 100
ANSWER_SECONDS = 60.0
CLIENT_GONE = 499  # in metrics and log, as web servers count it; nothing was answered
OWN_HEADERS = (b"server", b"x-bentoml-request-id", b"x-bentoml-trace-id")

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
            call = Call(secrets.token_hex(8), self.routes.label(scope["path"]))
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
                    self.collector.freeze()
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
        is_endpoint = any(route.form for route in self.routes.at(call.route).values())
        if self._troubles and is_endpoint and call.status < 400:
            logger.warning("requests are answered again")
            self._troubles.clear()
        key_id = call.principal.key_id if call.principal else None
        self.metrics.answered(call.route, call.status, call.code, seconds)
        self.log.add(Line(at, call.id, key_id, method, call.route, call.status, call.code, seconds))

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        gzip = request.method != "HEAD" and accepts_gzip(scope["headers"])
        refusal = await self._attempt(request, call, _Answer(send, call, gzip))
        if refusal is None:
            return
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

    async def _attempt(self, request: Request, call: Call, answer: _Answer) -> LiukeError | None:
        """Answer the request, or return why not; null where no refusal can arrive any more."""
        try:
            await self._admit(request, call)
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.app(request.scope, request.replay, answer)
        except LiukeError as error:
            return error
        except ClientGoneError:
            unread = request.scope.get(REFUSAL)
            if unread is not None:  # the connection itself has answered
                call.status, call.code = refusals.STATUS[unread.code], unread.code
            return None
        except Exception as error:
            if isinstance(error, TimeoutError) and not answer.started:
                return refusals.of_status(504)
            logger.exception("%s %s failed (request %s)", request.method, call.route, call.id)
            if answer.started:
                raise
            return refusals.internal()
        if answer.refused is None:
            return None
        return call.refusal or refusals.of_status(answer.refused)

    def _say_once(self, refusal: LiukeError) -> None:
        """Write down why no request can be answered, once until one is."""
        if refusal.message in self._troubles or len(self._troubles) >= MAX_TROUBLES:
            return
        self._troubles.add(refusal.message)
        cause = str(refusal.__cause__ or "")
        why = f" ({cause})" if cause and cause not in refusal.message else ""
        logger.warning("requests are refused with 503 %s: %s%s", refusal.code, refusal.message, why)

    def verified(self, request: Request) -> Principal:
        """Who sends the request; raises what `verify` does, and LakeError without a home."""
        secret = secret_of(request)
        try:
            return verify(self.engine, secret)
        except RequestRefused as error:
            if error.code == "not_ready":
                holds_files(self.home)
            raise

    async def _admit(self, request: Request, call: Call) -> None:
        """Return if the request may go on, its body read and checked; raise the refusal if not."""
        route = self._route(request)
        if route.needs_home:
            holds_files(self.home)
            check_keys(self.engine)
        call.principal = CALLERS[route.who](self, request)
        if route.form is None or route.limit is None:
            return
        expect_type(request, route.body)
        encoding = encoding_of(request.scope["headers"])
        limit_bytes = route.limit.body_bytes(self.settings)
        body = await request.read(limit_bytes, self.settings.body_seconds)
        if encoding:
            body = request.decompress(limit_bytes)
        BODIES[route.body](body, route.form)

    def _route(self, request: Request) -> Route:
        """The row of the table. Raises RequestRefused where none has this address and method."""
        methods = self.routes.at(request.path)
        if not methods:
            raise refusals.of_status(404)
        route = self.routes.find(request.path, request.method)
        if route is None:
            allowed = ", ".join(methods)
            raise RequestRefused(
                "method_not_allowed", f"{request.path} takes {allowed}", allow=allowed
            )
        return route


def _check_json(body: bytes, form: type[BaseModel]) -> None:
    try:
        form.model_validate_json(body)
    except ValidationError as error:
        raise refusals.of_body(error) from None
    expect_names_once(body)


def _known_to_all(_gateway: Gateway, _request: Request) -> None:
    """A public route has no caller that is known."""


# What a row of the table can name: how its caller is found, and how its body is checked.
CALLERS: Mapping[Who, Callable[[Gateway, Request], Principal | None]] = {
    Who.PUBLIC: _known_to_all,
    Who.KEY: Gateway.verified,
}
BODIES: Mapping[str, Callable[[bytes, type[BaseModel]], None]] = {JSON: _check_json}


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


async def _send(refusal: LiukeError, body: bytes, request: Request, call: Call, send: Send) -> None:
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
