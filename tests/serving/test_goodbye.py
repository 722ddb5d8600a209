"""The service is stopped: while it starts, idle, and with requests under way."""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from features.disk.stopping import LINE
from tests.serving.conftest import CUSTOMERS, Server, free_port, start

LIUKE = Path(sys.executable).with_name("liuke")
CALLERS = 8
BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda one: one.name)


@pytest.fixture
def own_server(server: Server, tmp_path: Path) -> Server:
    """A server of the test's own, which it stops."""
    home = tmp_path / "home"
    shutil.copytree(server.home, home, ignore=shutil.ignore_patterns("liuke.sqlite*"))
    return start(home, tmp_path)


def ended(server: Server) -> int:
    """The status of the server that was sent a signal; its last line is the one line."""
    status = server.process.wait(timeout=120)
    errors = [line for line in server.log().splitlines() if not line.startswith("{")]
    assert [line for line in errors if not line.startswith("Liuke starts")] == [LINE.strip()]
    return status


def call_until_stopped(
    server: Server, place: int, found: Counter[str], stopped: threading.Event
) -> None:
    """Call on one kept connection after the other; `found` counts how each request ended."""
    body = json.dumps({"customer_ids": CUSTOMERS[: 200 if place % 4 == 0 else 1]})
    headers = {"Authorization": f"Bearer {server.key}", "Content-Type": "application/json"}
    address = server.url.removeprefix("http://")
    while not stopped.is_set():
        connection = http.client.HTTPConnection(address, timeout=120)
        try:
            connection.connect()
        except OSError:
            return
        is_open = True
        while is_open:
            try:
                connection.request("POST", "/score", body, headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                found[f"{type(error).__name__}: {error}"] += 1
                return
            found[str(answer.status)] += 1
            is_open = not answer.will_close and not stopped.is_set()


@pytest.mark.slow
@BOTH
def test_requests_under_way_are_answered_and_each_stands_in_the_log(
    own_server: Server, number: signal.Signals
) -> None:
    found: Counter[str] = Counter()
    stopped = threading.Event()
    callers = [
        threading.Thread(target=call_until_stopped, args=(own_server, place, found, stopped))
        for place in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    time.sleep(1)
    own_server.process.send_signal(number)
    assert ended(own_server) == 128 + number
    stopped.set()
    for caller in callers:
        caller.join()
    assert set(found) == {"200"}
    lines = [json.loads(line) for line in own_server.log().splitlines() if line.startswith("{")]
    assert len([line for line in lines if line.get("route") == "/score"]) == found["200"]


@pytest.mark.slow
def test_an_idle_service_ends_at_once(own_server: Server) -> None:
    began = time.monotonic()
    own_server.process.terminate()
    assert ended(own_server) == 143
    assert time.monotonic() - began < 5


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("seconds", [0.15, 0.6, 1.2, 2.4])
def test_a_service_that_is_starting_ends_at_once(
    server: Server, tmp_path: Path, seconds: float, number: signal.Signals
) -> None:
    home = tmp_path / "home"
    shutil.copytree(server.home, home, ignore=shutil.ignore_patterns("liuke.sqlite*"))
    process = subprocess.Popen(
        [LIUKE, "serve", "--home", str(home), "--port", str(free_port())],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.send_signal(number)
    out, errors = process.communicate(timeout=120)
    lines = [line for line in errors.splitlines() if not line.startswith("Liuke starts")]
    assert (process.returncode, out, lines) == (128 + number, "", [LINE.strip()])
