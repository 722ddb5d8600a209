"""A bounded load on a server of this machine: requests at a fixed rate, however slow the answers.

An open loop: each request has its moment, and its time counts from that moment, so a server that
stalls is charged for all who wait meanwhile. Kept connections, HTTP/1.1, loopback alone.
"""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

MAX_REQUESTS = 50_000
MAX_CONNECTIONS = 256
PATIENCE_SECONDS = 30.0


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
        """Whether all were answered, none refused, and no queue was left at the end."""
        sent = len(self.milliseconds)
        return self.statuses[200] == sent and self.seconds < sent / self.rate + 1.0


class _Connection(asyncio.Protocol):
    """One kept connection: a request out, its answer in."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._answered: asyncio.Future[int] | None = None
        self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or self._answered is None:
            return
        head = bytes(self._buffer[:end]).lower()
        start = head.index(b"content-length:") + len(b"content-length:")
        length = int(head[start:].split(b"\r\n", 1)[0])
        if len(self._buffer) < end + 4 + length:
            return
        self.body = bytes(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        answered, self._answered = self._answered, None
        answered.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(exc or ConnectionError("the server closed the connection"))

    def send(self, request: bytes) -> asyncio.Future[int]:
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._answered


@dataclass
class Load:
    """Requests to a server of this machine. Raises ValueError for any other."""

    host: str
    port: int
    _free: list[_Connection] = field(default_factory=list)
    _count: int = 0

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
        self._free, self._count = [], 0
        loop, statuses, times = asyncio.get_running_loop(), Counter[int](), list[float]()
        began = loop.time() + 0.2

        async def one(place: int, request: bytes) -> None:
            moment = began + place / rate
            connection = await self._connection()
            status = await connection.send(request)
            self._free.append(connection)
            statuses[status] += 1
            times.append((loop.time() - moment) * 1000)

        tasks = []
        for place, request in enumerate(requests):
            wait = began + place / rate - loop.time()
            if wait > 0:
                await asyncio.sleep(wait)
            tasks.append(asyncio.create_task(one(place, request)))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.gather(*tasks)
        seconds = loop.time() - began
        for connection in self._free:
            connection.transport.close()
        return Answers(times, statuses, seconds, rate)

    async def _connection(self) -> _Connection:
        while not self._free:
            if self._count < MAX_CONNECTIONS:
                self._count += 1
                loop = asyncio.get_running_loop()
                _, made = await loop.create_connection(_Connection, self.host, self.port)
                return made
            await asyncio.sleep(0.001)
        return self._free.pop()


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
