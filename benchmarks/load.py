"""A bounded load on a server of this machine: requests at a fixed rate, however slow the answers.

An open loop: each request has its moment, and its time counts from that moment, so a server that
stalls is charged for all who wait meanwhile. Kept connections, HTTP/1.1, loopback alone.
"""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

MAX_REQUESTS = 50_000
MAX_CONNECTIONS = 256
PATIENCE_SECONDS = 30.0
IDLE_SECONDS = 3.0  # a connection that was longer not used: the server may be closing it
QUEUED_MS = 100.0  # half of the answers this late: a queue stands, though it may not grow


@dataclass(frozen=True)
class Answers:
    """How the requests of one load ended: milliseconds from their moment, and by status."""

    milliseconds: Sequence[float]
    statuses: Counter[int]
    seconds: float
    rate: float

    def percentile(self, share: float) -> float:
        return float(np.percentile(self.milliseconds, share))

    @property
    def is_kept_up(self) -> bool:
        """Whether all were answered, none refused, and no queue stood meanwhile or at the end."""
        sent = len(self.milliseconds)
        in_time = self.seconds < sent / self.rate + 1.0 and self.percentile(50) < QUEUED_MS
        return self.statuses[200] == sent and in_time


class _Connection(asyncio.Protocol):
    """One kept connection: a request out, its answer in."""

    def __init__(self, run: _Run) -> None:
        self._run, self._buffer = run, bytearray()
        self._moment: float | None = None  # of the request under way
        self.free_since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._run.is_free(self)

    def send(self, moment: float, request: bytes) -> None:
        self._moment = moment
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._moment is None:
            return
        head = bytes(self._buffer[:end]).lower()
        start = head.index(b"content-length:") + len(b"content-length:")
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        del self._buffer[: end + 4 + length]
        moment, self._moment = self._moment, None
        self._run.answered(moment, int(head[9:12]))
        self._run.is_free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.lost(self)
        if self._moment is not None:
            self._run.fail(exc or ConnectionError("the server closed the connection"))


class _Run:
    """One load: its requests wait for their moments, then for a connection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, address: tuple[str, int]) -> None:
        self._loop, self._address = loop, address
        self._free: list[_Connection] = []
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._tasks: list[asyncio.Task[object]] = []
        self._open = 0
        self.statuses, self.milliseconds = Counter[int](), list[float]()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._left = 0

    def start(self, requests: Sequence[bytes], rate: float, began: float) -> None:
        self._left = len(requests)
        for place, request in enumerate(requests):
            moment = began + place / rate
            self._loop.call_at(moment, self._send, moment, request)

    def _send(self, moment: float, request: bytes) -> None:
        connection = self._fresh()
        if connection is not None:
            connection.send(moment, request)
            return
        self._waiting.append((moment, request))
        if self._open < MAX_CONNECTIONS:
            self._open += 1
            connect = self._loop.create_connection(lambda: _Connection(self), *self._address)
            self._tasks.append(self._loop.create_task(connect))

    def _fresh(self) -> _Connection | None:
        """The connection that was free last, where it is not about to be closed as idle."""
        if not self._free:
            return None
        if self._loop.time() - self._free[-1].free_since < IDLE_SECONDS:
            return self._free.pop()
        self.close()
        return None

    def is_free(self, connection: _Connection) -> None:
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            connection.free_since = self._loop.time()
            self._free.append(connection)

    def answered(self, moment: float, status: int) -> None:
        self.statuses[status] += 1
        self.milliseconds.append((self._loop.time() - moment) * 1000)
        self._left -= 1
        if not self._left and not self.ended.done():
            self.ended.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.ended.done():
            self.ended.set_exception(error)

    def lost(self, connection: _Connection) -> None:
        """It is closed: nothing more is sent on it."""
        self._open -= 1
        if connection in self._free:
            self._free.remove(connection)

    def close(self) -> None:
        """Close the connections that are free."""
        for connection in self._free:
            connection.transport.close()
        self._free.clear()


@dataclass(frozen=True)
class Load:
    """Requests to a server of this machine. Raises ValueError for any other."""

    host: str
    port: int

    def __post_init__(self) -> None:
        if not ipaddress.ip_address(self.host).is_loopback:
            raise ValueError(f"{self.host} is not this machine; a load goes to loopback alone")

    def run(self, requests: Callable[[int], bytes], rate: float, seconds: float) -> Answers:
        """Send `requests(0)`, `requests(1)`, … at `rate` a second for so many seconds."""
        number = int(rate * seconds)
        if number > MAX_REQUESTS:
            raise ValueError(f"{number} requests; a load has at most {MAX_REQUESTS}")
        gc.collect()
        gc.disable()
        try:
            return asyncio.run(self._run([requests(place) for place in range(number)], rate))
        finally:
            gc.enable()

    async def _run(self, requests: list[bytes], rate: float) -> Answers:
        loop = asyncio.get_running_loop()
        run, began = _Run(loop, (self.host, self.port)), loop.time() + 0.2
        run.start(requests, rate, began)
        async with asyncio.timeout(len(requests) / rate + PATIENCE_SECONDS):
            await run.ended
        seconds = loop.time() - began
        run.close()
        return Answers(run.milliseconds, run.statuses, seconds, rate)


def post(path: str, body: bytes, key: str = "", port: int = 80) -> bytes:
    """A request as it goes over the wire."""
    authorization = f"authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\n{authorization}"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def wait_until_ready(port: int, path: bytes, seconds: float = 60.0) -> None:
    """Return once a server answers here. Raises TimeoutError."""
    import http.client

    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path.decode())
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise TimeoutError(f"no server answered at port {port} within {seconds:g} s")
