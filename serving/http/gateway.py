"""The one middleware every request passes: route, key, body, refusals, metrics and log.

It calls the endpoints itself and stands outside of the application, so that nothing sees a request
without a key, a body over the limit, or an address that does not exist (each of which would
be one more series in the metrics, for ever), and no answer leaves in another shape.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs

from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError

from features.errors import LiukeError, RequestRefused
from serving.access.clock import Clock, local_clock
from serving.access.keys import check_keys, verify
from serving.access.people.sessions import look_up
from serving.access.principal import Principal
from serving.audit.chain import Head
from serving.audit.heads.keeping import HeadKeeper
from serving.audit.transactions import Transactions
from serving.http.admission import Admission, purpose_for
from serving.http.call import Call, begin, new_request_id
from serving.http.contract import errors as refusals
from serving.http.contract.table import FORM, HTML, JSON, UNKNOWN, Route, Routes, Who
from serving.http.native import Handlers, RefusedPage, check_handlers, send_answer
from serving.http.running.operations import OwnOperations
from serving.http.running.warming import Piece, Warming
from serving.http.same_origin import expect_own_page, session_token
from serving.http.wire.answers import Answer, Send, send_page, send_refusal
from serving.http.wire.collector import Collector
from serving.http.wire.compression import accepts_gzip, encoding_of
from serving.http.wire.request import (
    REFUSAL,
    ClientGoneError,
    Message,
    Receive,
    Request,
    Scope,
    expect_plain,
    expect_type,
    null_character,
    secret_of,
)
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import HeadLine, Line, RequestLog
from serving.results.preparing import Preparing
from serving.retention.campaign.background import Background
from serving.service_settings import ServingSettings
from training.models.promotion import holds_files

App = Callable[[Scope, Receive, Send], Awaitable[None]]

NOT_READY = 503
MAX_TROUBLES = 100
ANSWER_SECONDS = 60.0

logger = logging.getLogger("liuke.serving")


@dataclass
class Gateway:
    """An ASGI application that answers by its handlers, and what has none by `app`.

    Both get only requests that they may answer.
    """

    app: App
    home: Path
    routes: Routes
    engine: Engine
    settings: ServingSettings
    collector: Collector
    metrics: Metrics
    log: RequestLog
    recorder: Transactions
    handlers: Handlers = field(default_factory=dict)
    refused_page: RefusedPage | None = None  # how a refusal looks in a browser; null: as JSON
    pieces: Sequence[Piece] = ()  # what first requests would wait for
    admission: Admission = field(init=False)
    clock: Clock = field(init=False)
    operations: OwnOperations = field(init=False)
    _troubles: set[str] = field(default_factory=set)  # that the log names already

    def __post_init__(self) -> None:
        check_handlers(self.routes, self.handlers)
        self.admission = Admission(self.settings.access)
        self.clock = local_clock(self.home)
        self.operations = OwnOperations(
            self.routes, self.handlers, self.admission, self.recorder.engine, lambda: self.clock()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif scope["type"] == "http":
            self.collector.requests += 1
            started, at = time.perf_counter(), time.time()
            call = Call(
                new_request_id(), self.routes.label(scope["path"]), scope["method"],
                place=self.routes.place(scope["path"]), recorder=self.recorder,
                is_audited=self.routes.is_audited(scope["path"], scope["method"]),
                is_page=self._is_page(scope), operations=self.operations,
            )  # fmt: skip
            begin(call)
            try:
                with self.metrics.in_progress.track_inprogress():
                    await self._answer(call, scope, receive, send)
            finally:
                self.collector.requests -= 1
                self.admission.ended(self.recorder.engine, call, self.clock())
                self._note(call, scope["method"], at, time.perf_counter() - started)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as running:

            async def passed_on(message: Message) -> None:
                if message["type"] == "lifespan.startup.complete":
                    self.collector.freeze()
                    running.enter_context(Warming(self.pieces).running())
                elif message["type"] == "lifespan.shutdown.complete":
                    await running.aclose()  # at this message the server ends the process
                await send(message)

            running.callback(self.engine.dispose)
            running.enter_context(self.log.running())
            running.enter_context(self._keeper().running())
            running.callback(self.recorder.close)  # once no campaign is worked on any more
            background = Background(self.home, self.engine, self.recorder.engine)
            running.enter_context(background.running())
            if self.settings.prepare_figures:
                running.enter_context(Preparing(self.home).running())
            await running.enter_async_context(self.collector.running())
            await self.app(scope, receive, passed_on)

    def _keeper(self) -> HeadKeeper:
        """What keeps the head of the audit in the log and, by setting, in a file."""

        def log(head: Head) -> None:
            self.log.add(HeadLine(time.time(), head.number, head.hash))

        own = self.settings.audit
        return HeadKeeper(lambda: self.recorder.head, log, own.file(self.home), own.head_seconds)

    def refused_unread(self, refusal: LiukeError) -> None:
        """Count and log what a connection was refused with before it was a request."""
        call = Call(new_request_id(), UNKNOWN, code=refusal.code)
        call.status = refusals.STATUS[refusal.code]
        self._note(call, "other", time.time(), 0.0)

    def _note(self, call: Call, method: str, at: float, seconds: float) -> None:
        is_endpoint = any(route.form for route in self.routes.at(call.route).values())
        if self._troubles and is_endpoint and call.status < 400:
            logger.warning("requests are answered again")
            self._troubles.clear()
        caller = call.principal.id if call.principal else None
        answered_by = call.answered_by if call.status < 400 else None
        self.metrics.answered(call.route, call.status, call.code, seconds, answered_by)
        self.log.add(
            Line(
                at, call.id, caller, method, call.route, call.status, call.code, seconds,
                answered_by,
            )
        )  # fmt: skip

    async def _answer(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        gzip = request.method != "HEAD" and accepts_gzip(scope["headers"])
        refusal = await self._attempt(request, call, Answer(send, call, gzip))
        if refusal is None:
            await self._record_unanswered(call)
            return
        refusal = await self._recorded(call, refusal)
        if call.status == NOT_READY:
            self._say_once(refusal)
        # Where the home lies stays on this machine.
        body = refusals.body_of(refusal).replace(str(self.home).encode(), b"the home")
        if call.is_page and self.refused_page is not None:
            call.headers = call.headers or request.headers
            await send_page(self.refused_page(call, refusal, scope), request, call, send)
            return
        await send_refusal(refusal, body, request, call, send)

    def _is_page(self, scope: Scope) -> bool:
        """Whether a browser shows the answer; where nothing is, it says that it wants a page."""
        path, method = scope["path"], scope["method"]
        if self.routes.at(path):
            return self.routes.is_page(path, method)
        wanted = dict(scope["headers"]).get(b"accept", b"")
        return method in ("GET", "HEAD") and HTML.encode() in wanted

    async def _recorded(self, call: Call, refusal: LiukeError) -> LiukeError:
        """The refusal that may leave: this one, its row of the audit durable, or that it is not."""
        if refusal.code not in refusals.STATUS:
            logger.error(
                "%s %s failed (request %s): %s",
                call.method, call.route, call.id, refusal.message,
            )  # fmt: skip
            refusal = refusals.internal()
        call.status, call.code = refusals.STATUS[refusal.code], refusal.code
        try:
            await call.record()
        except RequestRefused as unrecorded:
            if call.status == NOT_READY:
                return refusal  # it names what is wrong, and no customer
            call.status, call.code = refusals.STATUS[unrecorded.code], unrecorded.code
            return unrecorded
        return refusal

    async def _record_unanswered(self, call: Call) -> None:
        """Record what no answer reaches any more: there is none that could say why it is not."""
        try:
            await call.record()
        except RequestRefused as unrecorded:
            self._say_once(unrecorded)

    async def _attempt(self, request: Request, call: Call, answer: Answer) -> LiukeError | None:
        """Answer the request, or return why not; null where no refusal can arrive any more."""
        try:
            route = await self._admit(request, call)
            async with asyncio.timeout(ANSWER_SECONDS):
                handler = self.handlers.get(route.operation)
                if handler is not None:
                    await send_answer(await handler(call), request, answer)
                else:
                    await self.app(request.scope, request.replay, answer)
        except LiukeError as error:
            return error
        except (OperationalError, InterfaceError, InternalError) as error:
            refusal = RequestRefused(
                "not_ready", "the operational database cannot be read; try again shortly"
            )
            refusal.__cause__ = error.orig
            return refusal
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
            return verify(self.engine, secret, self.clock())
        except RequestRefused as error:
            if error.code == "not_ready":
                holds_files(self.home)
            raise

    def signed_in(self, request: Request) -> Principal:
        """Who is signed in; raises what `look_up` does, and `csrf` for another site's request."""
        token, now = session_token(request.headers), self.clock()
        if not token:
            raise RequestRefused("unauthorized", "no session: sign in with POST /session")
        seen = look_up(self.engine, token, now, self.settings.access.idle_minutes)
        expect_own_page(request.headers, request.method, token)
        if seen.is_due:
            self.admission.touch(self.engine, seen.principal, now)
        return seen.principal

    def known(self, request: Request) -> Principal:
        """The key's caller where a key is sent, else who is signed in."""
        by_key = b"authorization" in request.headers or not session_token(request.headers)
        return self.verified(request) if by_key else self.signed_in(request)

    async def _admit(self, request: Request, call: Call) -> Route:
        """The row of a request that may go on, its body checked; raise the refusal if not."""
        route = self._route(request)
        if route.needs_home:
            holds_files(self.home)
            check_keys(self.engine)
        call.headers, call.address = request.headers, (request.scope.get("client") or ("",))[0]
        call.principal = CALLERS[route.who](self, request)
        if call.principal is not None:
            self.admission.check(route, call.principal)
        await self._read(route, request, call)
        if call.principal is not None:
            call.purpose = purpose_for(route, call, request.headers)
        return route

    async def _read(self, route: Route, request: Request, call: Call) -> None:
        """The request's form, checked, into the call; raise the refusal if there is one."""
        if not request.path.isprintable():
            raise RequestRefused(
                "invalid_request", "the address holds a character that cannot be printed"
            )
        if route.query is not None:
            call.form = checked_query(request.scope["query_string"], route.query)
        if route.form is None or route.limit is None:
            return
        expect_type(request, route.body)
        encoding = encoding_of(request.scope["headers"])
        limit_bytes = route.limit.body_bytes(self.settings)
        body = await request.read(limit_bytes, self.settings.body_seconds)
        if encoding:
            body = request.decompress(limit_bytes)
        call.form = BODIES[route.body](body, route.form)

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


def _checked_json(body: bytes, form: type[BaseModel]) -> BaseModel:
    try:
        found = form.model_validate_json(body)
    except ValidationError as error:
        raise refusals.of_body(error) from None
    expect_plain(body)
    return found


def checked_query(query: bytes, form: type[BaseModel]) -> BaseModel:
    """The query as this model; a name that stands more than once is a list of its values."""
    if b"%00" in query:
        raise null_character("the query")
    try:
        found = parse_qs(query.decode("ascii"), keep_blank_values=True, errors="strict")
        single = {name: own[0] if len(own) == 1 else own for name, own in found.items()}
        return form.model_validate(single)
    except ValidationError as error:
        raise refusals.of_body(error) from None
    except ValueError as error:
        raise RequestRefused("invalid_request", f"the query cannot be read: {error}") from None


def checked_fields(body: bytes, form: type[BaseModel]) -> BaseModel:
    """The fields of a browser's form as this model; one that was not filled in is absent."""
    filled = b"&".join(one for one in body.split(b"&") if not one.endswith(b"="))
    return checked_query(filled, form)


def _known_to_all(_gateway: Gateway, _request: Request) -> None:
    """A public route has no caller that is known."""


# What a row of the table can name: how its caller is found, and how its body is checked.
CALLERS: Mapping[Who, Callable[[Gateway, Request], Principal | None]] = {
    Who.PUBLIC: _known_to_all,
    Who.KEY: Gateway.verified,
    Who.SESSION: Gateway.signed_in,
    Who.KNOWN: Gateway.known,
}
BODIES: Mapping[str, Callable[[bytes, type[BaseModel]], BaseModel]] = {
    JSON: _checked_json,
    FORM: checked_fields,
}
