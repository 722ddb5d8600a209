"""One JSON line for each request, on standard output.

    {"at": "2026-03-02T01:00:00.123Z", "request_id": "5f0c...", "caller": "a1b2c3",
     "method": "POST", "route": "/score", "status": 404, "code": "unknown_customers",
     "milliseconds": 3.2, "answered_by": null}

Beside them stands now and then the head of the audit, {"at", "audit": number, "hash"}.

Nothing of a person is in it: no body, no customer, no address as it was sent. A thread writes
the lines, a few times a second, so that no request waits for a disk or a full pipe.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from serving.monitoring.metrics import Metrics

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
EVERY_SECONDS = 0.2
MAX_WAITING = 20_000
GOODBYE_SECONDS = 2.0
PIPE_BYTES = 4096  # a pipe takes so many at once or none

logger = logging.getLogger("liuke.serving")


@dataclass(frozen=True)
class Line:
    """What one request was and how it ended; `at` in seconds since 1970.

    `answered_by`: the step that answered, where there are several.
    """

    at: float
    request_id: str
    caller: str | None
    method: str
    route: str
    status: int
    code: str
    seconds: float
    answered_by: str | None = None

    def text(self) -> str:
        return json.dumps(
            {
                "at": _moment(self.at),
                "request_id": self.request_id,
                "caller": self.caller,
                # A method can be any word, and so anything that a caller put there.
                "method": self.method if self.method in METHODS else "other",
                "route": self.route,
                "status": self.status,
                "code": self.code or None,
                "milliseconds": round(self.seconds * 1000, 2),
                "answered_by": self.answered_by,
            }
        )


@dataclass(frozen=True)
class HeadLine:
    """The last row of the audit, so that rows which are cut off there are missed here.

    `at` in seconds since 1970.
    """

    at: float
    number: int
    hash: str

    def text(self) -> str:
        return json.dumps({"at": _moment(self.at), "audit": self.number, "hash": self.hash})


def _moment(at: float) -> str:
    """
    >>> _moment(0.5)
    '1970-01-01T00:00:00.500Z'
    """
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")


class RequestLog:
    """Collects lines and writes them to `out`; the newest are lost where `out` takes none."""

    def __init__(self, out: BinaryIO, metrics: Metrics) -> None:
        self._out, self._metrics = out, metrics
        self._waiting: deque[Line | HeadLine] = deque()
        self._stopped = threading.Event()

    def add(self, line: Line | HeadLine) -> None:
        if len(self._waiting) < MAX_WAITING:
            self._waiting.append(line)
        else:
            self._metrics.lost_lines.inc()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Lines are written inside the block; at its end all that wait."""
        thread = threading.Thread(target=self._run, name="request log", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            thread.join(GOODBYE_SECONDS)

    def _run(self) -> None:
        is_last = False
        while not is_last:
            is_last = self._stopped.wait(EVERY_SECONDS)
            lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
            if lines:
                self._write(lines)

    def _write(self, lines: list[Line | HeadLine]) -> None:
        try:
            for part in _parts([f"{line.text()}\n".encode() for line in lines]):
                self._out.write(part)
                self._out.flush()
        except OSError as error:
            self._metrics.lost_lines.inc(len(lines))
            logger.error("%d lines of the request log were not written: %s", len(lines), error)


def _parts(lines: list[bytes]) -> Iterator[bytes]:
    """The lines in parts that a pipe takes at once, so that several workers' lines stay whole."""
    part = b""
    for line in lines:
        if part and len(part) + len(line) > PIPE_BYTES:
            yield part
            part = b""
        part += line
    yield part
