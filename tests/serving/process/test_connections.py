"""Connections that send nothing, too little, or read nothing, on a real server in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from serving.audit.transactions import Transactions
from serving.database import open_engine, upgrade
from serving.http.contract.table import TEXT, Routes, Who
from serving.http.contract.table import Route as Row
from serving.http.gateway import Gateway
from serving.http.wire.collector import Collector
from serving.monitoring.metrics import Metrics
from serving.monitoring.request_log import RequestLog
from serving.process.connections import Connection, Limits
from serving.service_settings import serving_settings

pytestmark = pytest.mark.slow

LIMITS = Limits(connections=8, request_seconds=0.3, idle_seconds=1, read_seconds=0.3)
REQUEST = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
LONG = b"GET /long HTTP/1.1\r\nHost: x\r\n\r\n"
PATIENCE_SECONDS = 10.0
SIZE = 30_000_000  # more than the buffers of the system take


async def live(_: Any) -> Response:
    return PlainTextResponse("alive")


async def long(_: Any) -> Response:
    return PlainTextResponse("x" * SIZE)


async def busy(request: Request) -> Response:
    """Answers only when the caller is gone."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.05)
    return PlainTextResponse("late")


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Metrics]]:
    """A server with small limits: its port and what it counts."""
    home = tmp_path_factory.mktemp("home")
    engine = open_engine(home)
    upgrade(engine)
    metrics = Metrics(home)
    app = Starlette(routes=[Route("/livez", live), Route("/long", long), Route("/busy", busy)])
    open_to_all = [Row(path, "GET", Who.PUBLIC, "", TEXT) for path in ("/livez", "/long", "/busy")]
    routes = Routes(tuple(open_to_all))
    log = RequestLog(BytesIO(), metrics)
    settings = serving_settings(home)
    gateway = Gateway(
        app, home, routes, engine, settings, Collector(60), metrics, log, Transactions(engine)
    )
    config = uvicorn.Config(
        gateway, http=partial(Connection, limits=LIMITS, gateway=gateway), ws="none",  # type: ignore[arg-type]
        lifespan="off", log_config=None, timeout_keep_alive=LIMITS.idle_seconds,
    )  # fmt: skip
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=partial(server.run, sockets=[listening]))
    thread.start()
    yield listening.getsockname()[1], metrics
    server.should_exit = True
    thread.join(PATIENCE_SECONDS)
    engine.dispose()


def opened(port: int, sent: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    connection.sendall(sent)
    return connection


def answer(connection: socket.socket) -> bytes:
    """What the server sends up to the end of a short answer."""
    received = b""
    while not received.endswith(b"alive"):
        part = connection.recv(65536)
        assert part, received
        received += part
    return received


def seconds_open(connection: socket.socket) -> float:
    """How long the server keeps the connection open, reading what it sends."""
    started = time.monotonic()
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - started


def under_way(metrics: Metrics) -> float:
    return metrics.registry.get_sample_value("liuke_request_in_progress") or 0.0


def closed(metrics: Metrics, reason: str) -> float:
    found = metrics.registry.get_sample_value("liuke_connections_closed_total", {"reason": reason})
    return found or 0.0


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /livez HT", b"GET /livez HTTP/1.1\r\nHost: x\r\nX: ", REQUEST + b"G"],
    ids=["nothing", "half a line", "half the headers", "half a second request"],
)
def test_a_request_that_does_not_come_ends_the_connection(
    bounded: tuple[int, Metrics], sent: bytes
) -> None:
    port, metrics = bounded
    with opened(port, sent) as connection:
        assert seconds_open(connection) < PATIENCE_SECONDS / 2
    assert closed(metrics, "no_request") >= 1


def test_headers_that_drip_do_not_keep_a_connection_open(bounded: tuple[int, Metrics]) -> None:
    port, _ = bounded
    started, pause = time.monotonic(), threading.Event()
    with opened(port, b"GET /livez HTTP/1.1\r\n") as connection, contextlib.suppress(OSError):
        while time.monotonic() - started < PATIENCE_SECONDS:
            connection.sendall(b"X: y\r\n")
            pause.wait(0.05)
    assert time.monotonic() - started < PATIENCE_SECONDS / 2


def test_an_idle_connection_is_kept_for_the_next_request_and_then_closed(
    bounded: tuple[int, Metrics],
) -> None:
    port, _ = bounded
    with opened(port, REQUEST) as connection:
        assert answer(connection)
        threading.Event().wait(2 * LIMITS.request_seconds)
        connection.sendall(REQUEST)
        assert answer(connection)
        assert seconds_open(connection) < PATIENCE_SECONDS / 2


def test_an_answer_that_is_not_read_is_cut_off(bounded: tuple[int, Metrics]) -> None:
    port, metrics = bounded
    before = closed(metrics, "not_read")
    with opened(port, LONG) as connection:
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
        while closed(metrics, "not_read") == before:
            assert time.monotonic() < deadline
            pause.wait(0.05)
        assert bytes_of(connection) < SIZE


def test_an_answer_that_is_read_slowly_arrives_whole(bounded: tuple[int, Metrics]) -> None:
    """Longer than an idle connection is kept, and than an unread answer is."""
    port, _ = bounded
    with opened(port, LONG) as connection:
        started, received, pause = time.monotonic(), 0, threading.Event()
        while received < SIZE and (part := connection.recv(SIZE // 16)):
            received += len(part)
            pause.wait(0.1)
        assert received >= SIZE
        assert time.monotonic() - started > LIMITS.idle_seconds


def bytes_of(connection: socket.socket) -> int:
    """How much arrives until the server closes or cuts the connection."""
    received = 0
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(1 << 20):
            received += len(part)
    return received


def test_one_connection_more_than_the_limit_takes_the_place_of_the_one_that_waits_longest(
    bounded: tuple[int, Metrics],
) -> None:
    port, metrics = bounded
    before = closed(metrics, "too_many_connections")
    with ExitStack() as stack:
        silent = [stack.enter_context(opened(port)) for _ in range(LIMITS.connections)]
        with opened(port, REQUEST) as another:
            assert answer(another)
        silent[0].settimeout(PATIENCE_SECONDS)
        assert silent[0].recv(1) == b""
    assert closed(metrics, "too_many_connections") >= before + 1


def test_where_every_connection_is_busy_one_more_is_refused_with_a_reason(
    bounded: tuple[int, Metrics],
) -> None:
    port, metrics = bounded
    with ExitStack() as stack:
        for _ in range(LIMITS.connections):
            stack.enter_context(opened(port, b"GET /busy HTTP/1.1\r\nHost: x\r\n\r\n"))
        deadline, pause = time.monotonic() + PATIENCE_SECONDS, threading.Event()
        while under_way(metrics) < LIMITS.connections:
            assert time.monotonic() < deadline
            pause.wait(0.05)
        with opened(port) as another:
            refused = another.recv(65536)
    assert refused.startswith(b"HTTP/1.1 503 Service Unavailable")
    assert b'"code": "too_many_connections"' in refused
