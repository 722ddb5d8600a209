"""Connections, bounded in time and number: what stands before any request.

A peer that sends nothing, or half a request, or never reads its answer, costs a connection for
a bounded time. The requests' own bounds (body, answer) are the gateway's.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from features.errors import RequestRefused
from serving.http.contract import errors as refusals
from serving.http.gateway import Gateway
from serving.http.wire.request import REFUSAL

HOST = b"host"


@dataclass(frozen=True)
class Limits:
    """Of one server. `connections`: with one more, the one that waits longest is closed.

    `request_seconds`: from the first byte, or the opening of the connection, to the end of a
    request's headers. `idle_seconds`: between an answer and the next request. An answer of which
    less than `read_bytes` was taken in `read_seconds` is cut off. `goodbye_seconds`: so long is an
    idle connection of a stopped server kept, for a request that is on its way.
    """

    connections: int = 512
    header_bytes: int = 16384
    request_seconds: float = 10.0
    idle_seconds: int = 5
    read_seconds: float = 15.0
    read_bytes: int = 65536
    goodbye_seconds: float = 0.3


class TooLargeError(Exception):
    """The headers of a request are larger than the limit."""


class MalformedError(Exception):
    """What the parser lets through and HTTP/1.1 does not."""


class Connection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection within `limits`."""

    def __init__(self, *args: Any, limits: Limits, gateway: Gateway, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits, self._gateway = limits, gateway
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._unread_bytes = 0
        self._head_bytes = 0  # of a request whose headers have not ended
        self._is_leaving = False
        self.waits_since = self.loop.time()

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way and no answer unread."""
        is_answered = self.cycle is None or self.cycle.response_complete
        return is_answered and not self.transport.get_write_buffer_size()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_request()
        if len(self.connections) > self._limits.connections:
            self._make_room()

    def data_received(self, data: bytes) -> None:
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > self._limits.header_bytes and not self.transport.is_closing():
            self._refuse_headers()
        self._expect_request()
        if self._is_leaving:
            self._make_this_the_last()

    def on_headers_complete(self) -> None:
        self._head_bytes = 0
        names = [name for name, _ in self.headers]
        own_bytes = sum(len(name) + len(value) + 4 for name, value in self.headers) + len(self.url)
        if own_bytes > self._limits.header_bytes:
            raise TooLargeError
        if names.count(HOST) != 1 and self.parser.get_http_version() != "1.0":
            found = "Missing mandatory" if HOST not in names else "Found multiple"
            raise MalformedError(f"{found} Host: header")
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._head_bytes = 0
        super().on_message_complete()

    def shutdown(self) -> None:
        """Answer the request under way, or one that was sent before the caller could know, and end.

        A connection closed on unread bytes is reset: the caller would lose a request that a server
        elsewhere could have answered.
        """
        self._is_leaving = True
        self._make_this_the_last()
        self._start("goodbye", self._limits.goodbye_seconds, self._leave)

    def on_response_complete(self) -> None:
        self.waits_since = self.loop.time()
        super().on_response_complete()
        self._expect_reading()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._expect_reading()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        for name in list(self._timers):
            self._stop(name)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        found = sys.exc_info()[1]  # uvicorn's own message gives no reason
        cause = found.__context__ if found and found.__context__ else found
        if isinstance(cause, TooLargeError):
            self._refuse_headers()
        else:
            self.refuse(
                RequestRefused("malformed_request", f"this is not HTTP/1.1: {cause or msg}")
            )

    def _refuse_headers(self) -> None:
        reason = f"the headers have more than {self._limits.header_bytes} bytes"
        self.refuse(RequestRefused("headers_too_large", f"{reason}; send fewer of them"))

    def refuse(self, error: RequestRefused) -> None:
        """Answer what never became a request, or not a whole one, and close."""
        status, body = HTTPStatus(refusals.STATUS[error.code]), refusals.body_of(error)
        if self.cycle is None or self.cycle.response_complete:
            self._gateway.refused_unread(error)
        elif self.cycle.response_started:
            self._close(error.code)
            return
        else:
            self.cycle.scope[REFUSAL] = error  # type: ignore[literal-required]
        self.transport.write(
            b"HTTP/1.1 %d %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%s" % (status, status.phrase.encode(), len(body), body)
        )
        self._close(error.code)

    def _expect_request(self) -> None:
        """Start the time that a request's headers may take, or stop it where one is under way."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop("request")
        elif "request" not in self._timers and self.timeout_keep_alive_task is None:
            self._start("request", self._limits.request_seconds, self._no_request)

    def _make_this_the_last(self) -> None:
        """Close after the answer to the request under way, if there is one, and say so in it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.keep_alive = False
            self.cycle.default_headers = [*self.server_state.default_headers, CLOSE_HEADER]

    def _leave(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    def _make_room(self) -> None:
        waiting = [one for one in self.connections if isinstance(one, Connection)]
        waiting = [one for one in waiting if one.is_waiting and not one.transport.is_closing()]
        longest = min(waiting, key=lambda one: one.waits_since)
        if longest is self:
            self.refuse(
                RequestRefused("too_many_connections", "too many connections; try again shortly")
            )
        else:
            longest._close("too_many_connections")

    def _no_request(self) -> None:
        self._close("no_request")

    def _expect_reading(self) -> None:
        """Start the time in which a part of the answer must be taken, if any is left."""
        if "read" not in self._timers and self.transport.get_write_buffer_size():
            self._unread_bytes = self.transport.get_write_buffer_size()
            self._start("read", self._limits.read_seconds, self._look_after_reading)

    def _look_after_reading(self) -> None:
        self._stop("read")
        left = self.transport.get_write_buffer_size()
        if left and self._unread_bytes - left < self._limits.read_bytes:
            self._gateway.metrics.closed("not_read")
            self.transport.abort()
        else:
            self._expect_reading()

    def _close(self, reason: str) -> None:
        self._gateway.metrics.closed(reason)
        self.transport.close()
        self._expect_reading()

    def _start(self, name: str, seconds: float, call: Any) -> None:
        if name not in self._timers:
            self._timers[name] = self.loop.call_later(seconds, call)

    def _stop(self, name: str) -> None:
        timer = self._timers.pop(name, None)
        if timer is not None:
            timer.cancel()
